"""Words that name stretches of a year: seasons, quarters, halves, decades, months, holidays.

Rows of the same kind as those of ``days.py``, which joins them to its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta

from egorag.time.calendar.calendar_terms import COUNTED, LEADS
from egorag.time.calendar.day_rules import Row, safe, words
from egorag.time.calendar.holidays import ENGLISH, INEXACT, holiday
from egorag.time.calendar.local_time import month_start

YEAR = r"(?P<year>(?:19|20)\d\d)"
# What may follow where a time stands: "at Christmas", but no "Christmas tree".
STANDS = (
    r"(?=\s*(?:$|[?.!,;:)\0]|(?:morning|afternoon|evening|night|dinner|lunch|breakfast|day|and|or|to"
    r"|until|till|through|last|this|in|at|on|with|for|from|by|before|after|when|who|what|where|did"
    r"|was|were|have|had|i|we|of|holidays?|season|break)\b))"
)
_LEAD = rf"(?:{LEADS}|on|at|for|over|last|this|past)"
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_DECADES = {"sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90, "twenties": 20}


def _relative_year(match: re.Match[str], today: date) -> int | None:
    groups = match.groupdict()
    if groups.get("year"):
        return int(groups["year"])
    shift = {"last year": -1, "this year": 0}.get(groups.get("of") or "")
    return None if shift is None else today.year + shift


def season(match: re.Match[str], today: date) -> tuple[date, date]:
    """Three whole months of the northern year; a winter begins in December of its year."""
    year, month = _relative_year(match, today), _SEASONS[match["season"]]
    if year is None:
        year = today.year - (date(today.year, month, 1) > today)
        over = month_start(date(year, month, 1), 3) <= today
        if match.groupdict().get("which") == "last" and not over:
            year -= 1
    return date(year, month, 1), month_start(date(year, month, 1), 3)


def season_before_last(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "the summer before last": the one before the last that is over."""
    month = _SEASONS[match["season"]]
    year = today.year
    while month_start(date(year, month, 1), 3) > today:
        year -= 1
    first = date(year - 1, month, 1)
    return first, month_start(first, 3)


def quarter(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "Q3 2024", "the third quarter of last year"; without a year the latest that has begun."""
    name, year = match.groupdict().get("n") or match["nth"], _relative_year(match, today)
    month = 3 * (int(name) if name.isdigit() else COUNTED[name]) - 2
    first = date(today.year if year is None else year, month, 1)
    if year is None and first > today:
        first = date(today.year - 1, month, 1)
    return first, month_start(first, 3)


def half_year(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "H1 2024"."""
    first = date(int(match["year"]), 1 if match["n"] == "1" else 7, 1)
    return first, month_start(first, 6)


def decade(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "the 90s", "the 1990s", "the nineties": of this century where it has begun."""
    name = match["decade"]
    start = int(name) if name.isdigit() else _DECADES[name]
    if start < 100:
        start += today.year // 100 * 100
        start -= 100 if start > today.year else 0
    return date(start, 1, 1), date(start + 10, 1, 1)


def week_of_year(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """An ISO week by its number; without a year the latest that has begun."""
    number = int(match["n"])
    for year in (_relative_year(match, today) or today.year, today.year - 1):
        monday = date.fromisocalendar(year, number, 1)
        if monday <= today or match["year"]:
            return monday, monday + timedelta(days=7)
    return None


def month_number(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """ "2004/01", "01/2004"."""
    first = safe(int(match["year"]), int(match["month"]), 1)
    return (first, month_start(first, 1)) if first else None


def named_holiday(match: re.Match[str], today: date) -> tuple[date, date]:
    """The holiday of its year, or the latest one that has begun."""
    return holiday(ENGLISH[match["name"]], today, _relative_year(match, today))


def holiday_weekend(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "Labor Day weekend": the feast with the weekend nearest to it."""
    first, after = named_holiday(match, today)
    saturday = first + timedelta(days=(5 - first.weekday() + 3) % 7 - 3)
    return min(first, saturday), max(after, saturday + timedelta(days=2))


def _any_of(names: Collection[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=lambda name: (-len(name), name)))


_OF_YEAR = rf"(?:(?:,? (?:of |in )?(?:{YEAR}|(?P<of>last year|this year)))|\b)"
_SEASON = "(?P<season>spring|summer|autumn|fall|winter)"
ROWS: tuple[Row, ...] = (
    Row(
        words(rf"(?:{_LEAD} )?(?:the )?(?P<name>{_any_of(ENGLISH.keys())}) weekend{_OF_YEAR}"),
        holiday_weekend,
        exact=False,
    ),
    *(
        Row(
            words(rf"(?:{_LEAD} )?(?:the )?(?P<name>{_any_of(names)}){_OF_YEAR}{STANDS}"),
            named_holiday,
            exact,
        )
        for names, exact in ((ENGLISH.keys() - INEXACT, True), (ENGLISH.keys() & INEXACT, False))
    ),
    Row(
        words(rf"(?:(?P<which>last|this past|this|past)|{LEADS}|over) "
              rf"(?:the |early |late |mid[- ])?{_SEASON}{_OF_YEAR}{STANDS}"),
        season,
    ),
    Row(words(rf"(?:in )?{_SEASON}(?: of)? {YEAR}"), season),
    Row(words(rf"(?:in )?the {_SEASON} before last"), season_before_last),
    Row(words(rf"(?:(?:{LEADS}|over) )?(?:the )?{YEAR} {_SEASON}(?: (?:term|semester|holidays?"
              "|season|break))?"), season),
    Row(words(rf"(?:(?:in|for|during) )?h(?P<n>[12]) (?:of )?{YEAR}"), half_year),
    Row(words(rf"(?:in )?q(?P<n>[1-4])(?: ?/? ?{YEAR}| of (?P<of>last year|this year)| last)?"),
        quarter),
    Row(words(rf"(?:in )?the (?P<nth>first|second|third|fourth) quarter{_OF_YEAR}"), quarter),
    Row(
        words(rf"(?:{LEADS}) the (?:early |late |mid[- ])?"
              rf"(?:'?(?P<decade>(?:19|20)?\d0(?='?s\b)|{'|'.join(_DECADES)})(?:'?s)?)"),
        decade,
    ),
    Row(words(r"(?:in )?(?:calendar |(?<=in )|(?<=of ))week (?P<n>\d{1,2})"
              rf"(?: (?:of )?{YEAR})?(?= |$|[?.,!])"),
        week_of_year),
    Row(words(rf"(?:in|on|during|of)? ?{YEAR}[-/.](?P<month>0?[1-9]|1[0-2])(?![-/.]?\d)"),
        month_number),
    Row(words(rf"(?:in|on|during|of) (?P<month>0?[1-9]|1[0-2])/{YEAR}"), month_number),
)  # fmt: skip
