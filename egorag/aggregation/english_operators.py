"""What is to be done with the events that a question means: count, add up, find the most."""

from __future__ import annotations

import re

from egogpt.extraction.english_activities import catalogue
from egogpt.extraction.quantities import unit_asked
from egogpt.text.chinese_text import mostly_chinese
from egorag.aggregation.chinese_operators import chinese_operation
from egorag.aggregation.operation import COUNTS_THINGS, Of, Operation
from egorag.question.plan import Plan

_PERIOD = r"(year|month|day|date)"
_MOST = r"\b(?:most|favou?rite|top)\b"
# Means, days and the rarest are not counted: such questions are searched for.
_UNCOUNTED = re.compile(
    r"\b(?:average|least|fewest|how many days|(?:an?|per|each|every) (?:day|week|month|year)"
    r"|(?:dai|week|month|year)ly)\b"
)
_DISTINCT = re.compile(
    r"\bhow many (?:different |distinct |various )?(places|sights|cities|towns|countries"
    r"|restaurants|people|persons|friends|dishes|(?:kinds|types|sorts) of \w+)\b"
)
_ORDINAL = re.compile(
    r"\b(first|earliest|last|latest|most recently|most recent)\b(?! (?:name|few|of all))"
)
_MINE = re.compile(r"\b(?:i|we|me|my|our|us|mine)\b")
_LISTED = re.compile(
    r"^what (?:else |all )?(?:did|have|has|had) (?:my )?\w+ (?:all |already |just )?(?P<verb>\w+)"
)


def operation_of(plan: Plan) -> Operation | None:
    """What a question asks to be done with its events, None where it asks for none of it."""
    if mostly_chinese(plan.text):
        return chinese_operation(plan.query)
    low = plan.query.lower().replace("’", "'")
    if _UNCOUNTED.search(low):
        return None
    length = re.search(r"\bhow (?:many|much) (minutes|hours|time)\b", low)
    somebody = bool(plan.names) or _MINE.search(low)  # "how long is the bus" is of no deed
    unit = (length[1] if length else "") or ("time" if plan.kind == "how_long" and somebody else "")
    asked = _superlative(low)
    if asked is not None:
        return asked
    if unit:
        return Operation("sum", unit="hours" if unit == "hours" else "minutes")
    if amount := unit_asked(low):
        return Operation("sum", unit=amount)
    if found := _DISTINCT.search(low):
        return Operation("distinct", _of_noun(found[1]))
    if re.search(r"\b(?:how many|how often|how frequently|number of times)\b", low):
        return Operation("count")
    if (listed := _LISTED.search(low)) and _takes_things(listed["verb"]):
        return Operation("list", "what", listed["verb"])
    ordinal = _ORDINAL.search(low)
    if ordinal and plan.kind == "when":
        return Operation("first" if ordinal[1] in ("first", "earliest") else "last")
    return None


def _takes_things(verb: str) -> bool:
    """Whether a verb is of activities of which things are told: what was eaten, bought."""
    known = catalogue()
    activities = (
        known.activity(p.activity) for p in known.phrases.get(known.base(verb), ()) if p.activity
    )
    return any(one.things or COUNTS_THINGS & set(one.groups) for one in activities)


def _superlative(low: str) -> Operation | None:
    if not re.search(_MOST, low) or re.search(r"\bmost recent", low):
        return None
    if period := re.search(rf"\b(?:which|what) {_PERIOD}\b", low):
        of: Of = period[1] if period[1] in ("year", "month") else "day"  # type: ignore[assignment]
        return Operation("argmax", of)
    if re.search(r"\b(?:who|whom)\b|\b(?:which|what) (?:person|friend|people)\b", low):
        return Operation("argmax", "who")
    if re.search(r"\b(?:what|which|favou?rite)\b", low):
        return Operation("argmax", "what")
    return None


def _of_noun(noun: str) -> Of:
    if noun in ("people", "persons", "friends"):
        return "who"
    return "what"
