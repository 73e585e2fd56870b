"""Which days of a year a holiday is, as the tables of the languages write it.

    "12-24 +3"         24 December and two days more
    "thu 4 of 11 >1"   the day after the fourth Thursday of November; "mon -1 of 5": the last Monday
    "easter -2"        Good Friday
    "moon 8-15"        of the Chinese calendar
    "sun 15"           where the sun's longitude is 15 degrees: Qingming
    "IN: Diwali"       as the package ``holidays`` has it for a country

``+3`` is the length in days, ``~`` marks names that do not mean exactly these days:
"12-25 >-1 +3 ~" names the 25th, and is searched from the 24th to the 26th.
"""

from __future__ import annotations

import re
import warnings
from datetime import date, timedelta
from functools import cache, partial

from egorag.time.calendar.lunar_calendar import lunar_day, solar_term
from egorag.time.calendar.series import Interval, weekday, yearly
from egorag.time.grammar.values import Days

_RULE = re.compile(
    r"(?:(?P<date>\d+-\d+)|(?P<weekday>[a-z]{3}) (?P<nth>-?\d) of (?P<month>\d+)"
    r"|easter(?P<easter> ?-?\d+)?|moon (?P<moon>\d+-\d+)|sun (?P<sun>\d+))"
    r"(?: >(?P<later>-?\d+))?(?: \+(?P<length>\d+))?(?P<vague> ~)?"
)
_OF_COUNTRY = re.compile(r"(?P<country>[A-Z]{2}): (?P<name>.+)")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def holiday(rule: str) -> Days:
    """The holiday that a rule describes.

    Raises:
        ValueError: it is no rule.
    """
    if of_country := _OF_COUNTRY.fullmatch(rule):
        return Days(yearly(partial(_of_country, *of_country.groups())), unit="days")
    match = _RULE.fullmatch(rule)
    if match is None:
        raise ValueError(f"{rule!r} is no rule for a holiday")
    length = timedelta(days=int(match["length"] or 1))
    later = timedelta(days=int(match["later"] or 0))

    def of_year(year: int) -> Interval:
        day = _day(match, year) + later
        return day, day + length

    def core(year: int) -> Interval:
        day = _day(match, year)
        return day, day + timedelta(days=1)

    unit = "day" if length.days == 1 else "days"
    named = yearly(core) if match["vague"] and length.days < 10 else None
    return Days(yearly(of_year), not match["vague"], unit=unit, core=named)


@cache
def _of_country(country: str, name: str, year: int) -> Interval:
    """The days of a holiday that the package knows by its English name."""
    import holidays  # slow to import, seldom needed

    with warnings.catch_warnings():  # of years whose dates are estimated
        warnings.simplefilter("ignore")
        every = type(holidays.country_holidays(country)).supported_categories
        known = holidays.country_holidays(country, years=year, language="en_US", categories=every)
    days = sorted(
        day for day in known.get_named(name, lookup="startswith", split_multiple_names=True)
    )
    if not days:
        raise ValueError("the year is not known")
    first = [day for day in days if (day - days[0]).days < 9]
    return first[0], first[-1] + timedelta(days=1)


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
