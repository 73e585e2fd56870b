"""A day as a strip that can be drawn: when there was something, and how much went on when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.days.completeness import Completeness, completeness
from app.days.timeline import EARLIEST, LATEST, day_span, day_summary, elsewhere, summaries_by_start
from memory.store.store import Store
from memory.types.core import Span, merge_spans
from memory.types.timezones import bucket

SMALLEST_GAP = 60.0  # seconds; shorter pauses are not worth a mark
TALK_STEP = 300.0  # seconds for each point of the speech curve
MOST_ROWS = 6  # people, and places, that have a row of their own
_TOGETHER = 180.0  # seconds apart at which somebody is still there


@dataclass(frozen=True, slots=True)
class StripRow:
    """When somebody was there, or where somebody was."""

    name: str
    spans: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """How long, in all."""
        return sum(span.duration for span in self.spans)


@dataclass(frozen=True, slots=True)
class HourLine:
    """An hour with something in it: how many moments, how much of it recorded, its summary."""

    span: Span
    summary: str
    moments: int
    recorded: float


@dataclass(frozen=True, slots=True)
class DayStrip:
    """All that the timeline shows of a day at a glance, whatever the number of its clips.

    ``talk`` is the share of each ``TALK_STEP`` in which somebody spoke, 0..1; ``pictured`` has a
    flag for each minute: whether there is a picture of it.
    """

    day: date
    timezone: str
    span: Span
    summary: str
    elsewhere: tuple[str, ...]
    recorded: tuple[Span, ...]
    waiting: tuple[Span, ...]
    pending: int
    talk: tuple[float, ...]
    people: tuple[StripRow, ...]
    places: tuple[StripRow, ...]
    hours: tuple[HourLine, ...]
    pictured: tuple[bool, ...]
    completeness: Completeness


def strip(store: Store, day: date, timezone: str) -> DayStrip | None:
    """The day at a glance, or None of a day that no calendar holds."""
    if not EARLIEST <= day <= LATEST:
        return None
    span, read = day_span(day, timezone), store.moments
    clips = read.spans(span)
    recorded = merge_spans((stretch for stretch, _ in clips), SMALLEST_GAP)
    return DayStrip(
        day,
        timezone,
        span,
        day_summary(store, span, timezone),
        elsewhere(store, day, timezone),
        recorded,
        merge_spans((stretch for stretch, known in clips if not known), SMALLEST_GAP),
        sum(not known for _, known in clips),
        tuple(min(1.0, seconds / TALK_STEP) for seconds in read.talk(span, TALK_STEP)),
        _rows(read.people(span)),
        _rows(read.places(span)),
        _hours(store, span, [stretch for stretch, _ in clips], timezone),
        _pictured(span, (at for at, _ in read.pictured(span))),
        completeness(read.work_done(span), recorded),
    )


def _rows(spans_by_name: Mapping[str, list[Span]]) -> tuple[StripRow, ...]:
    rows = [StripRow(name, merge_spans(spans, _TOGETHER)) for name, spans in spans_by_name.items()]
    return tuple(sorted(rows, key=lambda row: (-row.seconds, row.name))[:MOST_ROWS])


def _hours(store: Store, day: Span, clips: Iterable[Span], timezone: str) -> tuple[HourLine, ...]:
    summaries = summaries_by_start(store, "hour", day, timezone)
    clips_by_hour: dict[Span, list[Span]] = {}
    hour: Span | None = None
    for clip in clips:
        if hour is None or not hour.contains(clip.start):
            hour = bucket("hour", clip.start, timezone)
        clips_by_hour.setdefault(hour, []).append(clip)
    return tuple(
        HourLine(
            hour,
            summaries.get(hour.start, ""),
            len(spans),
            sum(span.duration for span in merge_spans(spans, SMALLEST_GAP)),
        )
        for hour, spans in clips_by_hour.items()
    )


def _pictured(day: Span, times: Iterable[float]) -> tuple[bool, ...]:
    flags = [False] * round(day.duration / 60)
    for at in times:
        if day.contains(at):
            flags[int((at - day.start) // 60)] = True
    return tuple(flags)
