"""Answer "When is my next dentist appointment?" by the nearest coming date that was spoken of."""

from __future__ import annotations

import re

from egogpt.text.stemmer import stem
from egogpt.text.tokens import STOP_WORDS, words_of
from egorag.evidence.units import Unit, clip_units
from egorag.question.plan import Plan
from egorag.tasks.due_dates import Due, due_of
from egorag.wording.draft import Draft
from egorag.wording.units_text import capital, inside, statement
from memory.store.view import View

_NEXT = re.compile(
    r"^(?:when|what|which|at what time|on (?:what|which) day)(?:'s| is| are| do| does| will| have)?"
    r"\b.*\bnext (?P<thing>[^?]+?)[?. ]*$",
    re.IGNORECASE,
)
_GENERIC = frozenset("appointment date meeting visit time check checkup".split())
_READ = 200
_SHOWN = 2


def next_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: the nearest coming date of the thing, with what was said; empty: none is known."""
    match = _NEXT.match(plan.query)
    words = [w for w in words_of(match["thing"]) if w not in STOP_WORDS] if match else []
    wanted = {stem(word) for word in words if word not in _GENERIC} or {stem(w) for w in words}
    coming = [
        (due, unit)
        for unit in _speaking_of(view, words)
        if wanted <= {stem(word) for word in unit.words}
        and (due := due_of(unit.what, unit.span.start, plan.local)) is not None
        and due.span.end > view.asked_at
    ]
    nearest = sorted(coming, key=lambda pair: (pair[0].span.start, -pair[1].span.start))
    return [_draft(due, unit, plan) for due, unit in nearest[:_SHOWN]]


def _speaking_of(view: View, words: list[str]) -> list[Unit]:
    memories = view.by_id(view.search_text(words, "clip", None, _READ))
    units = [unit for memory in memories for unit in clip_units(view, memory)]
    return [unit for unit in units if unit.kind in ("speech", "caption")]


def _draft(due: Due, unit: Unit, plan: Plan) -> Draft:
    said = inside(statement([unit], plan))
    text = plan.language.say("next", when=due.words(plan.local, plan.language), said=said)
    return Draft(capital(text), (unit.citation(),))
