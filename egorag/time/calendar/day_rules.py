"""What day words mean on the calendar: each rule turns a match and today into days [first, after).

A rule returns None where the words name no day, and may raise ValueError or OverflowError where the
day lies outside what a calendar can say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from egorag.time.calendar.calendar_terms import Days, day_number, month_index, weekday_index
from egorag.time.calendar.local_time import monday_of, month_start

Rule = Callable[[re.Match[str], date], "tuple[date, date] | None"]


@dataclass(frozen=True, slots=True)
class Row:
    """Words that name days, what they mean, whether exactly that, and a part of the day in them."""

    pattern: re.Pattern[str]
    rule: Rule
    exact: bool = True
    part: str = ""


def words(pattern: str) -> re.Pattern[str]:
    """A pattern that matches whole words only."""
    return re.compile(rf"\b(?:{pattern})(?!\w)")


def settled(matches: Iterable[tuple[re.Match[str], Row]], today: date) -> list[Days]:
    """What the matches mean, in order of their places; of overlapping ones the first given."""
    found: list[Days] = []
    for match, row in matches:
        if any(match.start() < other.end and other.start < match.end() for other in found):
            continue
        try:
            days = row.rule(match, today)
        except (ValueError, OverflowError):  # outside what a calendar can say
            continue
        if days:
            found.append(Days(*days, match.start(), match.end(), row.exact, row.part))
    return sorted(found, key=lambda days: days.start)


def ahead(days: int) -> Rule:
    """A day that lies some days from today."""

    def rule(match: re.Match[str], today: date) -> tuple[date, date]:
        first = today + timedelta(days=days)
        return first, first + timedelta(days=1)

    return rule


def one(day: date) -> tuple[date, date]:
    """One whole day."""
    return day, day + timedelta(days=1)


def weekday(match: re.Match[str], today: date) -> tuple[date, date]:
    """On: the latest that is not ahead; last: before today; this: of this week; next: ahead."""
    wanted, which = weekday_index(match["weekday"]), match.groupdict().get("which") or ""
    if which == "next":
        return one(today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1))
    if which == "this":
        return one(monday_of(today) + timedelta(days=wanted))
    back = (today.weekday() - wanted) % 7
    return one(
        today
        - timedelta(days=back or (7 if which in ("last", "past", "this past", "previous") else 0))
    )


def weekday_of_week(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "Tuesday last week", "last week Tuesday"."""
    week = {"last": -7, "this": 0, "next": 7}[match["which"]]
    return one(monday_of(today) + timedelta(days=week + weekday_index(match["weekday"])))


def week(match: re.Match[str], today: date) -> tuple[date, date]:
    """An ISO week: the last, this or the next."""
    shift = {"last": -7, "past": -7, "this past": -7, "previous": -7, "this": 0, "next": 7}[
        match["which"]
    ]
    first = monday_of(today) + timedelta(days=shift)
    return first, first + timedelta(days=7)


def weekend(match: re.Match[str], today: date) -> tuple[date, date]:
    """The weekend that has begun last; "last" on a weekend means the one before."""
    saturday = monday_of(today) + timedelta(days=5)
    which = match["which"]
    if which == "next":
        saturday += timedelta(days=7 if today >= saturday else 0)
    elif today < saturday or which == "last":
        saturday -= timedelta(days=7)
    return saturday, saturday + timedelta(days=2)


def month_shift(match: re.Match[str], today: date) -> tuple[date, date]:
    """A calendar month: the last, this or the next."""
    shift = {"last": -1, "past": -1, "this past": -1, "previous": -1, "this": 0, "next": 1}[
        match["which"]
    ]
    return month_start(today, shift), month_start(today, shift + 1)


def year_shift(match: re.Match[str], today: date) -> tuple[date, date]:
    """A calendar year: the last, this or the next."""
    year = (
        today.year
        + {"last": -1, "past": -1, "this past": -1, "previous": -1, "this": 0, "next": 1}[
            match["which"]
        ]
    )
    return date(year, 1, 1), date(year + 1, 1, 1)


def before_last(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "the week before last", "the Friday before last"."""
    unit, monday = match["unit"], monday_of(today)
    if unit == "week":
        return monday - timedelta(days=14), monday - timedelta(days=7)
    if unit == "weekend":
        saturday = weekend_before(today) - timedelta(days=7)
        return saturday, saturday + timedelta(days=2)
    if unit == "month":
        return month_start(today, -2), month_start(today, -1)
    if unit == "year":
        return date(today.year - 2, 1, 1), date(today.year - 1, 1, 1)
    if unit in ("night", "evening"):
        return one(today - timedelta(days=2))
    back = (today.weekday() - weekday_index(unit)) % 7 or 7
    return one(today - timedelta(days=back + 7))


def weekend_before(today: date) -> date:
    """The Saturday of the last weekend that is over."""
    saturday = monday_of(today) + timedelta(days=5)
    return saturday - timedelta(days=7)


def safe(year: int, month: int, day: int) -> date | None:
    """The day, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def calendar_day(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """A day and a month; without a year the latest such day that is not ahead."""
    month, day = month_index(match["month"]), day_number(match["day"])
    if match["year"]:
        found = safe(int(match["year"]), month, day)
        return one(found) if found else None
    return _latest_day(month, day, today)


def iso(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """A date written year, month, day."""
    found = safe(int(match["year"]), int(match["month"]), int(match["day"]))
    return one(found) if found else None


def day_of_month(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """The latest such day of a month that is not ahead."""
    for back in range(int(match.groupdict().get("of") == "last"), 12):
        month = month_start(today, -back)
        found = safe(month.year, month.month, int(match["day"]))
        if found and found <= today:
            return one(found)
    return None


def days_of_month(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """ "the 18th and 19th of October", "May 3–5": from the one to the other."""
    first, last = (
        day_number(re.sub("(?<=\\d)\\D+$", "", match[name])) for name in ("first", "last")
    )
    month = month_index(match["month"])
    if match["year"]:
        start, end = safe(int(match["year"]), month, first), safe(int(match["year"]), month, last)
    else:
        latest = _latest_day(month, first, today)
        start = latest[0] if latest else None
        end = safe(start.year, month, last) if start else None
    return (start, end + timedelta(days=1)) if start and end and start < end else None


def weekday_and_day(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """ "Saturday the 5th": the latest that is both, else the latest such day of a month."""
    number, wanted = int(match["day"]), weekday_index(match["weekday"])
    for back in range(48):
        month = month_start(today, -back)
        found = safe(month.year, month.month, number)
        if found and found <= today and found.weekday() == wanted:
            return one(found)
    return None


def day_or_month(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """ "3/14", "14/3": only where one of the two can be no month."""
    first, then = int(match["first"]), int(match["then"])
    if first > 12 >= then:
        return _latest_day(then, first, today)
    return _latest_day(first, then, today) if then > 12 >= first else None


def day_then_month(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """ "14.3.": the day first, as dates with full stops are written."""
    return _latest_day(int(match["then"]), int(match["first"]), today)


def _latest_day(month: int, day: int, today: date) -> tuple[date, date] | None:
    """The latest such day that is not ahead."""
    for year in range(today.year, today.year - 8, -1):  # 29 February may lie years back
        found = safe(year, month, day)
        if found and found <= today:
            return one(found)
    return None


def whole_month(match: re.Match[str], today: date) -> tuple[date, date]:
    """A month of a year, or the latest that has begun."""
    month = month_index(match["month"])
    short = match.groupdict().get("short")
    if short:
        year = 2000 + int(short) - (100 if 2000 + int(short) > today.year else 0)
    else:
        year = int(match["year"]) if match["year"] else today.year - (month > today.month)
    if relative := {"last year": -1, "this year": 0}.get(match.groupdict().get("of") or ""):
        year = today.year + relative
    if match["which"] == "last" and not (match["year"] or short) and month == today.month:
        year -= 1
    first = date(year, month, 1)
    return first, month_start(first, 1)


def whole_year(match: re.Match[str], today: date) -> tuple[date, date]:
    """A year by its number."""
    year = int(match["year"])
    if year < 100:
        year += 2000 if 2000 + year <= today.year else 1900
    return date(year, 1, 1), date(year + 1, 1, 1)


def recent(days: int, skip_today: bool) -> Rule:
    """Some days up to and with today, or up to yesterday."""

    def rule(match: re.Match[str], today: date) -> tuple[date, date]:
        return today - timedelta(days=days), today + timedelta(days=0 if skip_today else 1)

    return rule
