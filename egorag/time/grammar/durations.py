"""Rules for lengths of time and what lies that far from now: "two weeks ago", "the last hour"."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from numpy import busday_offset

from egorag.time.calendar import series as of
from egorag.time.calendar.series import ONE_DAY, add, fixed, unit_at
from egorag.time.grammar.amounts import ONE, Duration, Number, require
from egorag.time.grammar.values import Days, Stretch, TimeContext, only

_MOST_MONTHS = 1800  # 2018年 is a year, no count of years
SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_SLACK = {"day": 0, "week": 3, "fortnight": 3, "month": 15, "quarter": 45}  # days either side


def decimal(a: Number, b: Number, c: Number | None = None) -> Number:
    """ "2.5", "2 1/2"."""
    require(bool(a.digits) and (len(b.digits) == 1 if c is None else 0 < b.value < c.value <= 4))
    return Number(a.value + b.value / (c.value if c else 10))


def duration(n: Number, unit: str) -> Duration:
    """ "three weeks", "half an hour", "a couple of days"."""
    if seconds := SECONDS.get(unit):
        return Duration(unit, seconds=n.value * seconds, vague=n.vague)
    if months := of.MONTHS_OF.get(unit):
        if n.value == 0.5 and unit == "month":
            return Duration("week", days=15, vague=True)
        require(n.value * months < _MOST_MONTHS)
        return Duration(unit, months=Number(n.value * months).whole, vague=n.vague)
    days = n.value * (1 if unit == "workday" else of.DAYS_OF[unit])
    if days == 0.5:
        return Duration("hour", seconds=43_200.0)
    return Duration(unit, days=round(days), vague=n.vague)


def longer(first: Duration, last: Duration) -> Duration:
    """ "1 month and 21 days"."""
    return Duration(
        last.unit, first.months + last.months, first.days + last.days,
        first.seconds + last.seconds, first.vague or last.vague,
    )  # fmt: skip


def and_a_half(length: Duration | None = None, n: Number = ONE, unit: str = "") -> Duration:
    """ "an hour and a half", "two and a half weeks", 两个半小时."""
    length = length or duration(n, unit)
    year = length.unit == "year"
    return longer(length, duration(*(Number(6), "month") if year else (Number(0.5), length.unit)))


def moved(day: date, length: Duration, sign: int) -> date:
    """The day that lies so far before (-1) or after (1) another."""
    if length.unit == "workday":
        roll: Literal["backward", "forward"] = "backward" if sign > 0 else "forward"
        return date.fromisoformat(str(busday_offset(day, sign * length.days, roll)))
    day = add("month", day, sign * length.months) if length.months else day
    return day + sign * timedelta(days=length.days)


def cycles(
    context: TimeContext, rel: int, unit: str = "", n: Number = ONE, length: Duration | None = None
) -> Stretch:
    """ "the last two hours", "the past week", "the next few days"; ``rel`` 0: on either side."""
    length = length or duration(n, unit)
    require(length.unit != "weekend")
    local, now = context.local, context.local.asked_at
    rel = rel or (-1 if context.tense == "past" else 1)
    if length.seconds:
        far = now + (length.seconds if rel > 0 else -length.seconds)
        return Stretch(min(now, far), max(now, far), not length.vague)
    if rel < 0:
        whole = length.unit == "day" and length.days > 1
        start = local.at(moved(local.today, length, -1), 0 if whole else context.hours)
        return Stretch(min(now, start), now, not length.vague)
    first = local.today + ONE_DAY
    return Stretch(local.at(first, 0), local.at(moved(first, length, 1), 0), not length.vague)


def moments(context: TimeContext, back: list[float]) -> Stretch:
    """Words for a moment that has just passed: so many seconds ago at most, so many at least."""
    now = context.local.asked_at
    return Stretch(now - back[0], now - back[1], False)


def recent(context: TimeContext, back: list[int]) -> Days:
    """Words for days that lie vaguely back: so many days ago at most, so many at least."""
    first, last = (context.local.today - timedelta(days=days) for days in back)
    return only(first, last + ONE_DAY, "recent", False)


def within_next(context: TimeContext, length: Duration) -> Stretch:
    """ "within five days": from now on."""
    return Stretch(context.local.asked_at, _moment(context, length, 1), not length.vague)


def _moment(context: TimeContext, length: Duration, sign: int) -> float:
    """The moment that lies so far before (-1) or after (1) now; of whole days, by the clock."""
    local = context.local
    if not (length.months or length.days):
        return local.asked_at + sign * length.seconds
    return local.at(moved(local.today, length, sign), context.hours) + sign * length.seconds


def ago(context: TimeContext, length: Duration) -> Days | Stretch:
    """ "an hour ago", "three days ago", "two weeks ago": the longer, the vaguer."""
    if not length.seconds:
        return _around(context.local.today, length, -1)
    middle, days = _moment(context, length, -1), length.days or length.months
    slack = 1800.0 if days else max(120.0, length.seconds / 4)
    return Stretch(middle - slack, min(context.local.asked_at, middle + slack), False, middle)


def _around(day: date, length: Duration, sign: int) -> Days:
    """The day that lies so far away; of weeks, months and years, the days around it."""
    middle = moved(day, length, sign)
    if length.unit == "year" and length.months > 12 and length.months % 12 == 0:
        days = only(date(middle.year, 1, 1), date(middle.year + 1, 1, 1), "year", False)
    else:
        slack = _SLACK.get(length.unit, 61) or length.vague
        near = timedelta(days=1 if (length.unit, length.days) == ("week", 7) else slack)
        days = only(middle - near, middle + near + ONE_DAY, exact=not slack)
    return replace(days, core=fixed(middle, middle + ONE_DAY))


def later(context: TimeContext, length: Duration) -> Days | Stretch:
    """ "in an hour", "in three days", "two weeks from now": that day."""
    if length.seconds:
        moment = _moment(context, length, 1)
        slack = min(600.0, max(60.0, (moment - context.local.asked_at) / 6))
        return Stretch(moment - slack, moment + slack, False, moment)
    day = moved(context.local.today, length, 1)
    return only(day, day + ONE_DAY, exact=length.unit == "day" and not length.vague)


def offset(context: TimeContext, length: Duration, days: Days, sign: int) -> Days:
    """ "two weeks before Christmas", "three days after tomorrow"."""
    require(not length.seconds)
    first, after = days.name(context)
    near = _around(first if sign < 0 else after - ONE_DAY, length, sign)
    return replace(near, exact=near.exact and days.exact)


def either_ago(
    context: TimeContext, first: Number, last: Number, unit: str, close: bool = False
) -> Days:
    """ "two or three days ago", 两三天前: from the one to the other."""
    require(unit not in SECONDS and 0 < last.value - first.value <= 10)
    require(not close or last.value == first.value + 1 < 10)
    ends = [moved(context.local.today, duration(one, unit), -1) for one in (first, last)]
    return only(min(ends), max(ends) + ONE_DAY, exact=False)


def same_weekday(
    context: TimeContext, length: Duration, name: Days | None = None, shift: int = 0, sign: int = -1
) -> Days:
    """ "two weeks ago on Friday", "a week ago today"."""
    day = moved(context.local.today + timedelta(days=shift), length, sign)
    if name is None:
        return only(day, day + ONE_DAY)
    return only(*name.series.within(*unit_at("week", day))[0])


def counted(
    context: TimeContext, name: Days, sign: int, n: Number = ONE, days: Days | None = None
) -> Days:
    """ "two Fridays ago", "the second Sunday after Easter"."""
    require(n.value > 0 and not name.series.fixed)
    first, after = days.name(context) if days else unit_at("day", context.local.today)
    return replace(name, series=fixed(*name.series.counted(first, after, sign * n.whole)))


def starting(
    context: TimeContext, length: Duration, days: Days | None = None, sign: int = 1,
    beside: bool = False,
) -> Days:  # fmt: skip
    """ "two weeks starting 20 May", "the three days before Easter", 这三天: today the last."""
    require(not length.seconds)
    first, after = days.name(context) if days else unit_at("day", context.local.today)
    near = first if (sign > 0) != beside else after
    first, after = sorted((near, moved(near, length, sign)))
    return only(first, after, "days", days.exact if days else not length.vague)
