"""Confidence of an answer (0..1) by its handler and findings; computed nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from egorag.evidence.findings import Findings

# Handlers that read rows. Chosen by hand, not measured.
_BY_HANDLER: Mapping[str, float] = MappingProxyType(
    {
        "todo": 0.6,
        "upcoming": 0.7,
        "day_summary": 0.8,
        "last_seen": 0.85,
        "first_or_last": 0.85,
        "usual": 0.85,
        "aggregation": 0.9,
        "who_was_there": 0.8,
        "object_location": 0.85,
    }
)
_UNLISTED = 0.7


def of_rows(handler: str) -> float:
    """Confidence in what a handler read off rows; a middling value for one that is not listed."""
    return _BY_HANDLER.get(handler, _UNLISTED)


def of_choice(shares: Sequence[float]) -> float:
    """The share of the option that is chosen: the largest."""
    return max(shares)


def of_findings(findings: Findings) -> float:
    """The probability that a judge gives; where none has read them, from the words that are met."""
    if findings.read:
        return min(0.99, findings.verdict.coverage)
    return min(0.99, 0.4 + 0.4 * findings.verdict.coverage + 0.2 * findings.scored[0].score)


def of_abstention(findings: Findings | None) -> float:
    """That there is no answer: by the judge, or the lower, the more words the evidence meets."""
    if findings is not None and findings.read:
        return 1 - findings.verdict.coverage
    return 1 - 0.5 * (findings.verdict.coverage if findings else 0.0)
