"""What one round of retrieval found, and what may be made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from egorag.channels import channel_of
from egorag.draft import Draft
from egorag.evidence import Scored
from egorag.extractive import extractive_answer
from egorag.plan import Plan
from egorag.spoken_of import only_spoken_of
from egorag.support import Verdict
from egorag.units import Unit
from memory.types import Evidence


@dataclass(frozen=True, slots=True)
class Findings:
    """What one round of retrieval found, and whether it supports an answer."""

    evidence: tuple[Evidence, ...]
    units: tuple[Unit, ...]
    scored: tuple[Scored, ...]
    verdict: Verdict


def nearest(plan: Plan, found: Findings) -> list[Draft]:
    """What comes nearest to an answer, said to be no more than that."""
    best = extractive_answer(plan, found.scored, found.units, ())[:1]
    return [replace(draft, text=f"The nearest: {draft.text}") for draft in best]


def confidence(found: Findings, sure: float | None) -> float:
    """0..1 from the words met, the best unit, and a judging model's probability of yes."""
    top = min(1.0, found.scored[0].score)
    words = 0.4 + 0.4 * found.verdict.coverage + 0.2 * top
    return min(0.99, words if sure is None else words * (0.5 + 0.5 * sure))


def suits_model(plan: Plan, found: Findings) -> bool:
    """Whether a model words this better than the rules: of what was told, but not of what was seen.

    When something was seen, where and how often is for the rules to tell, to the second.
    """
    if plan.about_anything or only_spoken_of(plan, found.scored):
        return False
    best = found.scored[0].unit
    if plan.kind in ("when", "count", "how_long") or plan.order:
        return best.kind == "speech" and "speech" not in channel_of(plan.query)
    return plan.kind != "where" or best.kind not in ("object", "tag", "hand")
