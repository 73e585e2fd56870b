"""Days and hours as they can be known when asked: their clips, and how much they speak of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores, min_max
from memory.store.view import View
from memory.types.core import Level, Memory, Span

SEARCHED = 200  # summaries of a level


@dataclass(frozen=True, slots=True)
class Period:
    """A summary, and how much it speaks of the question: 0..1."""

    summary: Memory
    score: float

    @property
    def span(self) -> Span:
        """The time that it is about."""
        return self.summary.span


def periods(
    view: View,
    plan: Plan,
    embedder: Embedder | None,
    level: Level,
    terms: Sequence[str],
) -> list[Period]:
    """The summaries of a level that speak of the question, most first.

    A summary can be known only once all of it has ended: today's is not there yet.
    """
    inside = plan.exact_span
    words = view.search_text(terms, level, inside, SEARCHED) if terms else {}
    meaning: dict[int, float] = {}
    if embedder is not None:
        vector = embedder.embed_query(plan.query)
        meaning = view.search_vectors(vector, embedder.name, level, inside, SEARCHED)
    candidates = [
        m for m in map(view.memory, sorted(words.keys() | meaning.keys())) if m is not None
    ]
    floor = min(meaning.values(), default=0.0)
    scores = 0.5 * min_max(np.array([words.get(m.id, 0.0) for m in candidates]), 0.0)
    if meaning:
        scores = scores + 0.5 * min_max(np.array([meaning.get(m.id, floor) for m in candidates]))
    scored = [
        Period(m, round(float(score), 9)) for m, score in zip(candidates, scores, strict=True)
    ]
    return sorted(scored, key=lambda period: (-period.score, period.span.start))


def about(memories: Sequence[Memory], scored_periods: Sequence[Period]) -> Scores:
    """For each memory the score of the best period in which it begins; 0 outside of all."""
    scores = np.zeros(len(memories))
    starts = np.array([memory.span.start for memory in memories])
    for period in scored_periods:
        inside = (starts >= period.span.start) & (starts < period.span.end)
        scores[inside] = np.maximum(scores[inside], period.score)
    return scores
