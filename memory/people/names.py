"""Validate names of people, and resolve a person by name, number or id."""

from __future__ import annotations

import re
import unicodedata

from memory.people.errors import BadName

LONGEST = 60
_NUMBERED = re.compile(r"(?:person\s*|#)?(\d{1,9})", re.IGNORECASE)


def tidy(name: str) -> str:
    """The name as it is kept: one line, single spaces, composed letters.

    Raises:
        BadName: it is empty, too long, no name but a number, or holds what cannot be read.
    """
    tidied = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidied:
        raise BadName('the name is empty; give one, for example: egobutler people name 3 "Anna"')
    if len(tidied) > LONGEST:
        raise BadName(f"the name is longer than {LONGEST} letters; give a shorter one")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") for letter in tidied):
        raise BadName("the name holds characters that cannot be shown; type it again")
    if not any(letter.isalpha() for letter in tidied) or _NUMBERED.fullmatch(tidied):
        raise BadName(f'"{tidied}" would be taken for a number; give a name with letters')
    return tidied


def same(first: str, two: str) -> bool:
    """Whether two names mean the same person: case and spaces do not count."""
    return key(first) == key(two)


def key(name: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def number(text: str) -> int | None:
    """The number that "3", "#3" or "Person 3" means, or None."""
    match = _NUMBERED.fullmatch(text.strip())
    return int(match[1]) if match else None
