"""Moments, intervals and quotations for a person who asks in Chinese."""

from __future__ import annotations

from datetime import date, timedelta

from egogpt.text.directives import sanitize
from egorag.evidence.units import Unit
from egorag.question.plan import Plan
from egorag.time.calendar.format_interval import clock_faces
from egorag.time.calendar.local_time import LocalTime, month_start
from egorag.wording.draft import Draft

_WEEKDAYS = "一二三四五六日"


def day_in_chinese(day: date, today: date) -> str:
    """ "3月9日周一", with the year where it is not this one."""
    year = "" if day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日周{_WEEKDAYS[day.weekday()]}"


def moment_in_chinese(at: float, local: LocalTime) -> str:
    """ "今天10:31", "昨天10:31" or "3月9日周一10:31"."""
    moment = local.local(at)
    back = (local.today - moment.date()).days
    day = {0: "今天", 1: "昨天"}.get(back) or day_in_chinese(moment.date(), local.today)
    return f"{day}{moment:%H:%M}"


def time_in_chinese(plan: Plan) -> str:
    """The person's own words for the time with what they mean: "上周(3月9日–15日)"; "" without."""
    if plan.time is None:
        return ""
    words = "" if plan.time.recurring else plan.time.text.strip()
    interval = _interval(plan)
    if not words or not interval:
        return words or interval
    return f"{words}（{interval}）"


def _interval(plan: Plan) -> str:
    assert plan.time is not None
    span, local = plan.time.span, plan.local
    if span.start <= 0:
        return ""
    first, last = local.local(span.start), local.local(span.end)
    if (first.hour, first.minute, last.hour, last.minute) == (0, 0, 0, 0):
        return _days(first.date(), last.date(), local.today)
    if first.date() == last.date():
        return f"{day_in_chinese(first.date(), local.today)}{clock_faces(first, last)}"
    return f"{moment_in_chinese(span.start, local)} – {moment_in_chinese(span.end, local)}"


def _days(first: date, after: date, today: date) -> str:
    last = after - timedelta(days=1)
    if first == last:
        return day_in_chinese(first, today)
    if first.day == 1 and after == month_start(first, 1):
        return f"{first.year}年{first.month}月"
    if (first.month, first.day) == (1, 1) and after == date(first.year + 1, 1, 1):
        return f"{first.year}年"
    year = "" if first.year == today.year else f"{first.year}年"
    end = f"{last.day}日" if first.month == last.month else f"{last.month}月{last.day}日"
    return f"{year}{first.month}月{first.day}日–{end}"


def duration_in_chinese(minutes: float, unit: str = "minutes") -> str:
    """ "188分钟", "3.1小时(188分钟)", "12分19秒" of what was watched."""
    if minutes != int(minutes):
        seconds = round(60 * minutes)
        return f"{seconds // 60}分{seconds % 60}秒" if seconds >= 60 else f"{seconds}秒"
    if unit == "hours":
        return f"{minutes / 60:.1f}小时（{minutes:g}分钟）"
    return f"{minutes:g}分钟"


def noted(unit: Unit, local: LocalTime) -> Draft:
    """A quotation with its moment, cited."""
    said = sanitize(unit.what).replace("“", "‘").replace("”", "’")
    return Draft(f"{moment_in_chinese(unit.span.start, local)}的记录：“{said}”", (unit.citation(),))
