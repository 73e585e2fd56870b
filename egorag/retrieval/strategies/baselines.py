"""The plain baselines that every structure has to beat: words alone, meaning alone, and both."""

from __future__ import annotations

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egorag.question.plan import Plan
from egorag.ranking.bm25 import min_max, nearness
from egorag.retrieval.candidates import SEARCHED, search_terms
from egorag.retrieval.components.pool import draw_candidates, rank
from memory.store.view import View
from memory.types.core import Evidence


class Bm25Retriever:
    """BM25 of single clips (Robertson & Zaragoza 2009: k1 1.2, b 0.75); reads no vectors."""

    name = "bm25"

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        pool = draw_candidates(view, plan, None)
        return rank(plan, pool, {"lexical": pool.words}, limit)


class DenseRetriever:
    """Cosine of single clips (DPR: Karpukhin et al. 2020, section 3).

    Without an embedder, or where the clips have no vectors of it, words answer instead.
    """

    name = "dense"

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        pool = draw_candidates(view, plan, embedder)
        if not pool.by_meaning:
            return rank(plan, pool, {"lexical": pool.words}, limit)
        return rank(plan, pool, {"semantic": pool.meaning}, limit)


class FlatRetriever:
    """BM25 and cosine of single clips, min-max and 0.5/0.5; no neighbours, no levels."""

    name = "flat"

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        span = plan.time.span if plan.time and plan.time.exact else None
        terms = list(search_terms(view, plan, len(view.recordings()) * 60))
        lexical = view.search_text(terms, "clip", span, SEARCHED) if terms else {}
        semantic: dict[int, float] = {}
        if embedder is not None:
            vector = embedder.embed_query(plan.query)
            semantic = view.search_vectors(vector, embedder.name, "clip", span, SEARCHED)
        ids = list(lexical | semantic)
        if not ids:
            return []
        words = min_max(np.array([lexical.get(i, 0.0) for i in ids]), 0.0)
        floor = min(semantic.values(), default=0.0)
        meaning = min_max(np.array([semantic.get(i, floor) for i in ids]))
        total = 0.5 * words + 0.5 * meaning
        evidence = []
        for at in np.argsort(-total, kind="stable")[: 4 * limit].tolist():
            memory = view.memory(ids[at])
            if memory is None:
                continue
            why = {"lexical": float(0.5 * words[at]), "semantic": float(0.5 * meaning[at])}
            if plan.time and not plan.time.exact:
                why["time"] = 0.25 * nearness(memory.span, plan.time.span)
            evidence.append(Evidence(memory, sum(why.values()), why))
        return sorted(evidence, key=lambda e: -e.score)[:limit]
