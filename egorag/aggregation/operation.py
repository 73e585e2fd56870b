"""What is to be done with the events that a question means: count, add up, find the most.

Read off the question by the table ``counting.toml`` of its language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from egogpt.extraction.english_activities import catalogue
from egogpt.extraction.quantities import unit_asked
from egogpt.text.chinese_text import mostly_chinese
from egorag.language.language import Language
from egorag.question.plan import Plan

Operator = Literal["count", "distinct", "sum", "first", "last", "argmax", "list"]
Of = Literal["occasion", "who", "what", "year", "month", "day"]
# Groups of activities of which things are counted: what was eaten, not which meal.
COUNTS_THINGS = frozenset({"meal", "drink", "making", "purchase"})
_PEOPLE = ("people", "persons", "friends")
_ENGLISH, _CHINESE = Language("en"), Language("zh")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and what it ranges over; ``unit`` is of a sum, or what is counted of each
    occasion (杯, 公里), or the verb whose things are listed."""

    op: Operator
    of: Of = "occasion"
    unit: str = ""


def operation_of(plan: Plan) -> Operation | None:
    """What a question asks to be done with its events, None where it asks for none of it."""
    if mostly_chinese(plan.text):
        return _in_chinese(plan.query)
    low = plan.query.lower().replace("’", "'")
    if _found("uncounted", low):
        return None
    length = _found("length", low)
    somebody = bool(plan.names) or _found("mine", low)  # "how long is the bus" is of no deed
    unit = (length[1] if length else "") or ("time" if plan.kind == "how_long" and somebody else "")
    asked = _superlative(low)
    if asked is not None:
        return asked
    if unit:
        return Operation("sum", unit="hours" if unit == "hours" else "minutes")
    if amount := unit_asked(low):
        return Operation("sum", unit=amount)
    if found := _found("distinct", low):
        return Operation("distinct", "who" if found[1] in _PEOPLE else "what")
    if _found("times", low):
        return Operation("count")
    if (listed := _found("listed", low)) and _takes_things(listed["verb"]):
        return Operation("list", "what", listed["verb"])
    ordinal = _found("ordinal", low)
    if ordinal and plan.kind == "when":
        return Operation("first" if ordinal[1] in ("first", "earliest") else "last")
    return None


def _found(name: str, text: str, language: Language = _ENGLISH) -> re.Match[str] | None:
    return language.pattern("counting", f"operators.{name}").search(text)


def _takes_things(verb: str) -> bool:
    """Whether a verb is of activities of which things are told: what was eaten, bought."""
    known = catalogue()
    activities = (
        known.activity(p.activity) for p in known.phrases.get(known.base(verb), ()) if p.activity
    )
    return any(one.things or COUNTS_THINGS & set(one.groups) for one in activities)


def _superlative(low: str) -> Operation | None:
    if not _found("most", low) or _found("recent", low):
        return None
    if period := _found("period", low):
        of: Of = period[1] if period[1] in ("year", "month") else "day"  # type: ignore[assignment]
        return Operation("argmax", of)
    if _found("person", low):
        return Operation("argmax", "who")
    return Operation("argmax", "what") if _found("thing", low) else None


def _in_chinese(query: str) -> Operation | None:
    """The operation of a Chinese question: 几次, 多久, 第一次."""
    text = query.rstrip(" ?\uff1f。!\uff01呢啊呀")
    if _found("uncounted", text, _CHINESE):
        return None
    if _found("since", text, _CHINESE):
        return Operation("last")
    if length := _found("length", text, _CHINESE):
        hours = (length["unit"] or length["few"] or "") in ("小时", "钟头")
        return Operation("sum", unit="hours" if hours else "minutes")
    if _found("times", text, _CHINESE):
        return Operation("count")
    if amount := _found("amount", text, _CHINESE):
        return Operation("count", unit=amount["unit"])
    if _found("first", text, _CHINESE):
        return Operation("first")
    return Operation("last") if _found("last", text, _CHINESE) else None
