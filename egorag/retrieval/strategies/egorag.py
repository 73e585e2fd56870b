"""EgoRAG as published: one day, then one hour of it, then the clips of that hour.

Source: "EgoLife" (CVPR 2025), section 4.2. Kept: the single branch, and the other path for "the
last time". GPT-4 as the router becomes the mean of what a day's (an hour's) clips say of the
question and of what its summary says; a chat model may choose instead. A wrong day cannot be made
good: that is the design, kept here to be compared with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from egogpt.protocols.chat import Chat
from egogpt.protocols.text_embedder import Embedder
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores, group_means, min_max
from egorag.retrieval.components.llm_calls import envelope, lines_from
from egorag.retrieval.components.periods import Period, about, periods
from egorag.retrieval.components.pool import Pool, draw_candidates, rank
from memory.store.view import View
from memory.types.core import Evidence, Level, Memory

_LAST_TIME = 50  # clips among which the last (or first) time is looked for
_SPEAKS = 0.5  # share of the best score from which a clip counts as one of the times
_SHOWN = 20  # periods that a model chooses from


class EgoRagRetriever:
    """Day, hour, clips; see the module."""

    name = "egorag"

    def __init__(self, chat: Chat | None = None) -> None:
        self._chat = chat

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        pool = draw_candidates(view, plan, embedder, whole=True)
        if not pool.memories or not pool.has_matches:
            return rank(plan, pool, {"base": pool.base}, limit)
        if plan.order:
            return _times(plan, pool, limit)
        days = [plan.local.local(m.span.start).date() for m in pool.memories]
        hours = [int(m.span.start // 3600) for m in pool.memories]
        inside = np.ones(len(pool.memories), bool)
        levels: tuple[tuple[Level, Sequence[object]], ...] = (("day", days), ("hour", hours))
        for level, keys in levels:
            scored_periods = periods(view, plan, embedder, level, pool.terms)
            scores = np.where(inside, route_scores(pool, keys, scored_periods), -1.0)
            best = self._chosen(plan, view, level, pool, scores)
            inside &= np.array([key == keys[best] for key in keys])
        return rank(plan, pool, {"base": pool.base}, limit, among=inside)

    def _chosen(self, plan: Plan, view: View, level: Level, pool: Pool, scores: Scores) -> int:
        """A clip of the one period: that which the model names, else that which scores best."""
        best = int(np.argmax(scores))
        if self._chat is None:
            return best
        starts = np.array([m.span.start for m in pool.memories])
        inside: list[tuple[float, int, Memory]] = []
        for summary in view.memories(level):
            in_period = (starts >= summary.span.start) & (starts < summary.span.end) & (scores >= 0)
            if in_period.any():
                at = int(np.argmax(np.where(in_period, scores, -2.0)))
                inside.append((float(scores[at]), at, summary))
        shown = sorted(inside, key=lambda entry: -entry[0])[:_SHOWN]
        shown.sort(key=lambda entry: entry[2].span.start)
        notes = [summary.text[:300] for _, _, summary in shown]
        reply = lines_from(self._chat, "route", envelope(notes, plan.text), 1)
        match = re.search(r"\d+", reply[0]) if reply else None
        number = int(match.group()) - 1 if match else -1
        return shown[number][1] if 0 <= number < len(shown) else best


def route_scores(pool: Pool, keys: Sequence[object], scored_periods: Sequence[Period]) -> Scores:
    """How much each clip's period speaks of the question: its summary and its mean vector.

    The cosine with the mean vector of the clips is, but for its length, the mean of their cosines.
    A period without a summary yet is judged by the best of its clips instead.
    """
    _, inverse = np.unique(np.array([str(key) for key in keys]), return_inverse=True)
    most = np.zeros(int(inverse.max()) + 1)
    np.maximum.at(most, inverse, pool.base)
    summed = about(pool.memories, scored_periods)
    spoken = np.where(summed > 0, summed, 0.5 * most[inverse] if scored_periods else most[inverse])
    mean = min_max(group_means(pool.meaning, keys), 0.0)
    return np.asarray(np.round(spoken + mean, 9))


def _times(plan: Plan, pool: Pool, limit: int) -> list[Evidence]:
    """The path for "the last time": the clips that speak of it, latest (or first) first."""
    order = np.argsort(-pool.base, kind="stable")[:_LAST_TIME]
    among = np.zeros(len(pool.memories), bool)
    among[order] = pool.base[order] >= _SPEAKS * pool.base.max()
    recency = np.arange(len(pool.memories)) / len(pool.memories)
    late = recency if plan.order == "last" else 1 - recency
    return rank(plan, pool, {"base": pool.base, "order": among * (1 + late)}, limit)
