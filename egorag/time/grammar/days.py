"""Rules for named days and what lies in or beside them: "last Tuesday", "early March"."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from egorag.time.calendar import series as of
from egorag.time.calendar.clock import PARTS
from egorag.time.calendar.series import LENGTHS, ONE_DAY, Interval, add, fixed, floor, unit_at
from egorag.time.grammar.durations import SECONDS, counted
from egorag.time.grammar.values import (
    ONE,
    ZERO,
    Days,
    Number,
    Stretch,
    TimeContext,
    every,
    length_of,
    only,
    require,
)


def part_of_part(part: str, edge: str) -> str:
    """ "early morning" of "morning" and "early", where there is such a part of the day."""
    name = {"beginning": "early", "end": "late", "middle": "mid"}.get(edge, edge)
    return f"{name} {part}" if f"{name} {part}" in PARTS else part


def day_shift(
    context: TimeContext, shift: int = 0, part: str = "", edge: str = "", n: Number = ZERO
) -> Days:
    """ "yesterday", "two nights ago"; "this evening", also before it has come."""
    first = context.local.today + timedelta(days=shift - n.whole)
    return only(first, first + ONE_DAY, part=part_of_part(part, edge))


def shifted_part(context: TimeContext, night: tuple[int, str]) -> Days:
    """ "last night", 今早: a part of a day near today."""
    return day_shift(context, *night)


def cycle(context: TimeContext, rel: int, unit: str) -> Days:
    """ "last week", "this month", "next year"; the last weekend is the one that has begun last."""
    require(unit not in SECONDS)
    today = context.local.today
    if unit == "fortnight" and rel < 0:
        return only(floor("week", today) - timedelta(days=14), floor("week", today), unit)
    if unit == "weekend" and today.weekday() < 5:  # of which the next is the coming one
        rel -= rel > 0 or (rel == 0 and context.tense == "past")
    return only(*unit_at(unit, today, rel), unit)


def named(context: TimeContext, rel: int, name: Days, part: str = "") -> Days:
    """ "last Tuesday", "this August", "the Friday evening before last"; the last winter is over."""
    today = context.local.today
    if rel == 0 and name.unit == "weekend":
        return cycle(context, rel, name.unit)
    if rel == 0:
        weekly = name.unit == "day" and name.series.step == 7
        days = name.series.within(*unit_at("week" if weekly else "year", today))
        return replace(name, series=fixed(*days[0]))
    series = fixed(*of.counted(name.series, today, today + ONE_DAY, rel, name.core))
    exact, coming = name.exact and rel != 1, name.holiday and rel > 0
    return replace(name, series=series, exact=exact, part=part or name.part, holiday=coming)


def neighbour(
    context: TimeContext, days: Days, sign: int, unit: str = "", name: Days | None = None,
    part: str = "", n: Number = ONE,
) -> Days:  # fmt: skip
    """ "the day before Halloween", "the Monday after Easter", "the evening before the 5th"."""
    unit = "day" if part else unit
    if name or unit not in ("day", "week"):
        return counted(context, name or every(unit), sign, days=days)
    first, after = days.name(context)
    step = timedelta(days=of.DAYS_OF[unit])
    start = first - step * n.whole if sign < 0 else after + step * (n.whole - 1)
    return only(start, start + step, unit, days.exact, part)


def nearest(context: TimeContext, name: Days, days: Days) -> Days:
    """ "the Sunday closest to Christmas"."""
    day, reach = days.name(context)[0], timedelta(days=name.series.step)
    near = name.series.within(day - reach, day + reach)
    return replace(name, series=fixed(*min(near, key=lambda one: abs(one[0] - day))))


def nth(
    ordinal: int | Number, outer: Days | None = None, unit: str = "", name: Days | None = None,
    n: int | Number = ONE, this: str = "year", part: str = "",
) -> Days:  # fmt: skip
    """ "the first week of May", "the last Friday of October", "Q3 2024", 上半年.

    Without ``outer`` days, of the present year, month, … (``this``).
    """
    outer = outer or every(this)
    number, count = (one if isinstance(one, int) else one.whole for one in (ordinal, n))
    require(unit not in SECONDS)
    inner = name or every(unit)
    require(unit == "half" or length_of(inner) * count < length_of(outer))
    if unit in ("half", "week", "day", "fortnight") or count > 1:
        return _counted_off(outer, number, count, unit)
    return Days(of.inside(outer.series, inner.series, number), outer.exact, part, inner.unit)


def _counted_off(outer: Days, ordinal: int, count: int, unit: str) -> Days:
    """Counted off from the first day of a month or year, or back from its last.

    The first week is the first that has most of its days in it, as of a year (ISO 8601).
    """

    def part(first: date, after: date) -> Interval:
        if unit == "half":
            require(ordinal in (1, 2, -1))
            middle = (
                add("month", first, 6) if _is_year(first, after) else first + (after - first) / 2
            )
            return (first, middle) if ordinal == 1 else (middle, after)
        if ordinal > 0 and (unit, count) == ("week", 1):
            return unit_at(unit, first + timedelta(days=3), ordinal - 1)
        if ordinal > 0:
            start = add(unit, first, (ordinal - 1) * count)
            end = add(unit, start, count)
            return start, min(after, end) if start < after else end
        end = add(unit, after, (ordinal + 1) * count)
        return max(first, add(unit, end, -count)), end

    exact = outer.exact and unit != "week"  # seven days, or from a Monday on
    return Days(outer.series.mapped(part, 366), exact, unit=unit if count == 1 else "days")


def _is_year(first: date, after: date) -> bool:
    return 300 < (after - first).days < 400


def edge(edge: str, outer: Days | None = None, this: str = "year", exact: bool = False) -> Days:
    """ "early March", "the end of 2012", 年底, 三月下旬: a third; a year begins with a quarter."""
    outer = outer or every(this)
    require(outer.unit != "day")

    def part(first: date, after: date) -> Interval:
        one, two = _thirds(first, after)
        if edge == "beginning" and _is_year(first, after):
            one = add("month", first, 3)
        if edge in ("early", "beginning"):
            return first, one
        if edge in ("late", "end"):
            return two, after
        return (one, two) if (two - one).days > 1 else (one - ONE_DAY, two)

    return Days(outer.series.mapped(part, 1200), exact and outer.exact, unit="days")


def _thirds(first: date, after: date) -> Interval:
    """Where the first third ends and the last begins: of whole months, ten days, or three days."""
    length = (after - first).days
    if _is_year(first, after):
        return add("month", first, 4), add("month", first, 8)
    if 28 <= length <= 31:
        return first + timedelta(days=10), first + timedelta(days=20)
    third = timedelta(days=3 if length == 7 else max(2, round(length / 3)))
    return first + third, after - third


def so_far(context: TimeContext, outer: Days, side: str) -> Days | Stretch:
    """ "earlier this week", "the rest of the year": up to or from now; "later next week"."""
    first, after = outer.choose(context)
    local, now = context.local, context.local.asked_at
    span = local.hours(first, *PARTS[outer.part]) if outer.part else local.days(first, after)
    if span.end <= now or span.start > now:
        return edge(side, outer)
    return Stretch(span.start, now) if side == "early" else Stretch(now, span.end)


def holding(unit: str, days: Days) -> Days:
    """ "the week of 23 June", "Labor Day weekend": the week, weekend or month that holds a day."""
    series = days.core or days.series
    require((bool(days.core) or days.unit == "day" or unit == "weekend") and unit in LENGTHS)

    def whole(first: date, after: date) -> Interval:
        if unit == "weekend":
            saturday = first + timedelta(days=(5 - first.weekday() + 3) % 7 - 3)
            return min(first, saturday), max(after, saturday + timedelta(days=2))
        return unit_at(unit, first)

    return Days(series.mapped(whole, 31), days.exact and not days.core, unit=unit)


def span_of(context: TimeContext, first: Days, last: Days) -> Days:
    """ "from Monday to Wednesday", "June to August 2024", "between 2010 and 2014"."""
    require(not (first.part or last.part))
    begun, after = of.range_of(first.series, last.series, context.local.today, context.tense)
    return only(begun, after, "days", first.exact and last.exact)


def both(context: TimeContext, first: Days, last: Days) -> Days:
    """ "Monday and Tuesday", "today or yesterday": neighbours become one."""
    require(last.unit != "days")
    one = first.choose(context)
    following = [] if last.series.fixed else last.series.within(one[1], one[1] + ONE_DAY)
    pair = [one, *following] if following else sorted((one, last.choose(context)))
    require(pair[0][1] == pair[1][0] and not (first.part or last.part))
    return only(pair[0][0], pair[1][1], "days", first.exact and last.exact)


def vague_days(days: Days) -> Days:
    """ "around Christmas": not exactly these days."""
    return replace(days, exact=False)


def to_now(context: TimeContext, days: Days | None = None, unit: str = "year") -> Stretch:
    """ "between January and now", "month to date"."""
    first, _ = (days or cycle(context, 0, unit)).choose(context)
    now = context.local.asked_at
    return Stretch(min(context.local.at(first, 0), now), now)


def same_day(context: TimeContext, days: Days, unit: str = "day") -> Days:
    """ "the same day last week", "the same month last year", 去年今天."""
    first, after = days.choose(context)
    today, length = context.local.today, (after - first).days
    require((length == 7 or length > 27) and unit in LENGTHS)
    if length == 7:
        return only(*unit_at(unit, first + timedelta(days=today.weekday())), unit)
    months = (first.year - today.year) * 12 + (first.month - today.month if length < 32 else 0)
    return only(*unit_at(unit, add("month", today, months)), unit)


def same_time(context: TimeContext, days: Days) -> Stretch:
    """ "this time yesterday", "the same time last week": about the hour of now."""
    first, after = days.choose(context)
    require((after - first).days in (1, 7))
    day = first if after - first == ONE_DAY else same_day(context, days).choose(context)[0]
    at = context.local.at(day, context.hours)
    return Stretch(at - 1800, at + 1800, False)
