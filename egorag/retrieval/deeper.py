"""Searching deeper: what the usual strategy finds, and what rounds of further questions find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from egogpt.protocols.text_embedder import Embedder
from egorag.question.plan import Plan
from egorag.retrieval.protocol import Retriever, StepwiseRetriever
from memory.store.view import View
from memory.types.core import Evidence


class DeeperRetriever(StepwiseRetriever):
    """Two strategies as one; all that the usual one finds is kept, and up to ``limit`` added."""

    name = "deeper"

    def __init__(self, usual: Retriever, rounds: StepwiseRetriever) -> None:
        self._usual, self._rounds = usual, rounds

    def retrieve_steps(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> tuple[list[Evidence], tuple[str, ...]]:
        """See `StepwiseRetriever.retrieve_steps`."""
        usual = self._usual.retrieve(view, plan, embedder, limit)
        further, steps = self._rounds.retrieve_steps(view, plan, embedder, limit)
        return _merged_by_rank(usual, further), steps


def _merged_by_rank(usual: Sequence[Evidence], further: Sequence[Evidence]) -> list[Evidence]:
    """Both, best first: what is found further scores as what the usual strategy has at its rank."""
    scores = [item.score for item in usual] or [item.score for item in further]
    found = {item.memory.id: item for item in usual}
    for rank, item in enumerate(further):
        score = scores[min(rank, len(scores) - 1)]
        known = found.get(item.memory.id)
        if known is None or score > known.score:
            found[item.memory.id] = replace(item, score=score)
    return sorted(found.values(), key=lambda item: -item.score)
