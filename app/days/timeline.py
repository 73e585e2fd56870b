"""A day as hours and moments, read from the store in a few queries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby

from app.core.view_models import DayTimeline, Hour, Moment
from memory.store.store import Store
from memory.store.summary_builder import on_clock
from memory.types.core import Level, Recording, Span, merge_spans
from memory.types.paths import printable
from memory.types.timezones import bucket, zone

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)  # calendars run out of years


def day_span(day: date, timezone: str) -> Span:
    """From midnight to midnight on the wall clock of the zone."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone(timezone))
    return bucket("day", noon.timestamp(), timezone)


def recorded_seconds(store: Store, timezone: str) -> dict[date, float]:
    """Day → how many seconds of it are recorded; the days with something, oldest first."""
    clock = zone(timezone)
    covered = store.days.coverage(float("inf"))
    seconds_by_day: dict[date, float] = {}
    for span in merge_spans((*covered.indexed, *covered.pending)):
        day = datetime.fromtimestamp(span.start, clock).date()
        last = datetime.fromtimestamp(max(span.start, span.end - 1), clock).date()
        while day <= last:
            inside = span.intersection(day_span(day, timezone))
            seconds_by_day[day] = seconds_by_day.get(day, 0.0) + (
                inside.duration if inside else 0.0
            )
            day += timedelta(days=1)
    return seconds_by_day


def recorded_days(store: Store, timezone: str) -> list[date]:
    """The days on which something was recorded, oldest first."""
    return sorted(recorded_seconds(store, timezone))


def timeline(store: Store, day: date, timezone: str) -> DayTimeline:
    """The day's hours that hold something, with every moment in order."""
    if not EARLIEST <= day <= LATEST:  # no recording, and calendars run out of years
        return DayTimeline(day, timezone, "")
    span = day_span(day, timezone)
    summaries = summaries_by_start(store, "hour", span, timezone)
    hours = [
        Hour(place.start, place.end, summaries.get(place.start, ""), tuple(hour_moments))
        for place, hour_moments in groupby(
            moments(store, span), lambda moment: bucket("hour", moment.start, timezone)
        )
    ]
    return DayTimeline(
        day, timezone, day_summary(store, span, timezone), tuple(hours),
        elsewhere(store, day, timezone),
    )  # fmt: skip


def moments(store: Store, span: Span) -> list[Moment]:
    """Every clip that starts in the span, with its words and pictures, in order of time."""
    read = store.moments
    speech, pictures = read.sentences(span), read.pictures(span)
    return [
        Moment(
            clip.id,
            clip.recording_id,
            clip.span.start,
            clip.span.end,
            clip.span.start - clip.begun,
            clip.caption or "",
            speech.get(clip.id, ()),
            pictures.get(clip.id, ()),
            clip.caption is not None,
        )
        for clip in read.clips(span)
    ]


def day_summary(store: Store, span: Span, timezone: str) -> str:
    """The summary of the day that ``span`` is, empty where there is none."""
    return next(iter(summaries_by_start(store, "day", span, timezone).values()), "")


def summaries_by_start(store: Store, level: Level, span: Span, timezone: str) -> dict[float, str]:
    """Where a bucket of ``level`` begins → its summary, of those in the span."""
    summaries: dict[float, str] = {}
    for memory in store.memories.overlapping(level, span):
        if span.contains(memory.span.start):
            place = bucket(level, memory.span.start, timezone).start
            summaries.setdefault(place, on_clock(memory, zone(timezone)))
    return summaries


def elsewhere(store: Store, day: date, timezone: str) -> tuple[str, ...]:
    """What began on this day, here or where it was recorded, and had another time there.

    A sentence for each zone and not for each of the many files that a day may have.
    """
    sentences: dict[str, list[str]] = {}
    for recording in store.recordings.in_other_zones(day_span(day, timezone), timezone):
        words = _other_clock(recording, day, timezone)
        if words:
            sentences.setdefault(recording.timezone, []).append(words)
    return tuple(_once(sentences))


def _other_clock(recording: Recording, day: date, timezone: str) -> str:
    there, here = (
        datetime.fromtimestamp(recording.start, zone(name))
        for name in (recording.timezone, timezone)
    )
    if there.utcoffset() == here.utcoffset() or day not in (there.date(), here.date()):
        return ""
    return (
        f"{printable(recording.name)} began on {there:%A %d %B at %H:%M} in "
        f"{recording.timezone}; in {timezone} that was {here:%A %d %B at %H:%M}."
    )


def _once(sentences: dict[str, list[str]]) -> Iterator[str]:
    for name, (first, *others) in sentences.items():
        count = len(others)
        more = f" So it is for {count} more recording{'s' if count > 1 else ''} in {name}."
        yield first + (more if others else "")
