"""The results of one retrieval round, and what may be made of them."""

from __future__ import annotations

from dataclasses import dataclass

from egorag.answerability.judge import AnswerJudgement
from egorag.evidence.scoring import Scored
from egorag.evidence.support import SupportVerdict
from egorag.evidence.units import Unit
from memory.types.core import Evidence


@dataclass(frozen=True, slots=True)
class Findings:
    """What one round of retrieval found, and whether it supports an answer.

    ``steps`` are the sub-questions that the strategy searched; None of one that makes none.
    """

    evidence: tuple[Evidence, ...]
    units: tuple[Unit, ...]
    scored: tuple[Scored, ...]
    verdict: SupportVerdict
    judgement: AnswerJudgement | None = None
    steps: tuple[str, ...] | None = None

    @property
    def read(self) -> bool:
        """Whether the verdict is that of a judge who has read the sentences, not of sights."""
        return self.judgement is not None and bool(self.verdict.words)
