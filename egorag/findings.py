"""What one round of retrieval found, and what may be made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from egorag.dates import names_a_day
from egorag.draft import Draft
from egorag.evidence import Scored
from egorag.extractive import extractive_answer
from egorag.plan import Plan
from egorag.support import Verdict
from egorag.units import Unit
from memory.types import Evidence

_READ_BY_MODEL = 6  # best units that a model reads, each with what was said around it


@dataclass(frozen=True, slots=True)
class Findings:
    """What one round of retrieval found, and whether it supports an answer."""

    evidence: tuple[Evidence, ...]
    units: tuple[Unit, ...]
    scored: tuple[Scored, ...]
    verdict: Verdict


def anchors(plan: Plan, found: Findings) -> list[Scored]:
    """The best units that speak of the head of the question: what a model may rest its words on."""
    best = [item for item in found.scored if not plan.head or plan.head in item.met]
    return [item for item in best if item.score >= 0.5 * best[0].score][:_READ_BY_MODEL]


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
    """Whether a model words this better than the rules: moments and counts are the rules' part."""
    if plan.kind in ("count", "how_long") or plan.order or plan.about_anything:
        return False
    best = found.scored[0].unit
    if plan.kind == "where" and best.kind in ("object", "tag", "hand"):
        return False  # where a thing was seen is for the person to see: no words tell it
    if plan.kind != "when":
        return True
    return best.kind in ("speech", "caption") and names_a_day(best.what)
