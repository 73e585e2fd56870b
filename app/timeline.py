"""A day as hours and moments, read from the store."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby

from app.views import DayTimeline, Hour, Moment
from memory.levels import bucket
from memory.store import Store
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
        _hour(store, place, tuple(found))
        for place, found in groupby(moments, lambda m: bucket("hour", m.start, timezone))
    ]
    return DayTimeline(day, timezone, _summary(store, "day", span), tuple(hours))


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


def _hour(store: Store, place: Span, moments: tuple[Moment, ...]) -> Hour:
    return Hour(place.start, place.end, _summary(store, "hour", place), moments)


def _summary(store: Store, level: Level, place: Span) -> str:
    found = store.memories(level, place)
    return next((m.text for m in found if place.contains(m.span.start)), "")
