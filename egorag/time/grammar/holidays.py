"""Which days of a year a holiday is, as the tables of the languages write it.

    "12-24 +3"         24 December and two days more
    "thu 4 of 11 >1"   the day after the fourth Thursday of November; "mon -1 of 5": the last Monday
    "easter -2"        Good Friday
    "moon 8-15"        of the Chinese calendar, 1900–2100
    "sun 15"           where the sun's longitude is 15 degrees: Qingming (in Beijing, 1901–2100)
    "IN: Diwali"       as the package ``holidays`` has it for a country, all days of it

``+3`` is the length in days, ``~`` marks names that do not mean exactly these days:
"12-25 >-1 +3 ~" names the 25th, and is searched from the 24th to the 26th.
"""

from __future__ import annotations

import re
import warnings
from datetime import date, timedelta
from functools import cache, partial

from borax.calendars.lunardate import LunarDate, TermUtils
from dateutil.easter import easter
from dateutil.relativedelta import relativedelta, weekdays

from egorag.time.calendar import series as of
from egorag.time.calendar.series import ONE_DAY, Interval
from egorag.time.grammar.values import Days

_RULE = re.compile(
    r"(?:(?P<date>\d+-\d+)|(?P<weekday>[a-z]{3}) (?P<nth>-?\d) of (?P<month>\d+)"
    r"|easter(?P<easter> ?-?\d+)?|moon (?P<moon>\d+-\d+)|sun (?P<sun>\d+)"
    r"|(?P<country>[A-Z]{2}): (?P<name>[^>+~]+?))"
    r"(?: >(?P<later>-?\d+))?(?: \+(?P<length>\d+))?(?P<vague> ~)?"
)
_WEEKDAYS = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), weekdays, strict=True))


def holiday(rule: str) -> Days:
    """The holiday that a rule describes.

    Raises:
        ValueError: it is no rule.
    """
    match = _RULE.fullmatch(rule)
    if match is None:
        raise ValueError(f"{rule!r} is no rule for a holiday")
    later, length = timedelta(days=int(match["later"] or 0)), int(match["length"] or 0)

    def whole(first: date, after: date) -> Interval:
        begun = first + later
        return begun, begun + (timedelta(days=length) if length else after - first)

    vague, named = bool(match["vague"]), of.yearly(partial(_of_year, match))
    core = named.mapped(lambda day, _: (day, day + ONE_DAY)) if vague and length < 10 else None
    several = length > 1 or (match["country"] and not length)
    days = named.mapped(whole, abs(later.days))
    return Days(days, not vague, unit="days" if several else "day", core=core, holiday=True)


def _of_year(match: re.Match[str], year: int) -> Interval:
    """What a rule names in a year, before days are added."""
    if match["country"]:
        return _of_country(match["country"], match["name"], year)
    day = _day(match, year)
    return day, day + ONE_DAY


@cache
def _of_country(country: str, name: str, year: int) -> Interval:
    """The days of a holiday that the package knows by its English name."""
    import holidays  # slow to import, seldom needed

    with warnings.catch_warnings(action="ignore"):  # of years whose dates are estimated
        kind, years = getattr(holidays, country), range(year - 1, year + 2)
        known = kind(years=years, language="en_US", categories=kind.supported_categories)
    days = known.get_named(name, lookup="exact") or known.get_named(name, lookup="startswith")
    starts = [day for day in days if day.year == year and day - ONE_DAY not in days]
    if not starts:
        raise ValueError("the year is not known")
    first = after = min(starts)
    while after in days:
        after += ONE_DAY
    return first, after


def _day(match: re.Match[str], year: int) -> date:
    day: date
    if match["date"]:
        month, number = map(int, match["date"].split("-"))
        day = date(year, month, number)
    elif match["weekday"]:
        nth = int(match["nth"])
        weekday = _WEEKDAYS[match["weekday"]](nth)
        edge = date(year, int(match["month"]), 1) + relativedelta(day=1 if nth > 0 else 31)
        day = edge + relativedelta(weekday=weekday)
    elif match["moon"]:
        day = LunarDate(year, *map(int, match["moon"].split("-"))).to_solar_date()
    elif match["sun"]:
        day = TermUtils.nth_term_day(year, (int(match["sun"]) + 75) % 360 // 15)
    else:
        day = easter(year) + timedelta(days=int(match["easter"] or 0))
    return day
