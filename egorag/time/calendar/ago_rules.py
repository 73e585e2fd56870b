"""What words for days that lie back mean: each rule turns a match and today into days.

As in ``day_rules.py``. Days are counted; weeks, months and years are as vague as they are said.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from egorag.time.calendar.calendar_terms import number, weekday_index
from egorag.time.calendar.day_rules import Rule, one, weekend_before
from egorag.time.calendar.local_time import monday_of, month_start


def weekday_ago(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "a week ago on Friday", "two weeks ago Friday"."""
    week = monday_of(today) - timedelta(weeks=number(match["n"]))
    return one(week + timedelta(days=weekday_index(match["weekday"])))


def days_ago(match: re.Match[str], today: date) -> tuple[date, date]:
    """Days are counted; weeks are as vague as they are said: the days around that one."""
    count = number(match["n"])
    if match["unit"].startswith("day"):
        return one(today - timedelta(days=count))
    count *= 2 if match["unit"].startswith("fortnight") else 1
    day, slack = today - timedelta(weeks=count), timedelta(days=1 if count == 1 else 3)
    return day - slack, day + slack + timedelta(days=1)


_STEPS = {"day": 1, "week": 7, "month": 30, "year": 365}


def between_back(most: int, least: int) -> Rule:
    """Days that lie between so many and so many back."""

    def rule(match: re.Match[str], today: date) -> tuple[date, date]:
        return today - timedelta(days=most), today - timedelta(days=least - 1)

    return rule


def some_days_ago(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "two or three days ago", "one to two weeks ago": from the one to the other."""
    step = _STEPS[match["unit"].rstrip("s")]
    low, high = sorted((number(match["low"]) * step, number(match["n"]) * step))
    return today - timedelta(days=high), today - timedelta(days=low - 1)


def about_ago(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "a day or two ago", "a week or so ago"."""
    step = _STEPS[match["unit"]]
    return today - timedelta(days=2 * step), today - timedelta(days=step - 1)


def weekdays_ago(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "two Fridays ago": the second Friday back from today."""
    back = (today.weekday() - weekday_index(match["weekday"])) % 7 or 7
    return one(today - timedelta(days=back + 7 * (number(match["n"]) - 1)))


def weekends_ago(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "two weekends ago": the second that is over."""
    saturday = weekend_before(today) - timedelta(days=7 * (number(match["n"]) - 1))
    return saturday, saturday + timedelta(days=2)


def weeks_ago_today(match: re.Match[str], today: date) -> tuple[date, date]:
    """The day that lies whole weeks back."""
    return one(today - timedelta(weeks=number(match["n"])))


def months_ago(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """Around that day: half a month either side, two months for "a year"; more years are whole."""
    count = number(match["n"])
    if match["unit"].startswith("year"):
        if count > 1:
            return date(today.year - count, 1, 1), date(today.year - count + 1, 1, 1)
        return around_month(today, -12, 61)
    return around_month(today, -count, 15)


def around_month(today: date, months: int, slack: int) -> tuple[date, date]:
    """Days around the one that lies ``months`` away."""
    month = month_start(today, months)
    day = month + timedelta(days=min(today.day, (month_start(month, 1) - month).days) - 1)
    return day - timedelta(days=slack), day + timedelta(days=slack + 1)
