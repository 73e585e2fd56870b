"""The common currency of importers: a line that was said or told, and the script that holds it.

Every format is read into these; what they become in the store is the business of ``clips``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal, TypeAlias

from ingest.importers.errors import UnreadableLines, unreadable_lines
from memory.types.core import Level, Span, TimeSource

EventKind: TypeAlias = Literal["speech", "narration"]
ImportStatus: TypeAlias = Literal["imported", "already", "skipped", "failed", "forgotten"]

MOST_EVENTS = 1_000_000  # lines of one file that are held in memory, about 0.4 GB
LONGEST_TEXT = 10_000  # characters of one line; more is no line
LONGEST_LINE = 86_400.0  # seconds: a line that lasts longer has a wrong end
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """One line: something said (by ``speaker``, if known), or told of what the wearer did."""

    span: Span
    kind: EventKind
    text: str
    speaker: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class GivenSummary:
    """A summary that somebody else made of ``span``."""

    level: Level
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the person said of the files.

    Attributes:
        format: the name of a format in ``registry``, or "auto".
        day_one: the date of DAY1, for files that number their days.
        start: when lines that count from a beginning began; naive means local time in ``timezone``.
        timezone: where the lines were made; this machine's zone where it is not given.
        language: which language to take where lines stand in two ("en" where not given).
        subject: whose lines they are; of files that name a subject, only this one's are read.
    """

    format: str = "auto"
    day_one: date | None = None
    start: datetime | None = None
    timezone: str | None = None
    language: str | None = None
    subject: str = ""


@dataclass(slots=True)
class LineReport:
    """Which lines of a file could not be read, by number from 1; and which had to be mended."""

    unread: int = 0
    first: list[int] = field(default_factory=list)
    mended: int = 0

    def skip(self, number: int) -> None:
        """Counts a line that could not be read."""
        self.unread += 1
        if len(self.first) < _SHOWN:
            self.first.append(number)

    @property
    def words(self) -> tuple[str, ...]:
        """ "3 lines could not be read: 17, 44, 90", as parts of a report."""
        parts = []
        if self.unread:
            lines = "1 line" if self.unread == 1 else f"{self.unread:,} lines"
            more = ", …" if self.unread > len(self.first) else ""
            parts.append(f"{lines} could not be read: {', '.join(map(str, self.first))}{more}")
        if self.mended:
            lines = "1 line" if self.mended == 1 else f"{self.mended:,} lines"
            parts.append(f"{lines} had an impossible end or length, which was mended")
        return tuple(parts)


@dataclass(frozen=True, slots=True)
class Script:
    """The lines of one file, dated.

    Attributes:
        path: the file.
        label: what tells this file's days from others where no date does ("DAY1"), or "".
        subject: whose lines they are; becomes the recording's device.
        timezone: where they were made.
        time_source: what told the time.
        events: the lines, in any order.
        tally: what could not be read.
        note: one sentence for the person, or "".
        summaries: summaries that the file holds.
    """

    path: Path
    timezone: str
    time_source: TimeSource
    events: Sequence[ImportedLine]
    tally: LineReport
    label: str = ""
    subject: str = ""
    note: str = ""
    summaries: Sequence[GivenSummary] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of one file; ``message`` is one sentence for the person."""

    path: Path
    status: ImportStatus
    message: str
    recording_ids: tuple[str, ...] = ()
    lines: int = 0
    unread: int = 0


class Collector:
    """Takes a file's lines, cleans them, and keeps count of what is wrong with them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.events: list[ImportedLine] = []
        self.tally = LineReport()

    def add(
        self,
        number: int,
        start: float,
        end: float | None,
        kind: EventKind,
        text: str,
        speaker: str = "",
        language: str = "",
    ) -> None:
        """Adds a line. Where its end is missing or impossible, it is estimated from its words.

        Raises:
            UnreadableLines: the file holds more lines than can be held in memory.
        """
        text = clean(text)
        if not text:
            self.tally.skip(number)
            return
        if len(text) > LONGEST_TEXT:
            text = f"{text[:LONGEST_TEXT]}…"
            self.tally.mended += 1
        if end is not None and not start <= end <= start + LONGEST_LINE:
            end = None
            self.tally.mended += 1
        if end is None:
            end = start + spoken_seconds(text)
        if len(self.events) >= MOST_EVENTS:
            raise too_many(self._path)
        self.events.append(ImportedLine(Span(start, end), kind, text, clean(speaker), language))


def too_many(path: Path) -> UnreadableLines:
    """For a file with more lines than can be held in memory."""
    most = f"{MOST_EVENTS:,}"
    return unreadable_lines(path, "ingest.lines-too-many", "ingest.lines-split", most=most)


def clean(text: str) -> str:
    """The text on one line, without control characters or halves of surrogate pairs."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    whole = text.encode("utf-8", "replace").decode("utf-8")
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in whole)
    return " ".join(shown.split())


def spoken_seconds(text: str) -> float:
    """How long the text takes to say: 150 words a minute, or 4 Chinese characters a second."""
    ideographs = sum("\u3400" <= c <= "\u9fff" for c in text)
    return min(30.0, max(1.0, 0.4 * len(text.split()) + 0.25 * ideographs))
