"""Chinese words that count back, recur, or hang a time on an event: 半小时前, 每周二, 会议之后."""

from __future__ import annotations

import re

from egogpt.text.chinese_numbers import NUMERAL, WEEKDAY, chinese_number, weekday_number
from egorag.time.calendar.lapse_types import Lapse, ago_middle, back_to
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.parsed_time import Habit, trimmed
from egorag.time.calendar.time_reference import Anchor, Relation
from egorag.time.chinese.clock import PART, PARTS
from memory.types.core import Span

_UNITS = {
    "秒钟": 1, "秒": 1, "分钟": 60, "分": 60, "刻钟": 900, "小时": 3600, "钟头": 3600, "天": 86400,
    "日": 86400, "周": 604800, "星期": 604800, "礼拜": 604800, "月": 2629800, "年": 31557600,
}  # fmt: skip
_UNIT = f"(?P<unit>{'|'.join(_UNITS)})"
_COUNT = rf"(?P<n>{NUMERAL}|半|几)"
_LAST = re.compile(
    rf"(?:在)?(?:最近|过去|近|刚过去|之前)的?(?:这)?{_COUNT}个?(?P<half>半)?{_UNIT}(?:里|内|之内|以来|间|来)?(?!前|以前|之前)"
)
_AGO = re.compile(
    rf"(?:大约|大概|差不多)?{_COUNT}个?(?P<half>半)?(?P<unit>秒钟?|分钟|刻钟|小时|钟头)(?:左右)?(?:之前|以前|前)"
)
_NOW = re.compile(r"刚刚|刚才|方才|刚(?=[说放看做走拿问买吃喝讲提给用来去打])")
_WEEK = "(?:周|星期|礼拜)"
_EVERY = re.compile(
    rf"每(?:个)?(?:{_WEEK}(?P<day>{WEEKDAY}(?:[和、及与跟]{_WEEK}?{WEEKDAY})*|末)|(?P<work>工作日)|[天日]|(?=早|晚|{PART}))"
    rf"(?:的)?(?P<part>{PART}|早|晚)?|天天"
)
_USUAL = re.compile("一般|通常|平时|经常|总是|往往|习惯|每次|常常")
_PLAIN = re.compile(
    rf"(?:在)?(?:{_WEEK}(?P<day>{WEEKDAY}(?:[和、及]?{_WEEK}?{WEEKDAY})*|末)|(?P<work>工作日|平日))(?:的)?(?P<part>{PART})?|(?P<alone>{PART})"
)
_WORK = re.compile(rf"(?P<work>工作日|平日)(?:的)?(?P<part>{PART})?")
_ALL, _WORKDAYS = tuple(range(7)), tuple(range(5))

_RELATIONS: dict[str, Relation] = {
    "之后": "after", "以后": "after", "后": "after", "之前": "before", "以前": "before",
    "前": "before", "的时候": "during", "时": "during", "期间": "during", "的过程中": "during",
    "那会儿": "during",
}  # fmt: skip
_EVENT = re.compile(
    r"(?P<event>[^\0,，。?？!！;；]{1,18}?)"
    r"(?P<word>之后|以后|之前|以前|的时候|的过程中|期间|那会儿"
    r"|(?<![面门车眼跟提以之然最身背今随先店床楼桌人午])[前后](?![面边天来往后年排门台半者几两些])"
    r"|(?<![小同有当及平那几何临按准随历这到])时(?![间候常刻期代不]))"
)
_ASKED = re.compile("什么|哪|怎么|多少|几[个点次]|为何|吗")
_LEAD = re.compile(r"^(?:请问|是谁|谁|上一?次|最近一次|第一次|当|等|自从|自|从|在|正在|的)+")
_LENGTH = re.compile(rf"^(?:大约|大概)?(?:{NUMERAL}|半|几)个?半?(?:{'|'.join(_UNITS)})$")


def find_chinese_lapse(text: str, local: LocalTime) -> Lapse | None:
    """A span that counts back from now, or None."""
    asked_at = local.asked_at
    if last := _LAST.search(text):
        exact = last["n"] != "几"
        start = back_to(asked_at, _count(last["n"], last["half"]), _UNITS[last["unit"]], local)
        return Lapse(Span(min(start, asked_at), asked_at), last.start(), last.end(), exact)
    if ago := _AGO.search(text):
        back = _count(ago["n"], ago["half"]) * _UNITS[ago["unit"]]
        middle, slack = ago_middle(asked_at, back)
        span = Span(middle - slack, min(asked_at, middle + slack))
        return Lapse(span, ago.start(), ago.end(), False)
    if now := _NOW.search(text):
        return Lapse(Span(asked_at - 600, asked_at), now.start(), now.end(), False)
    return None


def _count(words: str, half: str | None) -> float:
    number = {"半": 0.5, "几": 3.0}.get(words)
    return (float(chinese_number(words)) if number is None else number) + (0.5 if half else 0.0)


def find_chinese_habit(text: str) -> Habit | None:
    """What comes again, or None; 周末 alone is a habit where the question asks what is usual."""
    match = _EVERY.search(text) or _WORK.search(text)
    if match is None and _USUAL.search(text):
        match = _PLAIN.search(text)
    if match is None:
        return None
    groups = match.groupdict()
    part = groups.get("part") or groups.get("alone") or ""
    name = (
        {"早": "morning", "晚": "evening", "": ""}.get(part)
        if part in ("早", "晚", "")
        else PARTS[part]
    )
    return Habit(_weekdays(groups), name or "", match.start(), match.end())


def _weekdays(groups: dict[str, str | None]) -> tuple[int, ...]:
    if groups.get("work"):
        return _WORKDAYS
    days = groups.get("day")
    if not days:
        return _ALL
    if days == "末":
        return (5, 6)
    return tuple(
        sorted({weekday_number(mark) for mark in re.sub("[^一二三四五六日天1-7]", "", days)})
    )


def find_chinese_anchor(text: str) -> Anchor | None:
    """The event that a question's time hangs on; other time words are unreadable in ``text``."""
    for match in _EVENT.finditer(text):
        start, end = trimmed(text, match.start("event"), match.end("event"))
        if lead := _LEAD.match(text[start:end]):
            start += lead.end()
        event = text[start:end]
        bare = match["word"] in ("前", "后", "时")
        if len(event) < (2 if bare else 1) or _ASKED.search(event) or _LENGTH.match(event):
            continue
        return Anchor(_RELATIONS[match["word"]], event, "", (start, match.end()))
    return None
