"""Rules for hours: clock times, parts of the day, and the interval that they become."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from egorag.time.calendar.clock import DAYTIME, LATER, PARTS, Clock, ClockKind, ClockTime
from egorag.time.grammar.amounts import Duration, Number, require
from egorag.time.grammar.days import part_of_part
from egorag.time.grammar.values import Days, Hours, Open, Stretch, TimeContext, Value, only, within
from memory.types.core import Span


def clock_time(
    h: Number, m: Number | None = None, s: Number | None = None, each: int = 1, least: int = 0,
    most: int = 12,
) -> ClockTime:  # fmt: skip
    """ "15:30", "three", 三点半: an hour of two digits or past twelve says its half of the day.

    ``each``: minutes that ``m`` counts; on the face of a clock (三點踏三) five. ``most``: of a bare
    hour in words; ``least``: 一点 alone is "a little".
    """
    require(m is not None or ((bool(h.digits) or h.value <= most) and h.value >= least))
    hours, minutes, seconds = h.whole, m.whole * each if m else 0, s.whole if s else 0
    require(0 <= hours <= 24 and 0 <= minutes < 60 and seconds < 60 and len(h.digits) <= 2)
    require((m is None or len(m.digits) in (0, 2)) and not h.vague)
    known = hours > 12 or hours == 0 or h.digits.startswith("0")
    return ClockTime(hours + minutes / 60 + seconds / 3600, known, 1 if s else 60 if m else 3600)


def digits_time(n: Number, nought: bool = False, digits: int = 3) -> ClockTime:
    """ "730", "0730": without a mark between them; ``nought``: 1945 is a year, 0730 is none.

    ``digits``: that there must be at least: 1500 hours are a time, 127 hours are none.
    """
    require(digits <= len(n.digits) <= 4 and (not nought or n.digits[0] == "0"))
    first, last = n.digits[:-2], n.digits[-2:]
    return clock_time(Number(int(first), first), Number(int(last), last))


def spelled_time(h: Number, m: Number, most: int = 12) -> ClockTime:
    """ "seven thirty"; past twelve only up to ``most``, where nothing else is meant."""
    require(not h.digits and not m.digits and 1 <= h.value <= most and 0 < m.value < 60)
    require(h.value <= 12 or m.value >= 10)  # "twenty one" is no 20:01
    return clock_time(h, m)


def with_half(time: ClockTime, half: str) -> ClockTime:
    """ "3:30 pm", "half past seven pm"."""
    require(1 <= time.hours < 13)
    return time.known(time.hours % 12 + (12 if half == "pm" else 0))


def beside(n: Number, time: ClockTime, sign: int = 1, short: bool = False) -> ClockTime:
    """ "ten past three", "quarter to six", "halb vier"; ``short``: without the word "minutes"."""
    spelled = not n.digits or sign > 0  # "10 to 12" is a range
    require(not short or (spelled and n.value in (0.25, 0.5, 5, 10, 15, 20, 25)))
    minutes = n.value * 60 if n.value < 1 else n.value
    require(minutes < 60 and time.hours % 1 == 0)
    hours = time.hours % 24 if sign > 0 else time.hours  # past midnight is of the new day
    return replace(time, hours=hours + sign * minutes / 60, grain=60)


def of_part(time: ClockTime, part: str) -> ClockTime:
    """ "three in the afternoon", 下午三点: the part says which half is meant."""
    if time.half_known and time.hours > 12:
        return time
    window = (0.0, 12.0) if part == "morning" else PARTS[part]  # twelve there is of the night
    return time.known(replace(time, half_known=False).inside(window))


def clock(time: ClockTime, kind: ClockKind = "at", shift: float = 0.0) -> Hours:
    """A clock time with the word beside it; ``shift``: "shortly before nine", 七点多."""
    if time.hours == 24 and kind in ("after", "since"):  # midnight begins the day
        time = ClockTime(0.0, True)
    if shift:
        kind, time = "around", replace(time, hours=time.hours + shift, grain=0)
    return Hours(Clock(kind, time))


def clock_range(first: ClockTime, last: ClockTime) -> Hours:
    """ "between 3 and 4", "from 9 to 10:30 pm"."""
    return Hours(Clock("between", ClockTime(0.0, True) if first.hours == 24 else first, last))


def clock_for(time: ClockTime, length: Duration) -> Hours:
    """ "from 10 am for 3 hours"."""
    require(not (length.months or length.days))
    start = time if time.half_known else time.known(time.hours + 12 * (time.hours < 7))
    return Hours(Clock("between", start, start.known(start.hours + length.seconds / 3600)))


def part_range(first: str, last: str = "", time: ClockTime | None = None) -> Hours:
    """ "from morning to evening", "from morning until noon"."""
    start = PARTS[first][0]
    end = min(at for at in time.options() if at > start) if time else PARTS[last][1]
    return Hours(Clock("between", ClockTime(start, True), ClockTime(end, True)))


def moment(
    days: Days, hours: Hours | None = None, part: str = "", edge: str = "", year: Days | None = None
) -> Hours:
    """ "yesterday at three", "the morning of the 8th", "early on Sunday"."""
    require(days.unit == "day" or bool(days.part or days.core))
    days = within(year, days) if year else days
    edges = {"early": "morning", "late": "evening"}
    part = part_of_part(part, edge) if part else edges.get(edge, "")
    require(hours is not None or bool(part))
    return replace(hours or Hours(None, part), days=days)


def span_of_value(context: TimeContext, value: Value) -> Span:
    """The interval of any value: hours of no day are of the nearest day that is meant.

    Raises:
        ValueError: there is none.
    """
    if isinstance(value, Stretch):
        return Span(value.start, max(value.start, value.end))
    if isinstance(value, Days) and not value.part:
        return context.local.days(*value.name(context))
    hours = value if isinstance(value, Hours) else Hours(days=value)
    day = hours.days.name(context)[0] if hours.days else None
    day_part = hours.days.part if hours.days else ""
    part = hours.part or day_part
    if hours.clock:
        return _clock_span(context, day, part, hours.clock)
    start, end = PARTS[part]
    if day and (day_part, part) == ("last night", "small hours"):
        day += timedelta(days=1)
    return context.local.hours(day or _nearest(context, start, end), start, end)


def _nearest(context: TimeContext, start: float, end: float) -> date:
    """The latest day on which these hours have begun; of the future, the first not over."""
    local = context.local
    if context.tense == "past":
        return local.today - timedelta(days=local.at(local.today, start) > local.asked_at)
    return local.today + timedelta(days=local.at(local.today, end) <= local.asked_at)


def _clock_span(context: TimeContext, day: date | None, part: str, clock: Clock) -> Span:
    local, window = context.local, PARTS[part] if part else DAYTIME
    near = not part and day in (None, local.today)
    found, hours = clock.nearest_day(local, context.tense) if near else (None, window)
    if found is None or day not in (None, found):
        hours = clock.hours(window)
        found = day or _nearest(context, *(hours if context.tense == "future" else window))
    span = local.hours(found, *hours)
    if clock.kind == "since" and near and context.tense == "past":
        return Span(span.start, max(span.start, local.asked_at))
    return span


def stretch_between(context: TimeContext, first: Value, last: Value) -> Stretch:
    """ "from Monday morning to Tuesday evening", "from now until three"."""
    begun = span_of_value(context, first)
    start = (begun.start + begun.end) / 2 if _is_point(first) else begun.start
    if isinstance(last, Hours) and last.days is None:
        ended = _next_hours(context, start, last)
    else:
        ended = span_of_value(context, last)
    end = (ended.start + ended.end) / 2 if _is_point(last) else ended.end
    if isinstance(last, Stretch):
        end = ended.end if last.exact and ended.duration > 60 else last.core or ended.start
    require(end > start)
    return Stretch(start, end)


def _is_point(value: Value) -> bool:
    """Whether a value does not last: a clock time, or a moment with what lies around it."""
    clock = value.clock if isinstance(value, Hours) else None
    return isinstance(value, Stretch) or (clock is not None and clock.second is None)


def _next_hours(context: TimeContext, start: float, hours: Hours) -> Span:
    """The hours on the day of a moment, the half of the day that comes after it."""
    day, clock = context.local.local(start).date(), hours.clock
    known = map(clock.first.known, clock.first.options()) if clock else ()
    options = [replace(clock, first=one) for one in known] if clock else [None]
    days = only(day, day + timedelta(days=1))
    spans = [span_of_value(context, Hours(one, hours.part, days)) for one in options]
    return next((span for span in spans if (span.start + span.end) / 2 > start), spans[0])


def beside_clock(context: TimeContext, length: Duration, value: Hours, sign: int = 1) -> Stretch:
    """ "half an hour before noon", "two hours after 3 pm yesterday"."""
    named = value.clock.moment(span_of_value(context, value)) if value.clock else None
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


def side_span(context: TimeContext, found: Open) -> Span:
    """What lies on a side of a time; before and after hours stay on their day."""
    local, value = context.local, found.value
    span, asked = span_of_value(context, value), local.asked_at
    clock = value.clock if isinstance(value, Hours) else None
    if clock and clock.kind in ("at", "around") and (named := clock.moment(span)):
        span = Span(named.start, named.start)
    if found.side == "since":
        return Span(span.start, asked if span.start <= asked else LATER + span.end)
    if isinstance(value, Hours) or (isinstance(value, Days) and value.part):
        day = local.day_of(span)
        if found.side == "after":
            return Span(span.end, max(span.end, day.end))
        return Span(min(day.start, span.start), span.start)
    if found.side == "after":
        return Span(span.end, asked if span.end < asked else span.end + LATER)
    return Span(min(0.0, span.start), span.end if found.side == "until" else span.start)
