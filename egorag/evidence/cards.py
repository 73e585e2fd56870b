"""Evidence cards: the best clips of a retrieval, each by the words of it that fit best."""

from __future__ import annotations

from egorag.evidence.findings import Findings
from egorag.evidence.units import Unit
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms
from memory.types.evidence_cards import EvidenceCard, EvidenceCards

MOST = 5


def evidence_cards(plan: Plan, findings: Findings) -> EvidenceCards:
    """The best clips of a retrieval that nothing has judged yet; no model runs for them."""
    units: dict[str, list[Unit]] = {}
    for unit in findings.units:
        units.setdefault(unit.clip_id, []).append(unit)
    clips = [item for item in findings.evidence if item.memory.clip_id in units][:MOST]
    best = max((item.score for item in clips), default=0.0) or 1.0

    def fit(unit: Unit) -> tuple[int, bool]:
        return len(matched_terms(plan.terms, unit.words)), unit.kind == "speech"

    return EvidenceCards(
        tuple(
            EvidenceCard(
                max(units[item.memory.clip_id], key=fit).citation(), round(item.score / best, 3)
            )
            for item in clips
        )
    )
