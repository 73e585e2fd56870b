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
    asker = {word for name in view.wearer_names() for word in words_of(name)}
    things = [word for word in plan.required if word not in plan.names]

    def bears(unit: Unit) -> bool:
        if asker & set(words_of(unit.what)):
            return True
        return bool(matched_terms(things, unit.words)) and not _is_theirs(unit)

    moments = {unit.clip_id for unit in units if unit.wearer and bears(unit)}
    return [
        unit
        for unit in units
        if not unit.wearer or (unit.clip_id in moments and not _is_theirs(unit))
    ]


def _is_theirs(unit: Unit) -> bool:
    """Whether it speaks of what belongs to whoever says it."""
    return f"{unit.wearer}'s " in unit.what or _OWN.search(unit.what) is not None
