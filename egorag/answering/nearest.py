"""Pick the nearest evidence of a round, and what a language model may read."""

from __future__ import annotations

from dataclasses import replace

from egorag.evidence.findings import Findings
from egorag.evidence.modality import modalities_asked
from egorag.generation.extractive import extractive_answer
from egorag.question.plan import Plan
from egorag.wording.draft import Draft
from egorag.wording.hearsay import only_spoken_of


def nearest(plan: Plan, found: Findings) -> list[Draft]:
    """What comes nearest to an answer, said to be no more than that."""
    best = extractive_answer(plan, found.scored, found.units, ())[:1]
    return [replace(draft, text=f"The nearest: {draft.text}") for draft in best]


def suits_model(plan: Plan, found: Findings) -> bool:
    """Whether a model words this better than the rules: of what was told, but not of what was seen.

    When something was seen, where and how often is for the rules to tell, to the second.
    """
    if plan.about_anything or only_spoken_of(plan, found.scored):
        return False
    best = found.scored[0].unit
    if plan.kind in ("when", "count", "how_long") or plan.order:
        return best.kind == "speech" and "speech" not in modalities_asked(plan.query)
    return plan.kind != "where" or best.kind not in ("object", "tag", "hand")
