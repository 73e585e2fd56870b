"""The two plain baselines: words alone, and meaning alone."""

from __future__ import annotations

from egogpt.protocols.text_embedder import Embedder
from egorag.question.plan import Plan
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
