"""What is to be done with the events that a question means: count, add up, find the most."""

from __future__ import annotations

import re

from egogpt.extraction.quantities import unit_asked
from egogpt.text.chinese_text import mostly_chinese
from egorag.aggregation.chinese_operators import chinese_operation
from egorag.aggregation.operation import Of, Operation, Operator
from egorag.question.plan import Plan

_PERIOD = r"(year|month|week|day of the week|weekday|day|date)"
_MOST = r"\b(?:most|least|fewest|favou?rite|more often than|top)\b"
_PER = re.compile(r"\b(?:an?|per|each|every) (day|week|month|year)\b|\b(dai|week|month|year)ly\b")
_DISTINCT = re.compile(
    r"\bhow many (?:different |distinct |various )?(places|sights|cities|towns|countries"
    r"|restaurants|people|persons|friends|dishes|(?:kinds|types|sorts) of \w+)\b"
)
_KINDS = re.compile(
    r"\b(?:what|which)(?: kinds? of| sorts? of)? (?:exercises?|sports?|hobb(?:y|ies))\b"
)
_ORDINAL = re.compile(
    r"\b(first|earliest|last|latest|most recently|most recent)\b(?! (?:name|few|of all))"
)


def operation_of(plan: Plan) -> Operation | None:
    """What a question asks to be done with its events, None where it asks for none of it."""
    if mostly_chinese(plan.text):
        return chinese_operation(plan.query)
    low = plan.query.lower().replace("’", "'")
    length = re.search(r"\bhow (?:many|much) (minutes|hours|time)\b", low)
    unit = (length[1] if length else "") or ("time" if plan.kind == "how_long" else "")
    asked = _superlative(low)
    if asked is not None:
        return asked
    per = _PER.search(low)
    if "average" in low or (per and (unit or re.search(r"\bhow (?:often|many times)\b", low))):
        period = (per[1] or {"dai": "day"}.get(per[2], per[2])) if per else "day"
        return Operation("average", per=period, unit=unit)
    if unit:
        return Operation("sum", unit="hours" if unit == "hours" else "minutes")
    if amount := unit_asked(low):
        return Operation("sum", unit=amount)
    if re.search(r"\bhow many days\b", low):
        return Operation("days", "day")
    if re.search(r"\bon (?:which|what) days\b", low):
        return Operation("list", "day")
    if found := _DISTINCT.search(low):
        return Operation("distinct", _of_noun(found[1]))
    if re.search(r"\b(?:how many|how often|how frequently|number of times)\b", low):
        return Operation("count")
    ordinal = _ORDINAL.search(low)
    if ordinal and plan.kind == "when":
        return Operation("first" if ordinal[1] in ("first", "earliest") else "last")
    if _KINDS.search(low):
        return Operation("list", "what")
    return None


def _superlative(low: str) -> Operation | None:
    if not re.search(_MOST, low) or re.search(r"\bmost recent", low):
        return None
    op: Operator = "argmin" if re.search(r"\b(?:least|fewest)\b", low) else "argmax"
    if period := re.search(rf"\b(?:which|what) {_PERIOD}\b", low):
        name = period[1]
        of: Of = "weekday" if "week" in name and name != "week" else "day"
        if name in ("year", "month", "week"):
            of = name  # type: ignore[assignment]
        return Operation(op, of)
    if re.search(r"\b(?:who|whom)\b|\b(?:which|what) (?:person|friend|people)\b", low):
        return Operation(op, "who")
    if re.search(r"\bwhere\b|\b(?:which|what) (?:place|city|country|restaurant|room)\b", low):
        return Operation(op, "where")
    if re.search(r"\b(?:what|which|favou?rite)\b", low):
        return Operation(op, "what")
    return None


def _of_noun(noun: str) -> Of:
    if noun in ("people", "persons", "friends"):
        return "who"
    return "what"
