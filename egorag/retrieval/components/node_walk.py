"""A walk of relevance from what a question names, over the typed graph, to the clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores, min_max
from egorag.retrieval.components.graph import Graph, Mass
from egorag.retrieval.components.node_graph import NodeGraph, build_nodes
from egorag.retrieval.components.periods import periods
from egorag.retrieval.components.phrase_index import PhraseIndex, PhraseIndexer
from egorag.retrieval.components.pool import Pool
from memory.store.view import View
from memory.types.core import Memory

_NEAREST = 10  # clips entered by meaning; hours: a third as many
Summaries: TypeAlias = tuple[tuple[int, str], ...]  # ids and texts
Walk: TypeAlias = Callable[[Graph, Mass], Mass]


class NodeWalk:
    """Enters the graph by name and by meaning; keeps the graph of the life between questions."""

    def __init__(self) -> None:
        self._indexer = PhraseIndexer()
        self._kept: tuple[PhraseIndex, Summaries, NodeGraph] | None = None

    def spread(
        self, view: View, plan: Plan, embedder: Embedder | None, pool: Pool, walk: Walk
    ) -> Scores:
        """What of the question reaches each clip of the pool by ``walk``: 0..1, in its order."""
        scored_periods = periods(view, plan, embedder, "hour", pool.terms)
        # All hours of a life would outgrow a question about some of it.
        hours = (
            view.memories("hour") if pool.life else [period.summary for period in scored_periods]
        )
        nodes = self._nodes(pool, hours)
        rows = nodes.index.rows(pool.memories)
        seeds = np.zeros(nodes.graph.size)
        best = np.argsort(-pool.base, kind="stable")[:_NEAREST]
        seeds[rows[best]] += pool.base[best]
        for period in scored_periods[: _NEAREST // 3]:
            seeds[nodes.hours[period.summary.id]] += period.score
        seeds[nodes.named({stem(term) for term in plan.terms})] += 1.0
        return min_max(walk(nodes.graph, seeds)[rows], 0.0)

    def _nodes(self, pool: Pool, summaries: Sequence[Memory]) -> NodeGraph:
        index = self._indexer.of(pool.memories, pool.life)
        summary_texts = tuple((summary.id, summary.text) for summary in summaries)
        cached = self._kept
        if cached is not None and cached[0] is index and cached[1] == summary_texts:
            return cached[2]
        nodes = build_nodes(index, pool.memories, summaries)
        if pool.life:
            self._kept = (index, summary_texts, nodes)
        return nodes
