"""Hours of a day become an interval: which day, which half of it, and how wide "at three" is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from egorag.time.calendar.clock import (
    DAYTIME,
    FUZZY_PARTS,
    PARTS,
    Clock,
    clock_hours,
    latest_day,
    moment_in,
    next_day,
)
from egorag.time.grammar.values import DayHours, Days, Duration, Hours, Open, Stretch, TimeContext
from memory.types.core import Span


def hours_span(context: TimeContext, day: date | None, day_part: str, hours: Hours) -> Span:
    """The interval of clock and part of the day, on ``day`` or else the nearest that is meant."""
    part = hours.part or day_part
    if hours.clock:
        return _clock_span(context, day, part, hours.clock)
    start, end = PARTS[part]
    if day is None:
        day = _nearest(context, start, end)
    elif day_part == "last night" and part == "small hours":
        day += timedelta(days=1)
    return context.local.hours(day, start, end)


def _nearest(context: TimeContext, start: float, end: float) -> date:
    """The latest day on which these hours have begun; of the future, the first not over."""
    local = context.local
    if context.tense == "past":
        return local.today - timedelta(days=local.at(local.today, start) > local.asked_at)
    return local.today + timedelta(days=local.at(local.today, end) <= local.asked_at)


def _clock_span(context: TimeContext, day: date | None, part: str, clock: Clock) -> Span:
    local, window = context.local, PARTS[part] if part else DAYTIME
    today = day is None or day == local.today
    find = latest_day if context.tense == "past" else next_day
    found, hours = (None, None) if part or not today else find(clock, local)
    if hours is None or (day and found != day):
        hours = clock_hours(clock, window)
        day = day or _nearest(context, *(hours if context.tense == "future" else window))
    span = local.hours(day or found or local.today, *hours)
    if clock.kind == "since" and not part and today and context.tense == "past":
        return Span(span.start, max(span.start, local.asked_at))
    return span


def is_exact(day: Days | None, hours: Hours) -> bool:
    """Whether hours mean exactly their interval."""
    if hours.clock:
        return hours.clock.kind not in ("at", "around") and (day is None or day.exact)
    return hours.part not in FUZZY_PARTS and (day is None or day.exact)


def moment_span(context: TimeContext, value: Days | DayHours | Hours | Stretch) -> Span:
    """The interval of any value.

    Raises:
        ValueError: there is none.
    """
    if isinstance(value, Stretch):
        return Span(value.start, max(value.start, value.end))
    if isinstance(value, Hours):
        return hours_span(context, None, "", value)
    days = value.days if isinstance(value, DayHours) else value
    first, after = days.name(context)
    if isinstance(value, DayHours):
        return hours_span(context, first, days.part, value.hours)
    if days.part:
        return hours_span(context, first, days.part, Hours(None, days.part))
    return context.local.days(first, after)


def stretch_between(
    context: TimeContext, first: Days | DayHours | Stretch, last: DayHours | Hours | Days | Stretch
) -> Stretch:
    """ "from Monday morning to Tuesday evening", "from now until three"."""
    begun = moment_span(context, first)
    start = begun.start if _is_wide(first) else (begun.start + begun.end) / 2
    if isinstance(last, Hours):
        ended = _next_hours(context, start, last)
    else:
        ended = moment_span(context, last)
    end = ended.end if _is_wide(last) else (ended.start + ended.end) / 2
    if isinstance(first, Stretch) and first.core is not None:
        start = first.core
    if isinstance(last, Stretch):
        end = ended.end if last.exact and ended.duration > 60 else last.core or ended.start
    if end <= start:
        raise ValueError("the end lies before the beginning")
    return Stretch(start, end)


def _next_hours(context: TimeContext, start: float, hours: Hours) -> Span:
    """The hours on the day of a moment, the half of the day that comes after it."""
    day, clock = context.local.local(start).date(), hours.clock
    if clock is None:
        return hours_span(context, day, "", hours)
    spans = [
        hours_span(
            context, day, "", replace(hours, clock=replace(clock, first=clock.first.known(at)))
        )
        for at in clock.first.options()
    ]
    return next((span for span in spans if (span.start + span.end) / 2 > start), spans[0])


def _is_wide(value: Days | DayHours | Hours | Stretch) -> bool:
    """Whether a value lasts, other than a clock time."""
    hours = value.hours if isinstance(value, DayHours) else value
    return not (isinstance(hours, Hours) and hours.clock and hours.clock.second is None) and not (
        isinstance(value, Stretch)
    )


def beside_clock(
    context: TimeContext, length: Duration, value: DayHours | Hours, sign: int = 1
) -> Stretch:
    """ "half an hour before noon", "two hours after 3 pm yesterday"."""
    clock = value.clock if isinstance(value, Hours) else value.hours.clock
    named = moment_in(clock, moment_span(context, value)) if clock else None
    if named is None or not length.seconds or length.days or length.months:
        raise ValueError("no time beside a time")
    at = named.start + sign * length.seconds
    return Stretch(at - 600, at + 600, False, at)


def both_sides(context: TimeContext, first: Open, last: Open) -> Stretch:
    """ "after 2015 and before 2018"."""
    span = side_span(context, first).intersection(side_span(context, last))
    if first.side == last.side or span is None:
        raise ValueError("no time between two times")
    return Stretch(span.start, span.end)


def open_side(context: TimeContext, value: Days | DayHours | Hours | Stretch, side: str) -> Open:
    """ "since Monday", "before this morning", "by Friday"."""
    return Open(side, value)  # type: ignore[arg-type]


def side_span(context: TimeContext, found: Open) -> Span:
    """What lies on a side of a time; before and after hours stay on their day."""
    span, asked = moment_span(context, found.value), context.local.asked_at
    value = found.value
    clock = value.clock if isinstance(value, Hours) else None
    clock = value.hours.clock if isinstance(value, DayHours) else clock
    if clock and clock.kind in ("at", "around") and (named := moment_in(clock, span)):
        span = Span(named.start, named.start)
    hours = isinstance(value, Hours | DayHours) or (isinstance(value, Days) and value.part)
    if found.side == "since":
        far = asked if span.start <= asked else _LATER + span.end
        return Span(span.start, max(span.start, far))
    whole = None
    if hours:
        day = context.local.local(span.start).date()
        whole = context.local.days(day, day + timedelta(days=1))
    if found.side == "after":
        end = max(span.end, whole.end) if whole else max(asked, span.end)
        return Span(span.end, end if whole or span.end < asked else span.end + _LATER)
    start = min(whole.start if whole else 0.0, span.start)
    return Span(start, span.end if found.side == "until" and not whole else span.start)


_LATER = 11 * 366 * 86_400.0  # seconds that an open future lasts
