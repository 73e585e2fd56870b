"""All time words of a Chinese question, each kind hidden from the finders that come after it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from egogpt.text.chinese_numbers import NUMERAL, WEEKDAY, chinese_number, weekday_number
from egorag.time.calendar.calendar_terms import Days
from egorag.time.calendar.clock_types import Part
from egorag.time.calendar.day_ranges import between, listed
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.parsed_time import Reading, Side, SideName, blank
from egorag.time.chinese.clock import find_chinese_clock, find_chinese_part
from egorag.time.chinese.days import find_chinese_days
from egorag.time.chinese.recurrence_and_anchors import (
    find_chinese_anchor,
    find_chinese_habit,
    find_chinese_lapse,
)

_HAN = re.compile(r"[\u4e00-\u9fff]")
_OTHER = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")  # kana, hangul
_MIDDLE = re.compile(r"\s*(?:到|至|-|–|—|~)\s*$")
_BESIDE = re.compile(rf"的?(?P<side>前|后)(?P<n>{NUMERAL})(?P<unit>天|晚)(?:晚上)?")
_NTH = re.compile(
    rf"的?(?P<nth>第[一二三四五]|最后一?)个?(?P<unit>天|(?:周|星期|礼拜)(?:(?P<day>{WEEKDAY})|末)?)"
)
_AND = re.compile("[和跟、与]|或者?|还有")
_AFTER: dict[str, SideName] = {
    "以来": "since", "至今": "since", "到现在": "since", "开始": "since", "起": "since",
    "之后": "after", "以后": "after", "后": "after", "之前": "before", "以前": "before",
    "前": "before", "为止": "until",
}  # fmt: skip
_SIDE_AFTER = re.compile(rf"\s*(?P<side>{'|'.join(_AFTER)})(?![面边来几两些])")
_BEFORE: dict[str, SideName] = {
    "自从": "since", "自": "since", "截至": "until", "截止到": "until", "截止": "until",
    "直到": "until",
}  # fmt: skip
_SIDE_BEFORE = re.compile(rf"(?P<side>{'|'.join(_BEFORE)})\s*$")
_FROM = re.compile(r"(?:从|自从|自|在|到)\s*$")


def is_chinese(text: str) -> bool:
    """Whether a text is to be read as Chinese: Han, and neither kana nor hangul."""
    return bool(_HAN.search(text)) and not _OTHER.search(text)


def read_chinese(text: str, local: LocalTime) -> Reading:
    """What the time words of a question say."""
    left = text
    habit = find_chinese_habit(left)
    left = blank(left, habit.start, habit.end) if habit else left
    lapse = find_chinese_lapse(left, local)
    if lapse:
        left = blank(left, lapse.start, lapse.end)
        return Reading(lapse=lapse, habit=habit, anchor=find_chinese_anchor(left))
    days = _without_inner(left, find_chinese_days(left, local.today))
    pair = None if habit else listed(left, days, _AND)
    day = pair[0] if pair else _day(left, days)
    habit = pair[1] if pair else habit
    left = blank(left, day.start, day.end) if day else left
    clock = find_chinese_clock(left, has_day=bool(day))
    left = blank(left, clock.start, clock.end) if clock else left
    part = find_chinese_part(left)
    left = blank(left, part.start, part.end) if part else left
    side = None if clock else _side(left, part or day)
    left = blank(left, side.start, side.end) if side else left
    return Reading(day, clock, part, None, habit, side, find_chinese_anchor(left))


def _without_inner(text: str, days: list[Days]) -> list[Days]:
    """Days with the words after them read; what those words cover is no day of its own."""
    found: list[Days] = []
    for day in days:
        if not found or day.start >= found[-1].end:
            found.append(_part_of(text, _beside(text, day)))
    return found


def _day(text: str, days: list[Days]) -> Days | None:
    for left, right in pairwise(days):
        if _MIDDLE.match(text[left.end : right.start]) and not (left.part or right.part):
            lead = _FROM.search(text[: left.start])
            return between(left, right, lead.start() if lead else left.start)
        if left.after == right.first and _AND.fullmatch(text[left.end : right.start]):
            return between(left, right, left.start)
    return days[0] if days else None


def _beside(text: str, day: Days) -> Days:
    """ "元宵节前一天": the day before or after, or so many."""
    match = _BESIDE.match(text, day.end)
    if not match:
        return day
    count = chinese_number(match["n"]) if match["n"] else 1
    if match["side"] == "前":
        first = day.first - timedelta(days=count)
    else:
        first = day.after + timedelta(days=count - 1)
    part = "evening" if match["unit"] == "晚" else day.part
    after = first + timedelta(days=1)
    return replace(day, first=first, after=after, end=match.end(), part=part)


def _part_of(text: str, day: Days) -> Days:
    """ "上个月的第一个星期天", "国庆假期的最后一天", "今年的头两个月"."""
    match = _NTH.match(text, day.end)
    if not match or (day.after - day.first).days < 3:
        return day
    length = timedelta(days=1)
    last = match["nth"].startswith("最后")
    nth = -1 if last else chinese_number(match["nth"][1:])
    if match["unit"] == "天":
        first = day.after - length if last else day.first + (nth - 1) * length
    elif match["day"] or match["unit"].endswith("末"):
        weekday = 5 if match["unit"].endswith("末") else weekday_number(match["day"])
        length = timedelta(days=2 if match["unit"].endswith("末") else 1)
        first = _nth_weekday(day, weekday, nth)
    else:
        length = timedelta(days=7)
        first = day.after - length if last else day.first + (nth - 1) * length
    return replace(day, first=first, after=first + length, end=match.end())


def _nth_weekday(day: Days, weekday: int, nth: int) -> date:
    if nth < 0:
        last = day.after - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    return day.first + timedelta(days=(weekday - day.first.weekday()) % 7 + 7 * (nth - 1))


def _side(text: str, found: Days | Part | None) -> Side | None:
    if found is None:
        return None
    if after := _SIDE_AFTER.match(text, found.end):
        return Side(_AFTER[after["side"]], after.start(), after.end())
    if before := _SIDE_BEFORE.search(text[: found.start]):
        return Side(_BEFORE[before["side"]], before.start(), before.end())
    return None
