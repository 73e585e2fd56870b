"""Join days into lists and ranges, in any language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from egorag.time.calendar.calendar_terms import Days
from egorag.time.calendar.day_rules import safe
from egorag.time.calendar.parsed_time import Habit


def listed(low: str, days: Sequence[Days], middle: re.Pattern[str]) -> tuple[Days, Habit] | None:
    """ "on Monday and Wednesday": the days from the first to the last, and which of them count."""
    for left, right in pairwise(days):
        one = all((day.after - day.first).days == 1 and not day.part for day in (left, right))
        apart = (right.first - left.first).days
        if one and 1 < abs(apart) < 7 and middle.fullmatch(low[left.end : right.start]):
            first, last = (left, right) if apart > 0 else (right, left)
            both = tuple(sorted((left.first.weekday(), right.first.weekday())))
            whole = Days(first.first, last.after, left.start, right.end)
            return whole, Habit(both, "", left.start, right.end)
    return None


def between(left: Days, right: Days, start: int) -> Days:
    """From the first day of one to the last of the other; the first is moved before the second."""
    first = left.first
    if first >= right.after:
        first = _earlier(left, right)
    return Days(first, right.after, start, right.end, left.exact and right.exact)


def _earlier(left: Days, right: Days) -> date:
    """ "from Friday to Monday": the Friday before; "June to August 2019": of one year."""
    first = left.first
    if (left.after - left.first).days < 8 and (first - right.after).days < 400:
        while first >= right.after:
            first -= timedelta(days=7)
        return first
    while first >= right.after:
        first = safe(first.year - 1, first.month, first.day) or first - timedelta(days=365)
    return first
