"""Paths in the database: relative to the home inside it, and bytes where they are no text.

A home that is renamed or moved takes its files along, so their rows must not say where it was. And
a file name is bytes: Python reads those that are no UTF-8 as lone surrogates (PEP 383), which no
text of SQLite, JSON or the web can hold. ``HomePaths`` is the one way in and out of the database,
``shown`` the one way to a person.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TypeAlias

Stored: TypeAlias = str | bytes
_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(path: str) -> Stored:
    """A path as a column holds it: text, or the bytes of its name where these are no UTF-8."""
    return os.fsencode(path) if _SURROGATE.search(path) else path


def decode(value: Stored) -> str:
    """A path as Python has it, from a column."""
    return os.fsdecode(value) if isinstance(value, bytes) else value


def job_id(stored: Stored) -> str:
    """The id of the job for the file of this path: the same wherever the home is."""
    return hashlib.blake2b(os.fsencode(stored), digest_size=8).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of the file as hexadecimal digits; reads it once, in constant memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shown(text: str) -> str:
    """``text`` with a replacement character for each byte of a file name that is no UTF-8."""
    return _SURROGATE.sub("\ufffd", text)


def printable(text: str) -> str:
    """``text`` on one line: line breaks, control and direction marks become escapes.

    Bytes of a file name that are no UTF-8 become replacement characters.
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown(text)
    )


class HomePaths:
    """Turns real paths into those that the rows of one home hold, and back."""

    def __init__(self, home: Path) -> None:
        self._inside = os.path.join(os.path.abspath(home), "")

    def stored(self, path: str | Path) -> Stored:
        """What a column holds for a real path."""
        return encode(self.relative(os.fspath(path)))

    def real(self, value: Stored) -> str:
        """The real path that a column stands for."""
        return self.absolute(decode(value))

    def relative(self, path: str) -> str:
        """A path inside the home as seen from it, with slashes; any other path as it is."""
        if not path.startswith(self._inside) or ".." in path.split(os.sep):
            return path
        return path[len(self._inside) :].replace(os.sep, "/")

    def absolute(self, path: str) -> str:
        """Undoes ``relative``; an empty path, of a file that was forgotten, stays empty."""
        if not path or os.path.isabs(path):
            return path
        return os.path.normpath(os.path.join(self._inside, path))
