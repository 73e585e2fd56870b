"""Several questions asked of one life at once, and what each finds laid over one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores
from egorag.retrieval.components.pool import Pool, asking, draw_candidates
from memory.store.view import View
from memory.types.core import Memory


@dataclass(frozen=True, slots=True)
class Union:
    """All clips that any question found, in order of time, and each question's scores, 0..1.

    The first row of ``scores`` (questions, clips) is that of the question itself.
    """

    pool: Pool
    scores: Scores


def ask_also(
    view: View, plan: Plan, embedder: Embedder | None, further: Sequence[str], most: int
) -> list[Pool]:
    """What each further text finds within the plan, at most ``most`` clips by each channel."""
    return [draw_candidates(view, asking(plan, text), embedder, most=most) for text in further]


def merge_pools(pools: Sequence[Pool]) -> Union:
    """The pools of several questions as one; the first is that of the question itself."""
    by_id: dict[int, Memory] = {memory.id: memory for pool in pools for memory in pool.memories}
    memories = sorted(by_id.values(), key=lambda memory: (memory.span.start, memory.id))
    at = {memory.id: number for number, memory in enumerate(memories)}
    scores = np.zeros((len(pools), len(memories)))
    laid = np.zeros((3, len(memories)))
    for row, pool in enumerate(pools):
        places = [at[memory.id] for memory in pool.memories]
        scores[row, places] = pool.base
        laid[2, places] = pool.time
        if row == 0:
            laid[0, places], laid[1, places] = pool.words, pool.meaning
    by_meaning = any(pool.by_meaning for pool in pools)
    # What a further question found by words counts as found, too.
    words = np.maximum(laid[0], 0 if by_meaning else scores.max(axis=0, initial=0.0))
    return Union(Pool(tuple(memories), words, laid[1], laid[2], by_meaning, False), scores)
