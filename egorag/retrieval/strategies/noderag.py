"""NodeRAG: nodes of several types, entered by name and by meaning, and a walk of two steps.

Source: "NodeRAG" (2025), sections 3.1 to 3.3. Kept: T text (a clip), S semantic unit (a sentence),
N entity (a phrase), A attributes of the most connected entities, H high-level element (an hour's
summary) and O its title; dual entry; shallow PPR with alpha 0.5 and 2 iterations. Without a model,
sentences stand for S (and for R, the relationships), phrases for N, and a title is an hour's most
telling phrases.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egorag.question.plan import Plan
from egorag.ranking.bm25 import min_max
from egorag.retrieval.components.graph import shallow_walk
from egorag.retrieval.components.node_graph import NodeGraph, build_nodes
from egorag.retrieval.components.periods import periods
from egorag.retrieval.components.phrase_index import PhraseIndex, PhraseIndexer
from egorag.retrieval.components.pool import Pool, draw_candidates, rank
from memory.store.view import View
from memory.types.core import Evidence, Memory

ALPHA, ROUNDS = 0.5, 2
_NEAREST = 10  # clips entered by meaning; hours: a third as many
Summaries = tuple[tuple[int, str], ...]  # ids and texts


class NodeRagRetriever:
    """A graph of typed nodes; see the module."""

    name = "noderag"

    def __init__(self) -> None:
        self._indexer = PhraseIndexer()
        self._kept: tuple[PhraseIndex, Summaries, NodeGraph] | None = None

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        pool = draw_candidates(view, plan, embedder, whole=True)
        if not pool.has_matches:
            return rank(plan, pool, {"base": pool.base}, limit)
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
        mass = min_max(shallow_walk(nodes.graph, seeds, ALPHA, ROUNDS)[rows], 0.0)
        return rank(plan, pool, {"graph": mass}, limit)

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
