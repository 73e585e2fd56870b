"""Which days of a year a holiday is, as the tables of the languages write it.

    "12-24 +3"         24 December and two days more
    "thu 4 of 11 >1"   the day after the fourth Thursday of November; "mon -1 of 5": the last Monday
    "easter -2"        Good Friday
    "moon 8-15"        of the Chinese calendar
    "sun 15"           where the sun's longitude is 15 degrees: Qingming
    "IN: Diwali"       as the package ``holidays`` has it for a country, all days of it

``+3`` is the length in days, ``~`` marks names that do not mean exactly these days:
"12-25 >-1 +3 ~" names the 25th, and is searched from the 24th to the 26th.
"""

from __future__ import annotations

import re
import warnings
from datetime import date, timedelta
from functools import cache

from egorag.time.calendar.lunar_calendar import lunar_day, solar_term
from egorag.time.calendar.series import ONE_DAY, Interval, weekday, yearly
from egorag.time.grammar.values import Days

_RULE = re.compile(
    r"(?:(?P<date>\d+-\d+)|(?P<weekday>[a-z]{3}) (?P<nth>-?\d) of (?P<month>\d+)"
    r"|easter(?P<easter> ?-?\d+)?|moon (?P<moon>\d+-\d+)|sun (?P<sun>\d+)"
    r"|(?P<country>[A-Z]{2}): (?P<name>[^>+~]+?))"
    r"(?: >(?P<later>-?\d+))?(?: \+(?P<length>\d+))?(?P<vague> ~)?"
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def holiday(rule: str) -> Days:
    """The holiday that a rule describes.

    Raises:
        ValueError: it is no rule.
    """
    match = _RULE.fullmatch(rule)
    if match is None:
        raise ValueError(f"{rule!r} is no rule for a holiday")
    later = timedelta(days=int(match["later"] or 0))

    def of_year(year: int) -> Interval:
        first, after = _days(match, year)
        end = first + later + timedelta(days=int(match["length"] or (after - first).days))
        return first + later, end

    def core(year: int) -> Interval:
        first, _ = _days(match, year)
        return first, first + ONE_DAY

    length = int(match["length"] or (2 if match["country"] else 1))
    named = yearly(core) if match["vague"] and length < 10 else None
    return Days(
        yearly(of_year), not match["vague"], unit="day" if length == 1 else "days", core=named
    )


def _days(match: re.Match[str], year: int) -> Interval:
    if match["country"]:
        return _of_country(match["country"], match["name"], year)
    day = _day(match, year)
    return day, day + ONE_DAY


@cache
def _of_country(country: str, name: str, year: int) -> Interval:
    """The days of a holiday that the package knows by its English name."""
    import holidays  # slow to import, seldom needed

    with warnings.catch_warnings():  # of years whose dates are estimated
        warnings.simplefilter("ignore")
        every = type(holidays.country_holidays(country)).supported_categories
        known = holidays.country_holidays(
            country, years=range(year - 1, year + 2), language="en_US", categories=every
        )
        known.get(date(year, 1, 1))
    days = sorted(known.get_named(name, lookup="exact", split_multiple_names=True))
    days = days or sorted(known.get_named(name, lookup="startswith", split_multiple_names=True))
    starts = [day for day in days if day.year == year and day - ONE_DAY not in days]
    if not starts:
        raise ValueError("the year is not known")
    after = starts[0]
    while after in days:
        after += ONE_DAY
    return starts[0], after


def _day(match: re.Match[str], year: int) -> date:
    if match["date"]:
        month, day = map(int, match["date"].split("-"))
        return date(year, month, day)
    if match["weekday"]:
        first, nth = date(year, int(match["month"]), 1), int(match["nth"])
        after = (first + timedelta(days=31)).replace(day=1)
        days = weekday(_WEEKDAYS.index(match["weekday"])).within(first, after)
        return days[nth - 1 if nth > 0 else nth][0]
    if match["moon"]:
        month, day = map(int, match["moon"].split("-"))
        return lunar_day(year, month, day)
    if match["sun"]:
        return solar_term(year, int(match["sun"]))
    return _easter(year) + timedelta(days=int(match["easter"] or 0))


def _easter(year: int) -> date:
    """Easter Sunday (Gregorian computus, Meeus/Jones/Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)
