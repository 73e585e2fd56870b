"""Reads a text file line by line, whatever its encoding, and never more than fits in memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from ingest.importers.errors import UnreadableLines, unreadable_lines
from memory.db.database import is_database
from memory.types.messages import os_reason

MOST_BYTES = 512 * 2**20
MOST_LINES = 5_000_000
LONGEST = 1 << 20  # characters of a line; a longer one is passed over
_SNIFF = 1 << 16
_SPLIT = "ingest.lines-split"


def text_lines(path: Path, most_bytes: int = MOST_BYTES) -> Iterator[tuple[int, str | None]]:
    """Lines with their numbers from 1, line ends removed; None for one that is far too long.

    Raises:
        UnreadableLines: not a file, not text, or larger than ``most_bytes`` or 5 million lines.
    """
    encoding = encoding_of(path, most_bytes)
    try:
        with path.open(encoding=encoding, errors="replace") as stream:
            number = 0
            while line := stream.readline(LONGEST):
                number += 1
                if number > MOST_LINES:
                    most = f"{MOST_LINES:,}"
                    raise unreadable_lines(path, "ingest.lines-longer-file", _SPLIT, most=most)
                whole = len(line) < LONGEST or line.endswith("\n")
                while line and not line.endswith("\n") and len(line) == LONGEST:
                    line = stream.readline(LONGEST)
                yield number, line.rstrip("\r\n") if whole else None
    except OSError as error:
        raise _cannot_open(path, error) from error


def whole_text(path: Path, most_bytes: int) -> str:
    """The file as one text. Raises UnreadableLines as ``text_lines`` does."""
    encoding = encoding_of(path, most_bytes)
    try:
        return path.read_text(encoding=encoding, errors="replace")
    except OSError as error:
        raise _cannot_open(path, error) from error


def head(path: Path, length: int = 1 << 14) -> str:
    """The beginning of the file as text, for a look at what it is. Raises UnreadableLines."""
    encoding = encoding_of(path, None)
    with path.open(encoding=encoding, errors="replace") as stream:
        return stream.read(length)


def encoding_of(path: Path, most_bytes: int | None) -> str:
    """The encoding, by byte-order mark or by what its first 64 KB can be decoded as.

    Raises:
        UnreadableLines: not a file, too large, or not text.
    """
    try:
        if is_database(path):
            raise unreadable_lines(path, "ingest.lines-database", "ingest.name-another")
        if not path.is_file():
            raise unreadable_lines(path, "ingest.no-such-file", "ingest.lines-check-name")
        size = path.stat().st_size
        with path.open("rb") as stream:
            sample = stream.read(_SNIFF)
    except OSError as error:
        raise _cannot_open(path, error) from error
    if most_bytes is not None and size > most_bytes:
        megabytes, most = (f"{each / 1e6:,.0f}" for each in (size, most_bytes))
        raise unreadable_lines(path, "ingest.lines-too-large", _SPLIT, size=megabytes, most=most)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in sample:
        raise unreadable_lines(path, "ingest.lines-no-text", "ingest.lines-right-file")
    return _eight_bit(sample, size > len(sample))


def _eight_bit(sample: bytes, cut: bool) -> str:
    """UTF-8 where it is that; else GB18030 where the high bytes come in pairs; else Windows."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=not cut)
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8-sig"
    runs = [len(run) for run in _high_runs(sample)]
    paired = sum(run % 2 == 0 for run in runs) > 0.9 * len(runs)
    return "gb18030" if paired and sum(runs) > 2 * len(runs) else "cp1252"


def _high_runs(sample: bytes) -> list[bytes]:
    table = bytes(c if c >= 0x81 else 0x20 for c in range(256))
    return sample.translate(table).split()


def _cannot_open(path: Path, error: OSError) -> UnreadableLines:
    why = os_reason(error)
    return unreadable_lines(path, "ingest.lines-cannot-open", "ingest.lines-permissions", why=why)
