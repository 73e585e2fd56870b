"""Moments of others that bear on a question about whoever asks: "where did I leave my keys?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from egogpt.text.tokens import words_of
from egorag.across.third_person import asks_of_self
from egorag.evidence.units import Unit
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms
from memory.store.view import View

_OWN = re.compile(r"\b(?:my|our|mein\w*|unser\w*)\b|我", re.IGNORECASE)


def bearing_on_asker(view: View, plan: Plan, units: Sequence[Unit]) -> list[Unit]:
    """The units without those of others that the question is not about.

    Asked about oneself, a moment of another camera counts where something in it speaks of the asker
    by name, or of the thing that is asked about, unless as somebody else's own.
    """
    if not asks_of_self(plan.query) or not any(unit.wearer for unit in units):
        return list(units)
    names = view.wearer_names()
    things = [word for word in plan.required if word not in plan.names]
    others = [unit for unit in units if unit.wearer]
    of_asker = {unit for unit in others if any(_speaks_of(name, unit) for name in names)}
    free = {unit for unit in others if not _is_theirs(unit)}
    bearing = of_asker | {unit for unit in free if matched_terms(things, unit.words)}
    moments = {unit.clip_id for unit in bearing}
    beside = {unit for unit in free if unit.clip_id in moments}
    return [unit for unit in units if not unit.wearer or unit in bearing | beside]


def _speaks_of(name: str, unit: Unit) -> bool:
    """Whether somebody is named in it; Chinese is written without blanks."""
    if name.isascii():
        return bool(name) and set(words_of(name)) <= set(words_of(unit.what))
    return name in unit.what


def _is_theirs(unit: Unit) -> bool:
    """Whether it speaks of what belongs to whoever says it."""
    return f"{unit.wearer}'s " in unit.what or _OWN.search(unit.what) is not None
