"""Duties of somebody else: what they took on themselves comes before what they were told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from egogpt.text.tokens import fold
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit
from egorag.question.plan import Plan
from egorag.tasks.commitments import commitments


def duties_first(plan: Plan, scored: Sequence[Scored]) -> list[Scored]:
    """The statements, best first; of what somebody "has to do", first those in which they say so.

    "You should try the new bakery, Alice" is advice, "I have to send the report" a duty.
    """
    owed = plan.language.table("question")["owed"]
    if len(plan.names) != 1 or not plan.of_another or not re.search(owed, plan.query.lower()):
        return list(scored)
    own = [item for item in scored if _takes_on(plan.names[0], item.unit)]
    rest = [item for item in scored if item not in own]
    return [*(replace(item, score=scored[0].score) for item in own), *rest]


def _takes_on(name: str, unit: Unit) -> bool:
    """Whether somebody commits themselves in it, or is told of as having done so."""
    if fold(unit.speaker) == name:
        told = unit.what
    elif not unit.speaker:
        told = re.sub(rf"\b{re.escape(name)} has\b", "I have", unit.what, flags=re.IGNORECASE)
        told = re.sub(rf"\b{re.escape(name)}\b(?!['’])", "I", told, flags=re.IGNORECASE)
    else:
        return False
    return any(commitment.by == "own" for commitment in commitments(told))
