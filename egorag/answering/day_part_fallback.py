"""Widen a part of a day without recordings to the day, if lines of that day describe it.

A diary read in at eight in the morning says "in the early evening": the words tell when it was,
the moment of the recording does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from egogpt.text.tokens import STOP_WORDS, tokens
from egorag.question.plan import Plan
from memory.store.view import View

_PART = re.compile(
    r"\b(?:(?:early|late|mid)[ -]?(?:in the )?)?"
    r"(?:morning|afternoon|evening|night|midday|noon|lunch(?:time)?|dinner(?:time)?|breakfast)\b",
    re.IGNORECASE,
)


def widen_to_day_if_described(view: View, plan: Plan) -> Iterator[Plan]:
    """Handler: a plan that asks the whole day for what is told of the part that it names."""
    time = plan.time
    if time is None:
        return
    named = _PART.search(time.text)
    if named is None or view.coverage(time.span).indexed:
        return
    first = plan.local.local(time.span.start).date()
    day = plan.local.days(first, first + timedelta(days=1))
    if not view.search_text([named[0]], "clip", day, limit=1):
        return
    added = [t.word for t in tokens(named[0]) if t.word not in STOP_WORDS]
    yield replace(
        plan,
        query=f"{plan.query.rstrip('?. ')} in the {named[0].lower()}?",
        terms=tuple(dict.fromkeys((*plan.terms, *added))),
        time=replace(time, span=day, exact=True),
    )
