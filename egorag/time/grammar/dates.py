"""Rules for dates: days and months by number, years, decades, centuries, weeks of a year."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from egorag.time.calendar import series as of
from egorag.time.calendar.series import ONE_DAY, Interval, add, unit_at
from egorag.time.grammar.holidays import holiday
from egorag.time.grammar.values import (
    ZERO,
    Days,
    Number,
    TimeContext,
    numbered,
    only,
    require,
    within,
)


def ordinal_of(n: Number, ordinal: Number = ZERO) -> Number:
    """ "5th", "twenty second", 第三."""
    ones = ordinal.whole
    require(1 <= n.whole <= 366 if not ones else n.value in (20, 30) and 0 < ones < 10)
    return Number(n.whole + ones)


def day_number(n: Number, digits: bool = False) -> Days:
    """A day of a month: "the 5th", "the fifth"; ``digits``: only where it is written in digits."""
    require(0 < n.whole < 32 and len(n.digits) <= 2 and (bool(n.digits) or not digits))
    return numbered("dom", n.whole)


def month_of(n: Number) -> Days:
    """A month by its number: 3月."""
    require(1 <= n.whole <= 12 and len(n.digits) <= 2)
    return numbered("month", n.whole)


def date_of(
    context: TimeContext, dom: Days, month: Days | None = None, year: Days | None = None,
    weekday: Days | None = None,
) -> Days:  # fmt: skip
    """A day and a month, perhaps of a year; a weekday that does not fit is a slip."""
    days = within(month, dom) if month else dom
    days = within(year, days) if year else days
    if weekday is None or weekday.series.within(*days.choose(context)):
        return days
    with suppress(ValueError):
        both = Days(of.inside(days.series, weekday.series)).choose(context)
        most = timedelta(days=400 if days.series.step > 31 else 800)
        if not days.series.fixed and abs(both[0] - context.local.today) < most:
            return only(*both)
    return days


def numeric(
    context: TimeContext, a: Number, b: Number, c: Number | None = None, order: str = ""
) -> Days:
    """A date in digits; ``order`` says which of the numbers is year, month and day."""
    numbers = dict(zip(order, (a, b, c), strict=False))
    month, day, year = (numbers.get(name) for name in "mdy")
    if order in ("md", "mdy") and month and day and month.value > 12 >= day.value:
        month, day = day, month
    whole = year is None or len(year.digits) == 4
    require(month is not None and (whole or (day is not None and order[0] != "y")))
    outer = month_of(month)  # type: ignore[arg-type]
    outer = within(year_of(context, year, 0), outer) if year else outer
    return within(outer, day_number(day)) if day else outer


def compact_date(n: Number) -> Days:
    """ "20190304"."""
    require(len(n.digits) == 8 and n.digits[:2] in ("19", "20"))
    day = date.fromisoformat(n.digits)
    return only(day, day + ONE_DAY)


def lunar_date(month: Number | int, day: Number) -> Days:
    """A day of the Chinese calendar: 农历八月十五, 腊月二十三."""
    number = month if isinstance(month, int) else month.whole
    require(1 <= number <= 12 and 1 <= day.whole <= 30)
    return holiday(f"moon {number}-{day.whole}")


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
    context: TimeContext, n: Number | int, digits: int = 0, century: Number | None = None,
    rel: int | None = None, back: int = 0,
) -> Days:  # fmt: skip
    """ "the 90s", "the 1990s", "the nineteen seventies", 上世纪九十年代.

    Of this century where it has begun. ``digits``: only in so many; ``back``: the century is a
    count, whose years begin one hundred earlier.
    """
    number = n if isinstance(n, Number) else Number(n)
    first, year = number.whole, context.local.today.year
    require(len(number.digits) in ((digits,) if digits else (0, 2, 4)) and first % 10 == 0)
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
