"""The results of one retrieval round, and what may be made of them."""

from __future__ import annotations

from dataclasses import dataclass

from egorag.evidence.scoring import Scored
from egorag.evidence.support import SupportVerdict
from egorag.evidence.units import Unit
from memory.types.core import Evidence


@dataclass(frozen=True, slots=True)
class Findings:
    """What one round of retrieval found, and whether it supports an answer."""

    evidence: tuple[Evidence, ...]
    units: tuple[Unit, ...]
    scored: tuple[Scored, ...]
    verdict: SupportVerdict


def confidence(found: Findings, sure: float | None) -> float:
    """0..1 from the words met, the best unit, and a judging model's probability of yes."""
    top = min(1.0, found.scored[0].score)
    words = 0.4 + 0.4 * found.verdict.coverage + 0.2 * top
    return min(0.99, words if sure is None else words * (0.5 + 0.5 * sure))
