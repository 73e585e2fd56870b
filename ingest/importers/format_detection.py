"""Detect the format of a file: by its name where that tells, else by its beginning."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ingest.importers.egolife import name_of
from ingest.importers.jsonl import parsed
from ingest.importers.records import looks_like_line
from ingest.importers.text_file import head, text_lines

SUFFIXES = frozenset({".srt", ".vtt", ".jsonl", ".ndjson", ".json", ".gpx"})
ARCHIVES = frozenset({".zip", ".tar", ".tgz", ".gz", ".7z", ".rar", ".xz", ".bz2"})
_DIARY = re.compile(r'"generated_text"\s*:')
_EGORAG = re.compile(r'"start_time"\s*:\s*"?\d{1,8}"?\s*[,}\n]')
_WEARABLES = (
    (re.compile(r'"(?:lifelogs|isStarred|startOffsetMs|speakerIdentifier)"\s*:'), "limitless"),
    (re.compile(r'"transcript_segments"\s*:'), "omi"),
)
_START = re.compile(r'"(?:start|start_time|s|begin|from|t0|start_sec|timestamp)"\s*:')
_TEXT = re.compile(r'"(?:text|t|content|sentence|utterance|transcript|caption|narration)"\s*:\s*"')


def format_of(path: Path) -> str | None:
    """The name of the file's format in ``registry``, or None where it holds no lines with times.

    Raises:
        UnreadableLines: the file cannot be opened, or is not text.
    """
    suffix = path.suffix.lower()
    if suffix == ".srt":
        return "egolife" if name_of(path) else "srt"
    if suffix in (".vtt", ".gpx"):
        return suffix[1:]
    if suffix in (".jsonl", ".ndjson"):
        return "jsonl" if _has_lines(path) else None
    if suffix == ".json":
        return _of_json(head(path))
    return None


def line_files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """The files to import and whether each was named itself: folders give what may hold lines."""
    for path in paths:
        if not os.path.isdir(path):  # Path.is_dir() raises for a name that is too long
            yield path, True
            continue
        inner_paths = sorted(
            inner
            for inner in path.rglob("*")
            if inner.suffix.lower() in SUFFIXES and not inner.name.startswith(".")
        )
        yield from ((inner, False) for inner in inner_paths if inner.is_file())


def _of_json(beginning: str) -> str | None:
    if _DIARY.search(beginning):
        return "egorag"
    for pattern, name in _WEARABLES:
        if pattern.search(beginning):
            return name
    if not (_START.search(beginning) and _TEXT.search(beginning)):
        return None
    return "egorag" if '"date"' in beginning and _EGORAG.search(beginning) else "jsonl"


def _has_lines(path: Path, looked_at: int = 50) -> bool:
    for number, line in text_lines(path):
        if looks_like_line(parsed(line)):
            return True
        if number >= looked_at:
            break
    return False
