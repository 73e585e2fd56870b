"""Words that name days: "yesterday", "last Tuesday", "this weekend", "on 3 March", "2024-05-01".

A table of patterns, each with the rule that turns its match into whole days of the calendar. Names
of people must not become dates, so "May", "March" and bare weekdays need a word or number beside
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from egorag.local_time import monday_of, month_start

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "a couple of": 2, "three": 3, "four": 4,
    "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip

_WEEKDAY = r"(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_FULL_WEEKDAY = r"(?P<weekday>(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NUMBER = (
    r"(?P<n>\d{1,3}|(?:a )?couple of|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve)"
)
_DAY = r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>(?:19|20)\d\d)\b)?"


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days [first, after) that some words name, where the words stand, and whether they mean
    exactly these days. ``part`` is the part of the day that the words bring along ("tonight")."""

    first: date
    after: date
    start: int
    end: int
    exact: bool = True
    part: str = ""


Rule = Callable[[re.Match[str], date], "tuple[date, date] | None"]


def number(words: str) -> int:
    """The number that digits or a number word say."""
    return int(words) if words.isdigit() else NUMBERS[words]


def _ahead(days: int) -> Rule:
    def rule(match: re.Match[str], today: date) -> tuple[date, date]:
        first = today + timedelta(days=days)
        return first, first + timedelta(days=1)

    return rule


def weekday_index(name: str) -> int:
    """0 for Monday … 6 for Sunday, from a name or its abbreviation."""
    return next(i for i, full in enumerate(WEEKDAYS) if full.startswith(name[:3].lower()))


def _one(day: date) -> tuple[date, date]:
    return day, day + timedelta(days=1)


def _weekday(match: re.Match[str], today: date) -> tuple[date, date]:
    """On: the latest that is not ahead; last: before today; this: of this week; next: ahead."""
    wanted, which = weekday_index(match["weekday"]), match.groupdict().get("which") or ""
    if which == "next":
        return _one(today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1))
    if which == "this":
        return _one(monday_of(today) + timedelta(days=wanted))
    back = (today.weekday() - wanted) % 7
    return _one(today - timedelta(days=back or (7 if which in ("last", "past") else 0)))


def _weekday_of_week(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "Tuesday last week", "last week Tuesday"."""
    week = {"last": -7, "this": 0, "next": 7}[match["which"]]
    return _one(monday_of(today) + timedelta(days=week + weekday_index(match["weekday"])))


def _weekday_ago(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "a week ago on Friday", "two weeks ago Friday"."""
    week = monday_of(today) - timedelta(weeks=number(match["n"]))
    return _one(week + timedelta(days=weekday_index(match["weekday"])))


def _week(match: re.Match[str], today: date) -> tuple[date, date]:
    shift = {"last": -7, "past": -7, "previous": -7, "this": 0, "next": 7}[match["which"]]
    first = monday_of(today) + timedelta(days=shift)
    return first, first + timedelta(days=7)


def _weekend(match: re.Match[str], today: date) -> tuple[date, date]:
    """The weekend that has begun last; "last" on a weekend means the one before."""
    saturday = monday_of(today) + timedelta(days=5)
    which = match["which"]
    if which == "next":
        saturday += timedelta(days=7 if today >= saturday else 0)
    elif today < saturday or which == "last":
        saturday -= timedelta(days=7)
    return saturday, saturday + timedelta(days=2)


def _month_shift(match: re.Match[str], today: date) -> tuple[date, date]:
    shift = {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1}[match["which"]]
    return month_start(today, shift), month_start(today, shift + 1)


def _year_shift(match: re.Match[str], today: date) -> tuple[date, date]:
    year = (
        today.year + {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1}[match["which"]]
    )
    return date(year, 1, 1), date(year + 1, 1, 1)


def _days_ago(match: re.Match[str], today: date) -> tuple[date, date] | None:
    count = number(match["n"])
    try:
        return _one(today - timedelta(days=count * (7 if match["unit"].startswith("week") else 1)))
    except OverflowError:
        return None


def _months_ago(match: re.Match[str], today: date) -> tuple[date, date] | None:
    count = number(match["n"]) * (12 if match["unit"].startswith("year") else 1)
    if count >= (today.year - 1) * 12:
        return None
    month = month_start(today, -count)
    day = month + timedelta(days=min(today.day, (month_start(month, 1) - month).days) - 1)
    slack = timedelta(days=7 if count < 12 else 31)
    return day - slack, day + slack


def month_index(name: str) -> int:
    """1 for January … 12, from a name or its abbreviation."""
    return next(i for i, full in enumerate(MONTHS, 1) if full.startswith(name[:3]))


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _calendar_day(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """A day and a month; without a year the latest such day that is not ahead."""
    month, day = month_index(match["month"]), int(match["day"])
    if match["year"]:
        found = _safe(int(match["year"]), month, day)
        return _one(found) if found else None
    for year in range(today.year, today.year - 8, -1):  # 29 February may lie years back
        found = _safe(year, month, day)
        if found and found <= today:
            return _one(found)
    return None


def _iso(match: re.Match[str], today: date) -> tuple[date, date] | None:
    found = _safe(int(match["year"]), int(match["month"]), int(match["day"]))
    return _one(found) if found else None


def _day_of_month(match: re.Match[str], today: date) -> tuple[date, date] | None:
    for back in range(12):
        month = month_start(today, -back)
        found = _safe(month.year, month.month, int(match["day"]))
        if found and found <= today:
            return _one(found)
    return None


def _whole_month(match: re.Match[str], today: date) -> tuple[date, date]:
    month = month_index(match["month"])
    year = int(match["year"]) if match["year"] else today.year - (month > today.month)
    if match["which"] == "last" and not match["year"] and month == today.month:
        year -= 1
    first = date(year, month, 1)
    return first, month_start(first, 1)


def _whole_year(match: re.Match[str], today: date) -> tuple[date, date]:
    year = int(match["year"])
    return date(year, 1, 1), date(year + 1, 1, 1)


def _recent(days: int, skip_today: bool) -> Rule:
    def rule(match: re.Match[str], today: date) -> tuple[date, date]:
        return today - timedelta(days=days), today + timedelta(days=0 if skip_today else 1)

    return rule


def _p(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b")


_WHICH = "(?P<which>last|past|previous|this|next)"
# (pattern, rule, exact, part of the day); earlier rows win where two match the same words.
_TABLE: tuple[tuple[re.Pattern[str], Rule, bool, str], ...] = (
    (_p("(?:the )?day before yesterday"), _ahead(-2), True, ""),
    (_p("(?:the )?day after tomorrow"), _ahead(2), True, ""),
    (_p("last night"), _ahead(-1), True, "last night"),
    (_p("tonight"), _ahead(0), True, "night"),
    (_p("yesterday"), _ahead(-1), True, ""),
    (_p("today"), _ahead(0), True, ""),
    (_p("tomorrow"), _ahead(1), True, ""),
    (_p(rf"(?:on )?{_FULL_WEEKDAY} (?P<which>last|this|next) week"), _weekday_of_week, True, ""),
    (
        _p(rf"(?P<which>last|this|next) week(?:'s)?(?: on)? {_FULL_WEEKDAY}"),
        _weekday_of_week, True, "",
    ),
    (_p(rf"{_NUMBER} weeks? ago(?: on)? {_FULL_WEEKDAY}"), _weekday_ago, True, ""),
    (_p(rf"{_FULL_WEEKDAY} {_NUMBER} weeks? ago"), _weekday_ago, True, ""),
    (_p(r"(?P<year>(?:19|20)\d\d)[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})"), _iso, True, ""),
    (
        _p(rf"(?:on )?(?:{_FULL_WEEKDAY},? )?(?:the )?{_DAY} (?:of )?{_MONTH}{_YEAR}"),
        _calendar_day, True, "",
    ),
    (_p(rf"(?:on )?(?:{_FULL_WEEKDAY},? )?{_MONTH} {_DAY}{_YEAR}(?!:)"), _calendar_day, True, ""),
    (_p(rf"(?P<which>last|past|this|next) {_WEEKDAY}"), _weekday, True, ""),
    (_p(rf"on (?:a )?{_WEEKDAY}"), _weekday, True, ""),
    (_p(f"{_WHICH} week"), _week, True, ""),
    (
        _p("(?P<which>last|past|this|next|this past|over the|on the|at the|the)? ?weekend"),
        _weekend, True, "",
    ),
    (_p(f"{_WHICH} month"), _month_shift, True, ""),
    (_p(f"{_WHICH} year"), _year_shift, True, ""),
    (_p("(?P<n>(?:a )?couple of) (?P<unit>days?|weeks?) ago"), _days_ago, False, ""),
    (_p(rf"{_NUMBER} (?P<unit>days?) ago"), _days_ago, True, ""),
    (_p(rf"{_NUMBER} (?P<unit>weeks?) ago"), _days_ago, False, ""),
    (_p(rf"{_NUMBER} (?P<unit>months?|years?) ago"), _months_ago, False, ""),
    (_p("(?:a )?few days ago"), _recent(5, True), False, ""),
    (_p("the other day"), _recent(7, True), False, ""),
    (_p("recently|lately|these days"), _recent(7, False), False, ""),
    (
        _p(r"on the (?P<day>\d{1,2})(?:st|nd|rd|th)(?= of (?:the|this) month| ?(?:[?.!,]|$))"),
        _day_of_month, True, "",
    ),
    (
        _p(
            "(?P<which>last|this|in|during|since|until|before|after|of|early|late|mid)[ -]"
            rf"{_MONTH}{_YEAR}(?! \d)"
        ),
        _whole_month, True, "",
    ),
    (_p(rf"{_MONTH} (?P<year>(?:19|20)\d\d)(?P<which>)"), _whole_month, True, ""),
    (
        _p(r"(?:in|during|since|of|before|after|until) (?P<year>(?:19|20)\d\d)"),
        _whole_year, True, "",
    ),
)  # fmt: skip

# A bare weekday: not after a word that makes it a name, and at a place where a time can stand.
_BARE = re.compile(
    rf"(?<!every )(?<!called )(?<!named )(?<!with )(?<!is )(?<!about )(?<!the )\b{_FULL_WEEKDAY}"
    r"(?=\s*(?:$|[?.!,]|(?:early|late|morning|afternoon|evening|night|at|around|about|between|before"
    r"|after|and|to|until|till|through)\b))"
)


def _bare_weekdays(original: str, low: str) -> Iterator[tuple[re.Match[str], Rule, bool, str]]:
    for match in _BARE.finditer(low):
        before = original[: match.start()].rstrip().rsplit(" ", 1)[-1]
        named = before != "I" and before[:1].isupper() and " " in original[: match.start()].strip()
        if not named and match.start() > 0:
            yield match, _weekday, True, ""


def find_days(text: str, today: date) -> list[Days]:
    """All day expressions of a text, in order, none overlapping."""
    low = text.lower().replace("’", "'")
    rows = [(m, rule, exact, part) for pat, rule, exact, part in _TABLE for m in pat.finditer(low)]
    found: list[Days] = []
    for match, rule, exact, part in [*rows, *_bare_weekdays(text, low)]:
        if any(match.start() < other.end and other.start < match.end() for other in found):
            continue
        try:
            days = rule(match, today)
        except (ValueError, OverflowError):  # outside what a calendar can say
            continue
        if days:
            found.append(Days(*days, match.start(), match.end(), exact, part))
    return sorted(found, key=lambda days: days.start)
