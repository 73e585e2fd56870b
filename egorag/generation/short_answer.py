"""The words that answer, in front of the quotation that they are taken from."""

from __future__ import annotations

from egogpt.text.directives import looks_like_instruction, sanitize
from egorag.evidence.findings import Findings
from egorag.generation.hearsay import Hearsay
from egorag.question.plan import Plan
from egorag.wording.draft import Draft
from egorag.wording.units_text import capital

SURE = 0.4  # from here on, three in four of the words picked are right on folds


def short_answer(plan: Plan, findings: Findings) -> list[Draft]:
    """One draft, or none where the words are not sure or the question wants no words."""
    judgement = findings.judgement
    if judgement is None or judgement.short is None or plan.kind in ("yes_no", "summarise", "todo"):
        return []
    if not findings.scored or judgement.short.probability < SURE:
        return []
    unit, text = findings.scored[0].unit, sanitize(judgement.short.text).strip(" ,;:.!?\"'")
    # Orders and what could be read are quoted, never the assistant's own words.
    stated = Hearsay(findings.units, plan.local).stated(unit) if unit.kind == "speech" else ""
    if not text or text not in stated or text == unit.what.strip(" .!?"):
        return []
    if looks_like_instruction(text) or looks_like_instruction(unit.what):
        return []
    return [Draft(f"{capital(text)}.", (unit.citation(),))]
