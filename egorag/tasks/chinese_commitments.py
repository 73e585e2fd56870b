"""What Chinese sentences commit somebody to: 我还要买牛奶, 别忘了给妈妈打电话, 我答应了….

A small set of phrases; what is asked (…吗), denied (不用, 不要) or conditional (如果) is none.
"""

from __future__ import annotations

import re
from typing import Literal

_DAY = (
    r"(?:今天|今晚|明天|明晚|明早|后天|晚上|下午|下周\w?|周[一二三四五六日天末]"
    r"|星期[一二三四五六日天]|待会儿?|等会儿?|回头|过几天)"
)
_ADVERB = rf"(?:{_DAY}|还|也|就|一定|真的|得先|先|再|都|现在|,|，)*"
_FIRM = re.compile(
    rf"(?:我们?{_ADVERB}(?:必须|需要|得|应该){_ADVERB}|提醒我{_ADVERB}(?:要)?|我们?答应(?:了|过)?\w{{0,4}}?(?:要|会|给|帮))"
    r"(?P<task>.+)"
)
_ASKED = re.compile(
    rf"(?:别忘了|不要忘了?|别忘记|不要忘记|记得|记着|你答应(?:了|过)?我?)(?:{_ADVERB})(?:要)?(?P<task>.+)"
)
_SOFT = re.compile(rf"(?:我们?|咱们?){_ADVERB}(?:要|会|去|想){_ADVERB}(?P<task>.+)")
_ERRAND = re.compile(
    r"买|打电话|打个电话|发给|寄|付|交|还给|还书|预约|订|取|接|修|写|回复|退|报名|办"
)
_NONE = re.compile(
    r"[?？]|吗|呢|如果|要是|的话|不用|不必|不要(?!忘)|不会|不想|不得"
    r"|记得(?:那|你|我|他|她|上次|以前|当时)|[“\"]"
)
_END = re.compile(r"[。！!；;，,].*$", re.S)


def chinese_commitment(sentence: str) -> tuple[Literal["own", "asked"], str, str] | None:
    """Who is to do it, the task, and the task's first word (its first character)."""
    if _NONE.search(sentence):
        return None
    if asked := _ASKED.search(sentence):
        return _task("asked", asked)
    if firm := _FIRM.search(sentence):
        return _task("own", firm)
    soft = _SOFT.search(sentence)
    if soft and (re.search(_DAY, sentence) or _ERRAND.search(soft["task"])):
        return _task("own", soft)
    return None


def _task(
    by: Literal["own", "asked"], match: re.Match[str]
) -> tuple[Literal["own", "asked"], str, str] | None:
    task = _END.sub("", match["task"]).strip()
    return (by, task, task[0]) if len(task) > 1 else None
