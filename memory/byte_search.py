"""Looks for a phrase in every byte of a home, in every way in which text is written there.

Words inside pictures and sound are not text and are not found; nor are those in a packed database
page that an overflow splits, so the rows are searched as well.
"""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from memory.database import HomeDatabase

_BLOCK = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Trace:
    """Where the phrase is: a file relative to the home, or a table, and how it is written there."""

    where: str
    how: str


def spellings(phrase: str) -> dict[bytes, str]:
    """The bytes that the phrase may be written as, small letters of ASCII, and what each is."""
    found: dict[bytes, str] = {}
    cases = (phrase, phrase.lower(), phrase.upper(), phrase.casefold(), phrase.title())
    for text in cases:
        for form in ("NFC", "NFD"):
            told = unicodedata.normalize(form, text)
            escaped = json.dumps(told)[1:-1]
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                found.setdefault(told.encode(encoding, "surrogatepass").lower(), encoding)
            found.setdefault(escaped.encode().lower(), "JSON")
    return {one: how for one, how in found.items() if one}


def search_files(home: Path, phrase: str) -> Iterator[Trace]:
    """Every file of the home that holds the phrase, or is called by it."""
    wanted = spellings(phrase)
    for path in sorted(home.rglob("*")):
        told = str(path.relative_to(home))
        named = unicodedata.normalize("NFC", told).casefold()
        if unicodedata.normalize("NFC", phrase).casefold() in named:
            yield Trace(told, "its name")
        if path.is_file() and not path.is_symlink():
            yield from (Trace(told, how) for how in sorted(set(_in_file(path, wanted))))


def _in_file(path: Path, wanted: dict[bytes, str]) -> Iterator[str]:
    overlap = max(map(len, wanted)) - 1
    held = b""
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                held = held[len(held) - overlap if overlap else len(held) :] + block.lower()
                yield from (how for one, how in wanted.items() if one in held)
    except OSError:  # gone meanwhile, or not ours to read
        return


def search_rows(database: HomeDatabase, phrase: str) -> Iterator[Trace]:
    """Every table with the phrase in one of its texts."""
    wanted = unicodedata.normalize("NFC", phrase).casefold()
    tables = database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    for row in tables:
        try:
            found = database.rows(f'SELECT * FROM "{row["name"]}"')
        except sqlite3.DatabaseError:
            continue
        if any(_told(value, wanted) for one in found for value in tuple(one)):
            yield Trace(f"table {row['name']}", "a row")


def _told(value: object, wanted: str) -> bool:
    if isinstance(value, bytes):
        return wanted.encode("utf-8", "surrogatepass") in value.lower()
    if not isinstance(value, str):
        return False
    folded = unicodedata.normalize("NFC", value).casefold()
    return wanted in folded or json.dumps(wanted)[1:-1] in folded
