"""NodeRAG: nodes of several types, entered by name and by meaning, and a walk of two steps.

Source: "NodeRAG" (2025), sections 3.1 to 3.3. Kept: T text (a clip), S semantic unit (a sentence),
N entity (a phrase), A attributes of the most connected entities, H high-level element (an hour's
summary) and O its title; dual entry; shallow PPR with alpha 0.5 and 2 iterations. Without a model,
sentences stand for S (and for R, the relationships), phrases for N, and a title is an hour's most
telling phrases.
"""

from __future__ import annotations

from functools import partial

from egogpt.protocols.text_embedder import Embedder
from egorag.question.plan import Plan
from egorag.retrieval.components.graph import shallow_walk
from egorag.retrieval.components.node_graph import NodeWalk
from egorag.retrieval.components.pool import draw_candidates, rank
from memory.store.view import View
from memory.types.core import Evidence

ALPHA, ROUNDS = 0.5, 2


class NodeRagRetriever:
    """A graph of typed nodes; see the module."""

    name = "noderag"

    def __init__(self) -> None:
        self._nodes = NodeWalk()

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        pool = draw_candidates(view, plan, embedder, whole=True)
        if not pool.has_matches:
            return rank(plan, pool, {"base": pool.base}, limit)
        walk = partial(shallow_walk, stay=ALPHA, rounds=ROUNDS)
        mass = self._nodes.spread(view, plan, embedder, pool, walk)
        return rank(plan, pool, {"graph": mass}, limit)
