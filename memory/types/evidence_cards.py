"""The moments that come closest to a question, shown before an answer is written."""

from __future__ import annotations

from dataclasses import dataclass

from memory.types.core import Citation


@dataclass(frozen=True, slots=True)
class EvidenceCard:
    """A moment with a quote of it, and how well its clip was retrieved (0..1, of the best)."""

    citation: Citation
    score: float


@dataclass(frozen=True, slots=True)
class EvidenceCards:
    """What the first retrieval brings, best first; whether it answers is not judged yet."""

    cards: tuple[EvidenceCard, ...]
