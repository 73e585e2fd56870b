"""EgoRAG's files: its database of clip captions, and the diary it wrote of 10 minutes, hours, days.

Database: ``{start_time, end_time, text, date, video_path}``, times HHMMSSFF. Its writer took the
start of the next clip for the end, so that a pause became a "30 s clip" of hours; such an end is
put right here. Diary: ``{generated_text, date, start_time, end_time}``; merged files repeat their
days, and are read once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from ingest.importers.day_clock import LineTimes, day_number, frames_clock
from ingest.importers.errors import unreadable_lines
from ingest.importers.jsonl import load
from ingest.importers.line_events import (
    LONGEST_TEXT,
    Collector,
    GivenSummary,
    LineReport,
    Script,
    clean,
)
from ingest.importers.records import records_in
from ingest.importers.start_time import ImportSource
from memory.types.core import Level, Span

_DAY = 86_400.0
_SUBJECT = re.compile(r"(?:^|[/_\\])(A\d_[A-Z]+)(?=[/_\\.]|$)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[\"“A-Z])|(?<=[。！？])")
_LEVEL = re.compile(r"(?:^|[_/\\])l([123])(?=[_/\\.]|$)", re.IGNORECASE)
_LEVELS: tuple[Level, ...] = ("ten_minutes", "hour", "day")


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    day: str
    start: float  # seconds of the day
    end: float
    text: str


def read(source: ImportSource) -> Script:
    """The captions as told, sentence by sentence; or, from a diary, the summaries.

    Raises:
        UnreadableLines: it holds neither, or DAY1 is not dated.
    """
    path, timezone, options = source.path, source.timezone, source.options
    records = records_in(load(path))
    tally = LineReport()
    diary = any(isinstance(record, dict) and "generated_text" in record for record in records)
    entries = _entries(records, "generated_text" if diary else "text", tally)
    if not entries:
        raise unreadable_lines(path, "ingest.lines-no-captions", "ingest.lines-need-fields")
    moments = LineTimes(path, timezone, options.day_one)
    subject = options.subject or _subject(path, records)
    if diary:
        summaries = _summaries(path, entries, moments)
        return Script(
            path, timezone, moments.source, (), tally, subject=subject, summaries=summaries
        )
    collector = Collector(path)
    collector.tally = tally
    for entry in _ended(entries, tally):
        clock = moments.day(entry.day)
        for sentence in _SENTENCE.split(entry.text):
            if sentence.strip():
                start, end = clock.at(entry.start), clock.at(entry.end)
                collector.add(entry.number, start, end, "narration", sentence)
    return Script(path, timezone, moments.source, collector.events, tally, subject=subject)


def _entries(records: Sequence[Any], key: str, tally: LineReport) -> list[_Entry]:
    """What can be read of the objects, in order of time, each once."""
    unique: dict[tuple[int, float, str], _Entry] = {}
    for number, record in enumerate(records, start=1):
        try:
            entry = _entry(number, record, key)
        except (ValueError, TypeError, KeyError, AttributeError):
            tally.skip(number)
            continue
        unique.setdefault((_ordinal(entry.day), entry.start, entry.text), entry)
    return [unique[key] for key in sorted(unique)]


def _entry(number: int, record: dict[str, Any], key: str) -> _Entry:
    text = clean(record[key])
    if not text:
        raise ValueError("no text")
    day = str(record["date"])
    _ordinal(day)
    start = frames_clock(record["start_time"])
    end = record.get("end_time")
    try:
        return _Entry(number, day, start, frames_clock(end), text)
    except ValueError:  # "24000000", or none
        return _Entry(number, day, start, start, text)


def _ordinal(day: str) -> int:
    number = day_number(day) or (int(day) if day.isdecimal() else 0)
    if not 1 <= number <= 999:
        raise ValueError(f"{day!r} is no day")
    return number


def _ended(entries: Sequence[_Entry], tally: LineReport) -> list[_Entry]:
    """The entries with possible ends.

    One that lasts more than twice as long as is usual, up to the very start of the next, or that
    ends before it starts, ends at the first half minute instead, as the clip did.
    """
    usual = median([e.end - e.start for e in entries if e.end > e.start] or [30.0])
    starts = {(e.day, e.start) for e in entries}
    adjusted = []
    for entry in entries:
        length = entry.end - entry.start
        stretched = length > max(2 * usual, 60.0) and (entry.day, entry.end) in starts
        if length <= 0 or stretched:
            tally.mended += 1
            end = min(entry.start - entry.start % 30 + 30, _DAY)
            entry = _Entry(entry.number, entry.day, entry.start, end, entry.text)
        adjusted.append(entry)
    return adjusted


def _subject(path: Path, records: Sequence[Any]) -> str:
    first = next((record for record in records if isinstance(record, dict)), {})
    for text in (str(first.get("video_path", "")), path.stem, path.parent.name):
        if match := _SUBJECT.search(text):
            return match[1]
    return ""


def _summaries(path: Path, entries: Sequence[_Entry], moments: LineTimes) -> list[GivenSummary]:
    named = _LEVEL.search(f"{path.parent.name}/{path.name}")
    parsed = []
    for entry in entries:
        clock = moments.day(entry.day)
        end = entry.end if entry.end > entry.start else _DAY
        level = _LEVELS[int(named[1]) - 1] if named else _level(end - entry.start)
        span = Span(clock.at(entry.start), clock.at(end))
        parsed.append(GivenSummary(level, span, entry.text[:LONGEST_TEXT]))
    return parsed


def _level(seconds: float) -> Level:
    if seconds <= 1200:
        return "ten_minutes"
    return "hour" if seconds <= 7200 else "day"
