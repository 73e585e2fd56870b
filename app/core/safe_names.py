"""File names that came from outside, made harmless but still recognisable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import PurePosixPath

LONGEST = 180  # bytes of UTF-8; leaves room for " (2)" under the usual 255

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def safe_name(name: str) -> str:
    """The last part of a path without separators, control characters or leading dots."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    cleaned = " ".join(shown.split()).strip(". ")
    if not cleaned or _RESERVED.fullmatch(cleaned):
        cleaned = f"recording {cleaned}".strip()
    return _shortened(cleaned)


def alternatives(name: str) -> Iterator[str]:
    """The name itself, then ``name (2)``, ``name (3)``, … before the suffix, without end."""
    yield name
    path = PurePosixPath(name)
    for number in count(2):
        yield f"{path.stem} ({number}){path.suffix}"


def _shortened(name: str) -> str:
    path = PurePosixPath(name)
    suffix = path.suffix if len(path.suffix.encode()) <= 16 else ""
    stem = name[: len(name) - len(suffix)] if suffix else name
    room = LONGEST - len(suffix.encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + suffix
