"""A day as hours and moments, read from the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from app.views import DayTimeline, Hour, Moment
from ingest.errors import printable
from memory.levels import bucket
from memory.store import Store
from memory.summaries import on_clock
from memory.types import Clip, Level, Recording, Span
from memory.zones import zone


def day_span(day: date, timezone: str) -> Span:
    """From midnight to midnight on the wall clock of the zone."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone(timezone))
    return bucket("day", noon.timestamp(), timezone)


def recorded_days(store: Store, timezone: str) -> list[date]:
    """The days on which something was recorded, oldest first."""
    clock = zone(timezone)
    days: set[date] = set()
    for recording in store.recordings():
        first = datetime.fromtimestamp(recording.span.start, clock).date()
        last = datetime.fromtimestamp(
            max(recording.span.start, recording.span.end - 1), clock
        ).date()
        days.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return sorted(days)


def timeline(store: Store, day: date, timezone: str) -> DayTimeline:
    """The day's hours that hold something, with every moment in order."""
    if not 1900 <= day.year <= 2200:  # no recording, and calendars run out of years
        return DayTimeline(day, timezone, "")
    span = day_span(day, timezone)
    moments = [
        _moment(store, recording, clip)
        for recording in store.recordings()
        if recording.span.overlaps(span)
        for clip in store.clips(recording.id)
        if span.contains(clip.span.start)
    ]
    moments.sort(key=lambda moment: (moment.start, moment.recording_id))
    hours = [
        _hour(store, place, tuple(found), timezone)
        for place, found in groupby(moments, lambda m: bucket("hour", m.start, timezone))
    ]
    summary = _summary(store, "day", span, timezone)
    return DayTimeline(
        day, timezone, summary, tuple(hours), tuple(_elsewhere(store, day, timezone))
    )


def _elsewhere(store: Store, day: date, timezone: str) -> Iterator[str]:
    """What began on this day, here or where it was recorded, and had another time there.

    A sentence for each zone and not for each of the many files that a day may have.
    """
    told: dict[str, list[str]] = {}
    for recording in store.recordings():
        there, here = (
            datetime.fromtimestamp(recording.start, zone(name))
            for name in (recording.timezone, timezone)
        )
        if there.utcoffset() != here.utcoffset() and day in (there.date(), here.date()):
            told.setdefault(recording.timezone, []).append(
                f"{printable(Path(recording.path).name)} began on {there:%A %d %B at %H:%M} in "
                f"{recording.timezone}; in {timezone} that was {here:%A %d %B at %H:%M}."
            )
    for name, (first, *others) in told.items():
        count = len(others)
        more = f" So it is for {count} more recording{'s' if count > 1 else ''} in {name}."
        yield first + (more if others else "")


def _moment(store: Store, recording: Recording, clip: Clip) -> Moment:
    caption = store.caption(clip.id)
    return Moment(
        clip.id,
        recording.id,
        clip.span.start,
        clip.span.end,
        clip.span.start - recording.start,
        caption or "",
        tuple(utterance.text for utterance in store.utterances(clip.id)),
        tuple(thumbnail.path for thumbnail in store.thumbnails(clip.id)),
        caption is not None,
    )


def _hour(store: Store, place: Span, moments: tuple[Moment, ...], timezone: str) -> Hour:
    return Hour(place.start, place.end, _summary(store, "hour", place, timezone), moments)


def _summary(store: Store, level: Level, place: Span, timezone: str) -> str:
    found = store.memories(level, place)
    texts = (on_clock(m, zone(timezone)) for m in found if place.contains(m.span.start))
    return next(texts, "")
