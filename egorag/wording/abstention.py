"""How "I do not know" is worded: which time was searched, what is missing, what comes nearest."""

from __future__ import annotations

import re

from egogpt.text.chinese_text import mostly_chinese
from egorag.question.plan import Plan
from egorag.time.calendar.format_interval import reference_in_words
from egorag.time.resolve import TimeReference
from egorag.wording.chinese_text import time_in_chinese
from memory.types.core import Coverage
from memory.types.messages import UserMessage

_LEAD = re.compile(r"^(?:on|in|at|during|over|for) ", re.IGNORECASE)


def time_in_words(plan: Plan) -> str:
    """ "yesterday evening (Tuesday 3 March, 18:00–23:00)"; "" where no time was asked about."""
    if plan.time is None:
        return ""
    interval = reference_in_words(plan.time, plan.local)
    words = _plain_words(plan.time)
    if not words:
        return interval
    return UserMessage("egorag.words-and-interval", words=words, interval=interval)


def _plain_words(time: TimeReference) -> str:
    """The person's own words where "from …" can stand before them, else ""."""
    words = _LEAD.sub("", time.text).strip()
    fits = re.match(
        r"(?:yesterday|today|tonight|this|last|the day|(?:mon|tues|wednes|thurs|fri|satur|sun)day)",
        words.lower(),
    )
    return words if fits else ""


def nothing_recorded(plan: Plan, coverage: Coverage) -> str:
    """Said when the time asked about holds no recording that is indexed."""
    if mostly_chinese(plan.text):
        return _nothing_in_chinese(plan, coverage)
    if coverage.pending:
        return "What was recorded then is not indexed yet; please ask again in a little while."
    if plan.time is None:
        return "I have no recordings yet."
    if plan.time.span.start >= plan.local.asked_at:
        return f"{time_in_words(plan)[:1].upper()}{time_in_words(plan)[1:]} has not happened yet."
    return f"I have no recording from {time_in_words(plan)}."


def _nothing_in_chinese(plan: Plan, coverage: Coverage) -> str:
    when = time_in_chinese(plan)
    if coverage.pending:
        return "那段时间的录像还没有整理好，请稍后再问。"
    if plan.time is None:
        return "我还没有任何录像。"
    if plan.time.span.start >= plan.local.asked_at:
        return f"{when}还没有到。"
    return f"我没有{when}的录像。"


def not_shown(plan: Plan) -> str:
    """Said when recordings were searched and none supports an answer."""
    if mostly_chinese(plan.text):
        return f"我没有找到{time_in_chinese(plan)}能回答这个问题的记录。"
    if plan.time is None and plan.about_anything and plan.kind == "lookup":
        return "What would you like to know? Ask about something that was seen or said."
    if plan.time is None:
        return "I have no recording that shows this."
    return f"I have no recording from {time_in_words(plan)} that shows this."
