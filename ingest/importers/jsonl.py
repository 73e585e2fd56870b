"""Timed texts as JSON lines or JSON lists; those of a numbered day (``events_DAY1.jsonl``), too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.importers.day_clock import LineTimes, day_number
from ingest.importers.errors import unreadable_lines
from ingest.importers.line_events import Collector, Script
from ingest.importers.records import add_records, records_in
from ingest.importers.start_time import ImportSource
from ingest.importers.text_file import text_lines, whole_text

MOST_JSON = 64 * 2**20  # bytes of a JSON text that must be held whole; ten times that in memory


def read(source: ImportSource) -> Script:
    """The objects of the file as lines, whatever of them can be read.

    Raises:
        UnreadableLines: it holds no lines with times, or they cannot be dated.
    """
    path, day = source.path, day_number(source.path.stem)
    beginning = None if day else source.beginning_if_told()
    zone = beginning.timezone if beginning else source.timezone
    start = beginning.start if beginning else None
    moments = LineTimes(path, zone, source.options.day_one, day, start)
    collector = Collector(path)
    listed = path.suffix.lower() == ".json"
    add_records(_listed(path) if listed else _by_line(path), collector, moments)
    if not collector.events:
        raise unreadable_lines(path, "ingest.lines-without-times", "ingest.lines-need-start")
    counted = beginning if moments.counted else None
    return Script(
        path,
        source.options.timezone or moments.timezone,
        counted.source if counted else moments.source,
        collector.events,
        collector.tally,
        label=f"DAY{day}" if day else "",
        subject=source.options.subject or (counted.device if counted else ""),
        note=counted.note if counted else "",
    )


def _by_line(path: Path) -> Iterator[tuple[int, Any]]:
    """The object of each line; None for a line that is no JSON. Empty lines are passed over."""
    for number, line in text_lines(path):
        if line is None or line.strip():
            yield number, parsed(line)


def _listed(path: Path) -> Iterator[tuple[int, Any]]:
    yield from enumerate(records_in(load(path)), start=1)


def parsed(line: str | None) -> Any:
    """The JSON value of a text, or None where it is none."""
    try:
        return None if line is None else json.loads(line)
    except (ValueError, RecursionError):
        return None


def load(path: Path) -> Any:
    """The JSON value of a whole file.

    Raises:
        UnreadableLines: it is no JSON, or larger than 64 MB.
    """
    text = whole_text(path, MOST_JSON)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        why = str(error)[:80]
        reason, advice = "ingest.lines-not-json", "ingest.lines-export-again"
        raise unreadable_lines(path, reason, advice, why=why) from error
