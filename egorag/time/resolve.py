"""The time that a question names becomes an interval.

    find_time("What did I read yesterday evening?", local) -> 18:00–23:00 of yesterday, exact
    find_time("What do I do on Mondays?", local)           -> any time, recurring on Mondays
    find_time("Where was I after the meeting?", local)     -> any time, anchored after "the meeting"

Own grammar, because kept libraries know neither intervals nor "last Tuesday" (dateparser #938,
#573); dateparser is asked only about absolute dates in forms that the grammar does not know. Each
language reads its words (``reading.py``); what they mean on the calendar is the same for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from egorag.time.calendar.clock_hours import DAYTIME, clock_hours, latest_day
from egorag.time.calendar.clock_types import FUZZY_PARTS, PARTS, Clock
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.parsed_time import Reading, Side
from egorag.time.calendar.time_reference import EVER, Anchor, Recurrence, TimeReference
from egorag.time.chinese.reader import is_chinese, read_chinese
from egorag.time.english.reader import read_english
from memory.types.core import Span

__all__ = ["Anchor", "Recurrence", "TimeReference", "find_time"]


def find_time(text: str, local: LocalTime) -> TimeReference | None:
    """The time that a question names, or None."""
    reading = read_chinese(text, local) if is_chinese(text) else read_english(text, local)
    named = _recurring(text, local, reading) if _recurs(reading) else _once(text, local, reading)
    if reading.anchor is None:
        return named
    span = named.span if named else Span(min(EVER, local.asked_at), local.asked_at)
    if named is None:
        return TimeReference(span, "", False, anchor=reading.anchor)
    return replace(named, exact=False, anchor=reading.anchor)


def _recurs(reading: Reading) -> bool:
    """Whether hours come again on several days: "in the evenings of last week"."""
    if reading.habit:
        return True
    day = reading.day
    several = day is not None and (day.after - day.first).days > 1
    return several and (reading.clock is not None or reading.part is not None)


def _once(text: str, local: LocalTime, reading: Reading) -> TimeReference | None:
    if reading.lapse:
        lapse = reading.lapse
        return _reference(text, lapse.span, lapse.exact, [(lapse.start, lapse.end)])
    if reading.clock:
        return _with_clock(text, local, reading, reading.clock)
    if reading.part or (reading.day and reading.day.part):
        return _with_part(text, local, reading)
    return _whole_days(text, local, reading) if reading.day else None


def _recurring(text: str, local: LocalTime, reading: Reading) -> TimeReference:
    """The days (or all time) as span, the hours of habit, clock or part as windows."""
    habit, part = reading.habit, reading.part
    name = (habit.part if habit else "") or (part.name if part else "")
    hours = PARTS[name] if name else (0.0, 24.0)
    if reading.clock:
        hours = clock_hours(reading.clock, PARTS[name] if name else DAYTIME)
    outer = replace(reading, clock=None, part=None)
    around = _once(text, local, outer)
    span = around.span if around else Span(min(EVER, local.asked_at), local.asked_at)
    weekdays = habit.weekdays if habit else tuple(range(7))
    pieces = [*(around.pieces if around else ()), *_places(habit, part, reading.clock)]
    made = _reference(text, span, around is None or around.exact, pieces)
    return replace(made, recurring=Recurrence(weekdays, hours))


def _places(*found: object) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in found if one is not None]  # type: ignore[attr-defined]


def _reference(
    text: str, span: Span, exact: bool, pieces: Iterable[tuple[int, int]]
) -> TimeReference:
    ordered = _merged(sorted(pieces))
    words = " ".join(text[start:end].strip() for start, end in ordered)
    return TimeReference(span, words, exact, tuple(ordered))


def _merged(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pieces that overlap are one."""
    merged: list[tuple[int, int]] = []
    for start, end in pieces:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return merged


def _with_part(text: str, local: LocalTime, reading: Reading) -> TimeReference:
    day, part = reading.day, reading.part
    name = part.name if part else (day.part if day else "")
    start, end = PARTS[name]
    first = day.first if day else local.today
    if day and day.part == "last night" and name == "small hours":
        first += timedelta(days=1)
    if day is None and local.at(first, start) > local.asked_at:
        first -= timedelta(days=1)
    exact = name not in FUZZY_PARTS and (day is None or day.exact)
    span = _sided(local.hours(first, start, end), reading.side, local, first)
    return _reference(text, span, exact, _places(day, part, reading.side, reading.wider))


def _sided(span: Span, side: Side | None, local: LocalTime, day: date | None) -> Span:
    """What lies on a side of a span; before and after a part of a day stay on that day."""
    asked = local.asked_at
    whole = local.days(day, day + timedelta(days=1)) if day else None
    if side is None:
        return span
    if side.name == "since":
        return Span(min(span.start, asked), max(span.start, asked))
    if side.name == "after":
        end = max(span.end, whole.end) if whole else asked
        return Span(min(span.end, end), max(span.end, end))
    start = min(whole.start if whole else EVER, span.start)
    return Span(start, span.end if side.name == "until" and not whole else span.start)


def _with_clock(text: str, local: LocalTime, reading: Reading, clock: Clock) -> TimeReference:
    day, part = reading.day, reading.part
    name = part.name if part else (day.part if day else "")
    window = PARTS[name] if name else DAYTIME
    if name and not day:
        start = PARTS[name][0]
        first = local.today - timedelta(days=int(local.at(local.today, start) > local.asked_at))
        hours = clock_hours(clock, window)
    elif day:
        first, hours = day.first, clock_hours(clock, window)
    else:
        first, hours = latest_day(clock, local)
    exact = clock.kind not in ("at", "around") and (day is None or day.exact)
    span = local.hours(first, *hours)
    if clock.kind == "since" and not name and (day is None or first == local.today):
        span = Span(span.start, max(span.start, local.asked_at))
    return _reference(text, span, exact, _places(day, part, clock, reading.wider))


def _whole_days(text: str, local: LocalTime, reading: Reading) -> TimeReference:
    day = reading.day
    assert day is not None
    span = _sided(local.days(day.first, day.after), reading.side, local, None)
    if reading.wider:
        bounds = local.days(reading.wider.first, reading.wider.after)
        span = span.intersection(bounds) or span
    return _reference(text, span, day.exact, _places(day, reading.side, reading.wider))
