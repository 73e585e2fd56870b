"""Rules for days: by number ("5 May 2024", "the 90s"), by name, and what lies in or beside them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

from egorag.time.calendar import series as of
from egorag.time.calendar.clock import PARTS
from egorag.time.calendar.series import LENGTHS, ONE_DAY, Interval, add, fixed, unit_at
from egorag.time.grammar.amounts import ONE, ZERO, Number, require
from egorag.time.grammar.durations import counted
from egorag.time.grammar.holidays import holiday
from egorag.time.grammar.values import Days, Stretch, TimeContext, only, within

_NEAR = timedelta(days=31)  # of the months that are mostly asked about


def ordinal_of(n: Number, ordinal: Number = ZERO) -> Number:
    """ "5th", "twenty second", 第三."""
    ones = ordinal.whole
    require(1 <= n.whole <= 366 if not ones else n.value in (20, 30) and 0 < ones < 10)
    return Number(n.whole + ones)


def day_number(n: Number, digits: bool = False, most: int = 31) -> Days:
    """A day of a month: "the 5th", "the fifth"; ``digits``: only where it is written in digits."""
    require(0 < n.whole <= most and len(n.digits) <= 2 and (bool(n.digits) or not digits))
    return Days.numbered("dom", n.whole)


def month_of(n: Number) -> Days:
    """A month by its number: 3月."""
    require(1 <= n.whole <= 12 and len(n.digits) <= 2)
    return Days.numbered("month", n.whole)


def date_of(
    context: TimeContext, dom: Days, month: Days | None = None, year: Days | None = None,
    weekday: Days | None = None,
) -> Days:  # fmt: skip
    """A day and a month, perhaps of a year; a weekday that does not fit is a slip."""
    days = _day_in(month, dom) if month else dom
    days = _day_in(year, days) if year else days
    if weekday is None or weekday.series.within(*days.choose(context)):
        return days
    with suppress(ValueError):
        both = Days(of.inside(days.series, weekday.series)).choose(context)
        most = timedelta(days=400 if days.series.step > 31 else 800)
        if not days.series.fixed and abs(both[0] - context.local.today) < most:
            return only(*both)
    return days


def _day_in(outer: Days, day: Days) -> Days:
    """A day of a month or year; one of no calendar where that has none: 31 November."""
    with suppress(ValueError):
        days = within(outer, day)
        if days.series.fixed or days.series.within(date(2000, 1, 1), date(2008, 1, 1)):
            return days
    return replace(day, series=of.NOWHERE)


def numeric(
    context: TimeContext, a: Number, b: Number, c: Number | None = None, order: str = ""
) -> Days:
    """A date in digits; ``order`` says which of the numbers is year, month and day.

    Day and month change places where that alone makes it a day on the right side of today, or near.
    """
    swapped = order.replace("md", "dm") if order in ("md", "mdy") else order
    readings: list[Days] = []
    for names in dict.fromkeys((order, swapped)):
        with suppress(ValueError):
            readings.append(_numbered(context, dict(zip(names, (a, b, c), strict=False)), order))
    if not readings:  # 32/05/2026
        require(c is not None and order[-1] == "y" and len(c.digits) == 4)
        require(max(len(a.digits), len(b.digits)) < 3)
        return replace(Days.numbered("dom", 1), series=of.NOWHERE)

    def unlikely(days: Days) -> tuple[bool, bool]:
        day, today = days.choose(context)[0], context.local.today
        return (day > today) == (context.tense == "past"), abs(day - today) > _NEAR

    return min(readings, key=unlikely) if len(readings) > 1 else readings[0]


def _numbered(context: TimeContext, numbers: dict[str, Number | None], order: str) -> Days:
    month, day, year = (numbers.get(name) for name in "mdy")
    whole = year is None or len(year.digits) == 4
    require(month is not None and (whole or (day is not None and order[0] != "y")))
    outer = month_of(month)  # type: ignore[arg-type]
    outer = within(year_of(context, year, 0), outer) if year else outer
    return _day_in(outer, day_number(day)) if day else outer


def compact_date(n: Number) -> Days:
    """ "20190304"."""
    require(len(n.digits) == 8 and n.digits[:2] in ("19", "20"))
    day = date.fromisoformat(n.digits)
    return only(day, day + ONE_DAY)


def lunar_date(month: Number, day: Number) -> Days:
    """A day of the Chinese calendar: 农历八月十五, 腊月二十三."""
    require(1 <= month.whole <= 12 and 1 <= day.whole <= 30)
    return holiday(f"moon {month.whole}-{day.whole}")


def _years(first: int, count: int, unit: str) -> Days:
    require(1000 <= first < 3000)
    return only(date(first, 1, 1), date(first + count, 1, 1), unit)


def year_of(
    context: TimeContext, n: Number, low: int = 1000, nought: bool = False, era: int = 0
) -> Days:
    """A year from 1000 to 2999; with ``low`` 0 also in two digits, of this century or the last.

    ``nought``: only two digits of which the first is 0 (零八年); ``era``: the year before the first
    of an era (民国三年).
    """
    year, this = n.whole, context.local.today.year
    if era:
        require(0 < year < 100)
        return _years(era + year, 1, "year")
    require(not nought or (len(n.digits) == 2 and n.digits[0] == "0"))
    require(len(n.digits) in (0, 2, 4))
    if len(n.digits) == 2 and low < 1000:
        year += this - this % 100
        year -= 100 if year > this + 20 else 0
    return _years(year, 1, "year")


def spelled_year(a: Number, b: Number) -> Days:
    """ "nineteen eighty-five", "seventeen hundred thirty three"."""
    require(not a.digits and not b.digits and 13 <= a.value <= 29 and 0 < b.value < 100)
    return _years(a.whole * 100 + b.whole, 1, "year")


def decade(
    context: TimeContext, n: Number, digits: int = 0, century: Number | None = None,
    rel: int | None = None, back: int = 0,
) -> Days:  # fmt: skip
    """ "the 90s", "the 1990s", "the nineteen seventies", 上世纪九十年代.

    Of this century where it has begun. ``digits``: only in so many; ``back``: the century is a
    count, whose years begin one hundred earlier.
    """
    first, year = n.whole, context.local.today.year
    require(len(n.digits) in ((digits,) if digits else (0, 2, 4)) and first % 10 == 0)
    if century:
        first += (century.whole - back) * 100
    elif rel is not None:
        first += (year // 100 + rel) * 100
    elif first < 100:
        first += (year - first) // 100 * 100
    return _years(first, 10, "decade")


def century(n: Number) -> Days:
    """ "the 15th century", 二十世纪."""
    return _years(n.whole * 100 - 100, 100, "century")


def week_number(context: TimeContext, n: Number, year: Days | None = None) -> Days:
    """An ISO week by its number."""
    require(1 <= n.whole <= 53)

    def week(of_year: int) -> Interval:
        monday = date.fromisocalendar(of_year, n.whole, 1)
        return monday, monday + timedelta(days=7)

    if year:
        return only(*week(year.choose(context)[0].year), "week")
    return Days(of.yearly(week), unit="week")


def day_span(
    context: TimeContext, month: Days, first: Days, last: Days, year: Days | None = None
) -> Days:
    """ "the 18th to 19th of October", "May 3-5", "last week from Monday to Wednesday"."""
    require(month.unit == "month" or (month.unit == "week" and first.series.step == 7))
    outer = within(year, month) if year else month
    begun, _ = within(outer, first).choose(context)
    end = last.series.within(begun, add("month", begun, 1))[0]
    require(end[0] > begun and unit_at(month.unit, end[0]) == unit_at(month.unit, begun))
    return only(begun, end[1], "days")


def part_of_part(part: str, edge: str) -> str:
    """ "early morning" of "morning" and "early", where there is such a part of the day."""
    name = {"beginning": "early", "end": "late", "middle": "mid"}.get(edge, edge)
    return f"{name} {part}" if f"{name} {part}" in PARTS else part


def day_shift(
    context: TimeContext, shift: int = 0, part: str = "", edge: str = "", n: Number = ZERO,
    night: tuple[int, str] | None = None,
) -> Days:  # fmt: skip
    """ "yesterday", "two nights ago", 今早; "this evening", also before it has come."""
    shift, part = night or (shift, part)
    first = context.local.today + timedelta(days=shift - n.whole)
    return only(first, first + ONE_DAY, part=part_of_part(part, edge))


def cycle(context: TimeContext, rel: int, unit: str) -> Days:
    """ "last week", "this month", "next year"; the last weekend is the one that has begun last."""
    today = context.local.today
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
    series = fixed(*name.series.counted(today, today + ONE_DAY, rel, name.core))
    exact, coming = name.exact and rel != 1, name.holiday and rel > 0
    return replace(name, series=series, exact=exact, part=part or name.part, holiday=coming)


def neighbour(
    context: TimeContext, days: Days, sign: int, unit: str = "day", part: str = "", n: Number = ONE
) -> Days:
    """ "the day before Halloween", "the month after Easter", "the evening before the 5th"."""
    if unit not in ("day", "week"):
        return counted(context, Days.every(unit), sign, days=days)
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
    ordinal: Number, outer: Days | None = None, unit: str = "", name: Days | None = None,
    n: Number = ONE, this: str = "year", part: str = "",
) -> Days:  # fmt: skip
    """ "the first week of May", "the last Friday of October", "Q3 2024", 上半年.

    Without ``outer`` days, of the present year, month, … (``this``).
    """
    outer, inner = outer or Days.every(this), name or Days.every(unit)
    require(unit == "half" or inner.length * n.whole < outer.length)
    if unit in ("half", "week", "day", "fortnight") or n.whole > 1:
        return _counted_off(outer, ordinal.whole, n.whole, unit)
    series = of.inside(outer.series, inner.series, ordinal.whole)
    return Days(series, outer.exact, part, inner.unit)


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
    outer = outer or Days.every(this)
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
