"""Before and after: what is asked for stands beside what is named, not where it is named.

"What did I do after parking the car?" names the parking; the answer is what comes next in time. So
the named event is searched for, and its neighbours in that direction are what is found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from egogpt.text.tokens import content_words
from egorag.question.plan import A_DAY, Plan
from egorag.ranking.bm25 import Scores
from memory.types.core import Memory

_NAMED = re.compile(
    r"\b(?P<side>before|after|since|until) (?P<event>(?!that\b|this\b|then\b|it\b)[^?.!,]+)",
    re.IGNORECASE,
)
_NEXT, _SECOND, _ITSELF = 1.0, 0.7, 0.5
_ONE_DAY = 90_000.0  # seconds: 25 hours, the longest day
_APART = 7200.0  # seconds: what comes later than that is no neighbour


Side: TypeAlias = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class AnchorEvent:
    """The event that a question names, as a plan to search for, and which side of it is asked."""

    plan: Plan
    side: Side


def find_anchor(plan: Plan) -> AnchorEvent | None:
    """The event before or after which something is asked for; None where no event is named.

    The plan's query holds no words of time any more: "after 6 o'clock" is no event. What others did
    after something is mostly told, and told in one breath with it, not in what was said next.
    """
    named = _NAMED.search(plan.query)
    if named is None or plan.of_another:
        return None
    event = named["event"].strip()
    terms = tuple(content_words(event))
    required = tuple(word for word in plan.required if word in terms)
    if not terms or not required:
        return None
    side: Side = "before" if named["side"].lower() in ("before", "until") else "after"
    time = plan.time and replace(plan.time, text="")  # what stands beside the event lies in it, too
    asked = replace(plan, query=event, terms=terms, required=required, head=required[-1], time=time)
    return AnchorEvent(asked, side)


def within_named(plan: Plan) -> Plan:
    """The plan; where it names an event and its day or hours, these filter what is searched.

    Both the event and what stands beside it lie in the time that the person named.
    """
    time = plan.time
    if time is None or time.anchor is None or not time.text or time.span.duration > _ONE_DAY:
        return plan
    if plan.of_another and time.span.duration >= A_DAY:  # told on other days, too
        return plan
    return replace(plan, time=replace(time, exact=True))


def beside(anchored: Scores, memories: Sequence[Memory], side: Side) -> Scores:
    """How well each memory stands next to the event, from how well each speaks of the event.

    ``memories`` are in order of time. One that speaks of the event itself counts less: where the
    event goes on over several, what is asked for is behind the last.
    """
    starts = np.array([memory.span.start for memory in memories])
    scores = np.zeros(len(memories))
    for step, weight in ((1, _NEXT), (2, _SECOND)):
        moved = np.zeros(len(memories))
        if len(memories) > step:
            near = starts[step:] - starts[:-step] <= _APART
            if side == "after":
                moved[step:] = np.where(near, anchored[:-step], 0.0)
            else:
                moved[:-step] = np.where(near, anchored[step:], 0.0)
        scores = np.maximum(scores, weight * moved)
    return np.maximum(0.0, scores - _ITSELF * anchored)
