""" "At this time yesterday", "the same time last week": the clock of now on another day."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from egorag.time.calendar.ago_rules import around_month
from egorag.time.calendar.calendar_terms import Days
from egorag.time.calendar.clock_types import Clock, ClockTime
from egorag.time.calendar.local_time import LocalTime

_SAME = re.compile(
    r"\b(?:at )?(?:about |around |roughly )?(?:this|the same|that same) time(?: of day)?(?: on)? $"
)
_SAME_AFTER = re.compile(r" (?:at |around |about |roughly )*(?:this|the same|that same) time\b")


def same_time(low: str, day: Days, local: LocalTime) -> tuple[Days, Clock | None]:
    """The day that is meant and the time of now, where the words before it say so.

    Of a week it is the day that lies whole weeks back; of a month or a year, the days around.
    """
    match = _SAME.search(low[: day.start]) or _SAME_AFTER.match(low, day.end)
    if not match:
        return day, None
    length = (day.after - day.first).days
    now = local.now.hour + local.now.minute / 60
    clock = Clock("around", ClockTime(now, True), None, match.start(), match.end())
    if length == 1:
        return day, clock
    if length == 7:
        back = (local.today - day.first).days // 7 * 7
        first = local.today - timedelta(days=back)
        return replace(day, first=first, after=first + timedelta(days=1)), clock
    months = (day.first.year - local.today.year) * 12
    months += day.first.month - local.today.month if length < 40 else 0
    first, after = around_month(local.today, months, 4 if length < 40 else 10)
    return replace(
        day, first=first, after=after, start=min(match.start(), day.start), exact=False
    ), None
