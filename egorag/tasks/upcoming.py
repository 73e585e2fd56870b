"""What is planned for a day that has not come: what was said of it so far, the latest first.

"What are we doing tomorrow?" names a time of which there is no recording; the answer, if any, was
said before, in words ("tomorrow", "on Friday") that meant that day when they were said.
"""

from __future__ import annotations

from collections.abc import Iterator

from egogpt.text.tokens import LIGHT_WORDS
from egorag.evidence.units import Unit, clip_units
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from egorag.wording.draft import Draft
from egorag.wording.units_text import statement
from memory.store.view import View
from memory.types.core import Span

_BACK = 28 * 86_400.0  # seconds in which plans for a day are looked for
_CLIPS, _SHOWN = 200, 5
_PAST = frozenset({"last", "was", "were", "did", "ago"})
_SAID = ("tomorrow", "tonight", "weekend", "next", "later", "afternoon", "evening", "morning")


def ahead_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: what was said of the time that the question names, which has not begun."""
    if plan.time is None:
        return []
    wanted = [word for word in plan.required if word not in LIGHT_WORDS]
    found = [unit for unit in _said_of_it(view, plan, plan.time.span) if _about(unit, wanted)]
    latest = sorted(found, key=lambda unit: -unit.span.start)[:_SHOWN]
    return [Draft(statement([unit], plan), (unit.citation(),)) for unit in latest]


def _about(unit: Unit, wanted: list[str]) -> bool:
    return not wanted or bool(matched_terms(wanted, unit.words))


def _said_of_it(view: View, plan: Plan, day: Span) -> Iterator[Unit]:
    """What was said, or told, of the time; each moment once."""
    named = f"{plan.local.local(day.start):%A %B}".lower().split()
    words = {*_SAID, *named}
    lately = Span(view.asked_at - _BACK, view.asked_at)
    for memory in view.by_id(view.search_text(sorted(words), "clip", lately, _CLIPS)):
        for unit in clip_units(view, memory):
            told = unit.kind in ("speech", "caption") and words.intersection(unit.words)
            if told and _means(unit, plan.local, day):
                yield unit


def _means(unit: Unit, local: LocalTime, day: Span) -> bool:
    """Whether the words, on the day when they were said, named a time in the one asked about."""
    if _PAST.intersection(unit.words):
        return False
    named = find_time(unit.what, LocalTime(unit.span.start, local.zone), "future")
    return named is not None and named.span.overlaps(day) and named.span.start >= unit.span.start
