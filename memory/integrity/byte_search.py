"""Looks for a phrase in every byte of a home, in every way in which text is written there.

Words inside pictures and sound are not text and are not found; nor are those in a packed database
page that an overflow splits, so the rows are searched as well.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from memory.db.database import HomeDatabase
from memory.types.errors import StoreError
from memory.types.messages import UserMessage


@dataclass(frozen=True, slots=True)
class Trace:
    """Where the phrase is: a file relative to the home, or a table, and how it is written there."""

    where: str
    how: str


class SearchFailed(StoreError):
    """The files of a home could not all be searched, so nothing is proved."""

    def __init__(self, home: Path, reason: str) -> None:
        super().__init__(UserMessage("memory.search-failed", home=home, reason=reason))


def search_files(home: Path, phrase: str) -> list[Trace]:
    """Every file of the home that holds the phrase, or is called by it, or cannot be looked into.

    Another process reads them (``raw_search``): this one may have the database open.

    Raises:
        SearchFailed: it ended before it had seen everything.
    """
    command = [sys.executable, "-P", "-m", "memory.integrity.raw_search", os.fspath(home)]
    encoded = phrase.encode("utf-8", "surrogatepass")  # by a pipe: others can read a command line
    try:
        done = subprocess.run(
            command, input=encoded, capture_output=True, check=False, env=_environment()
        )
        contents = [json.loads(line) for line in done.stdout.splitlines()]
    except (OSError, ValueError) as error:
        raise SearchFailed(home, str(error)) from error
    if done.returncode or not contents or contents.pop() is not None:
        raise SearchFailed(home, f"its process ended with status {done.returncode}")
    return [Trace(where, how) for where, how in contents]


def _environment() -> dict[str, str]:
    """Ours, with this very package first on the path."""
    here, path = str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")
    return os.environ | {"PYTHONPATH": f"{here}{os.pathsep}{path}" if path else here}


def search_rows(database: HomeDatabase, phrase: str) -> Iterator[Trace]:
    """Every table with the phrase in one of its texts."""
    folded = unicodedata.normalize("NFC", phrase).casefold()
    tables = database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    for row in tables:
        try:
            rows = database.rows(f'SELECT * FROM "{row["name"]}"')
        except sqlite3.DatabaseError:  # a table of the text search without contents of its own
            continue
        except StoreError:
            yield Trace(f"table {row['name']}", "cannot be looked into: it is damaged")
            continue
        if any(_told(value, folded) for record in rows for value in tuple(record)):
            yield Trace(f"table {row['name']}", "a row")


def _told(value: object, phrase: str) -> bool:
    if isinstance(value, bytes):
        return phrase.encode("utf-8", "surrogatepass") in value.lower()
    if not isinstance(value, str):
        return False
    folded = unicodedata.normalize("NFC", value).casefold()
    return phrase in folded or json.dumps(phrase)[1:-1] in folded
