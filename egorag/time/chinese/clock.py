"""Chinese words that name a time of day: 早上八点半左右, 下午两点到四点, 晚上, 14:20.

一点 is also "a little" and 两点 "two points": a bare hour counts only where a time can stand.
"""

from __future__ import annotations

import re

from egogpt.text.chinese_numbers import NUMERAL, chinese_number
from egorag.time.calendar.clock_types import Clock, ClockKind, ClockTime, Part

PARTS = {
    "清晨": "early morning", "清早": "early morning", "大清早": "early morning",
    "一大早": "early morning",
    "早上": "morning", "早晨": "morning", "上午": "morning", "中午": "noon", "正午": "noon",
    "午后": "afternoon", "下午": "afternoon", "傍晚": "dusk", "黄昏": "dusk", "晚上": "evening",
    "晚间": "evening", "夜里": "night", "夜晚": "night", "夜间": "night", "深夜": "late night",
    "半夜": "small hours", "凌晨": "small hours", "午夜": "late night", "白天": "daytime",
}  # fmt: skip
PART = f"(?:{'|'.join(sorted(PARTS, key=lambda name: -len(name)))})"
_LATE = ("noon", "afternoon", "dusk", "evening", "night", "late night")
_HOUR = r"[0-2]?[0-9]|十[一二]?|[零一两二三四五六七八九]|二十[一二三四]?"


def _time(tag: str) -> str:
    return (
        rf"(?:(?P<part{tag}>{PART})的?)?(?P<hour{tag}>(?<![0-9第]){_HOUR})"
        rf"(?:(?P<colon{tag}>[:：][0-5][0-9](?:[:：][0-5][0-9])?)|[点時时](?P<minute{tag}>半|一刻|三刻|整|钟"
        rf"|{NUMERAL}分|[0-5][0-9]|[二三四五]十[一二三四五六七八九]?|十[一二三四五六七八九]?|零[一二三四五六七八九])?"
        rf"(?P<bell{tag}>钟)?)"
    )


_SUFFIX = (
    r"(?P<more>多)?(?P<about>左右|前后|上下)?(?P<side>之前|以前|前|之后|以后|后|以来|开始|起|为止)?"
)
_RANGE = re.compile(rf"(?:从|在)?{_time('1')}\s*(?:到|至|-|–|—|~|和)\s*{_time('2')}(?:之间|期间)?")
_SINGLE = re.compile(rf"(?P<lead>大概|大约|差不多|约)?{_time('1')}{_SUFFIX}(?:的时候|那会儿)?")
_BARE_AFTER = re.compile(
    r"\s*(?:$|[?？。,，!！\0]|我|你|他|她|谁|在|是|有|到|那|的时候|什么|和|跟|发生)"
)
_PARTS = re.compile(rf"(?:在)?(?P<part>{PART})(?!好|茶|安)(?:的时候|那会儿)?")
_SIDES: dict[str, ClockKind] = {
    "之前": "before", "以前": "before", "前": "before", "之后": "after", "以后": "after",
    "后": "after", "以来": "since", "开始": "since", "起": "since", "为止": "until",
}  # fmt: skip


def find_chinese_clock(text: str, *, has_day: bool) -> Clock | None:
    """The first clock constraint of a text, or None."""
    for match in _RANGE.finditer(text):
        first, second = _clock_time(match, "1"), _clock_time(match, "2")
        if first and second:
            return Clock("between", first, second, match.start(), match.end())
    for match in _SINGLE.finditer(text):
        time = _clock_time(match, "1")
        if time and _stands(text, match, has_day):
            return _single(match, time)
    return None


def _single(match: re.Match[str], time: ClockTime) -> Clock:
    if match["more"]:  # 七点多: between seven and eight
        later = ClockTime(time.hours + 0.5, time.half_known)
        return Clock("around", later, None, match.start(), match.end())
    vague = match["about"] or match["lead"]
    kind = _SIDES.get(match["side"] or "", "around" if vague else "at")
    return Clock(kind, time, None, match.start(), match.end())


def _stands(text: str, match: re.Match[str], has_day: bool) -> bool:
    """Whether an hour is a time: said with a part, minutes or 钟, or where one can stand."""
    if match["colon1"] or match["minute1"] or match["bell1"] or match["part1"]:
        return True
    if match["about"] or match["side"] or match["more"] or match.group().endswith("时候"):
        return match["hour1"] != "一" or has_day
    if match["hour1"] == "一" and not has_day:
        return False
    return bool(_BARE_AFTER.match(text, match.end()))


def _clock_time(match: re.Match[str], tag: str) -> ClockTime | None:
    hour = chinese_number(match[f"hour{tag}"])
    minutes = _minutes(match[f"colon{tag}"] or match[f"minute{tag}"] or "")
    if hour > 24 or minutes is None:
        return None
    hours, exact = hour + minutes / 60, len(match[f"colon{tag}"] or "") > 3
    part = PARTS.get(match[f"part{tag}"] or "", "")
    if not part:
        known = hour > 12 or hour == 0 or match[f"hour{tag}"].startswith("0")
        return ClockTime(hours, known, exact)
    if part in _LATE:
        if part != "noon" and hour == 12:
            return ClockTime(hours + 12 if part != "afternoon" else hours, True, exact)
        if hour < 12 and not (part == "noon" and hour >= 10):
            deep = part in ("night", "late night") and hour < 6
            return ClockTime(hours + (24 if deep else 12), True, exact)
    return ClockTime(hours % 12 if hour == 12 and part == "small hours" else hours, True, exact)


def _minutes(words: str) -> float | None:
    if len(parts := re.findall(r"[0-9]+", words)) == 2:  # minutes and seconds
        return int(parts[0]) + int(parts[1]) / 60
    if not words or words in ("整", "钟"):
        return 0
    if words in ("半", "一刻", "三刻"):
        return {"半": 30, "一刻": 15, "三刻": 45}[words]
    minutes = chinese_number(words.strip(":：分").lstrip("零") or "0")
    return minutes if minutes < 60 else None


def find_chinese_part(text: str) -> Part | None:
    """The first part of the day of a text, or None."""
    match = _PARTS.search(text)
    return Part(PARTS[match["part"]], match.start(), match.end()) if match else None
