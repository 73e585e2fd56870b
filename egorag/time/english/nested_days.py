"""Days inside longer days: "last month on the 5th", "in 2022 … in May", "this year before May"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from egorag.time.calendar.calendar_terms import MONTHS, WEEKDAYS, Days
from egorag.time.calendar.day_rules import safe

_WEEKDAY = re.compile(rf"\b(?:on )?(?:{'|'.join(WEEKDAYS)})$")
_NTH = re.compile(r"(?:on|of) the \d{1,2}(?:st|nd|rd|th)$")
_MONTH = re.compile(rf"\b(?:{'|'.join(name[:3] for name in MONTHS)})")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\blast\b|\bthis\b")


def nest(low: str, days: Sequence[Days], day: Days) -> tuple[Days, Days | None]:
    """The day that is meant and the longer days that hold it, where two that are named nest."""
    for other in days:
        short, long = sorted((day, other), key=_length)
        if other is day or _length(long) < 7 or _length(long) <= 2 * _length(short):
            continue
        moved = _moved_into(low[short.start : short.end], short, long)
        if moved and long.first <= moved.first and moved.after <= long.after:
            return moved, long
    return day, None


def _length(day: Days) -> int:
    return (day.after - day.first).days


def _moved_into(words: str, short: Days, long: Days) -> Days | None:
    """The short days as they fall into the long ones, as far as their words leave that open."""
    if long.first <= short.first and short.after <= long.after:
        return short
    if _length(long) == 7 and _WEEKDAY.match(words):
        return _at(short, long.first + timedelta(days=short.first.weekday()), 1)
    if 28 <= _length(long) <= 31 and _NTH.match(words):
        found = safe(long.first.year, long.first.month, short.first.day)
        return _at(short, found, 1) if found else None
    if _length(long) in (365, 366) and _MONTH.search(words) and not _YEAR.search(words):
        found = safe(long.first.year, short.first.month, short.first.day)
        return _at(short, found, _length(short)) if found else None
    return None


def _at(day: Days, first: date, length: int) -> Days:
    return replace(day, first=first, after=first + timedelta(days=length))
