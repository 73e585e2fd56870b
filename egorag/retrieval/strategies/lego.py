"""LEGO-GraphRAG: a subgraph is extracted, its paths are filtered and refined, by modules of choice.

Source: "LEGO-GraphRAG" (Cao et al. 2024, arXiv 2411.05844), section 3. Kept: the three steps, each
with exchangeable modules, so that every recipe is a cell of one grid. A path of their graph of
knowledge, from what a question names to an answer, is here a clip and how it was reached: by words,
by words and meaning, by personalised PageRank over the typed graph of phrases, or beside the best.
Their modules that ask a large model or train a reranker are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores
from egorag.retrieval.before_after import Side, beside, find_anchor, within_named
from egorag.retrieval.candidates import (
    Candidates,
    Chosen,
    neighbourhoods,
    search_terms,
    with_vectors,
)
from egorag.retrieval.components.graph import page_rank
from egorag.retrieval.components.node_graph import NodeWalk
from egorag.retrieval.components.pool import Pool, draw_candidates, rank, widened
from egorag.retrieval.components.query_union import Union
from egorag.retrieval.pyramid import fuse
from egorag.retrieval.strategies.richrag import rank_covering
from memory.store.view import View
from memory.types.core import Evidence

_SUBGRAPH = 200  # clips that PageRank extracts
_BEST = 20  # clips whose neighbours in time are extracted
_NEIGHBOUR = 0.5  # what the score of a neighbour counts
_PATHS = 50  # clips that a filter by score leaves
_DAMPING = 0.5  # as in HippoRAG 2
DEFAULT: Mapping[str, str] = {"extract": "ppr", "filter": "none", "refine": "fuse"}


class UnknownModule(ValueError):
    """A recipe names a step or a module that there is not."""

    def __init__(self, what: str, name: str, known: Mapping[str, object]) -> None:
        super().__init__(f'"lego" has no {what} "{name}"; choose one of: {", ".join(known)}')


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is asked of which life; ``side`` where it lies beside the event that the plan names."""

    view: View
    plan: Plan
    embedder: Embedder | None
    side: Side | None
    nodes: NodeWalk


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Clips of a pool: which are still candidates, and the score (0..1) that the last step gave."""

    pool: Pool
    scores: Scores
    kept: Chosen


class LegoRetriever:
    """Extraction, filter, refinement; see the module.

    Args:
        modules: "extract=NAME,filter=NAME,refine=NAME", any of them; empty is the default recipe.

    Raises:
        UnknownModule: there is no such step or module.
    """

    def __init__(self, modules: str = "") -> None:
        self.name = f"lego:{modules}" if modules else "lego"
        self._recipe = parse_recipe(modules)
        self._nodes = NodeWalk()

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        extract, narrow, refine = (self._recipe[step] for step in STEPS)
        side = None
        if extract == "beside" or refine == "fuse":  # they know what lies beside an event
            plan = within_named(plan)
            if anchor := find_anchor(plan):
                plan, side = anchor.plan, anchor.side
        query = Lookup(view, plan, embedder, side, self._nodes)
        subgraph = EXTRACT[extract](query)
        if not subgraph.pool.has_matches:
            return _ranked(query, subgraph, limit)
        return REFINE[refine](query, FILTER[narrow](query, subgraph), limit)


def parse_recipe(modules: str) -> dict[str, str]:
    """Step → module, of "extract=ppr,filter=bm25,refine=none"; steps left out stay as in DEFAULT.

    Raises:
        UnknownModule: there is no such step or module.
    """
    recipe = dict(DEFAULT)
    for part in filter(None, modules.split(",")):
        step, _, name = (word.strip() for word in part.partition("="))
        if step not in STEPS:
            raise UnknownModule("step", step, STEPS)
        if name not in STEPS[step]:
            raise UnknownModule(step, name, STEPS[step])
        recipe[step] = name
    return recipe


def _words(query: Lookup) -> Subgraph:
    """The clips that BM25 finds."""
    pool = draw_candidates(query.view, query.plan, query.embedder)
    return Subgraph(pool, pool.words, (pool.words > 0) | query.plan.about_anything)


def _both(query: Lookup) -> Subgraph:
    """The clips that words and vectors find: the pool of the other strategies."""
    pool = draw_candidates(query.view, query.plan, query.embedder)
    return _whole(pool, pool.base)


def _page_ranked(query: Lookup) -> Subgraph:
    """The clips that most of a walk from the question's nodes comes to."""
    pool = draw_candidates(query.view, query.plan, query.embedder, whole=True)
    if not pool.has_matches:
        return _whole(pool, pool.base)
    walk = partial(page_rank, damping=_DAMPING)
    mass = query.nodes.spread(query.view, query.plan, query.embedder, pool, walk)
    return _narrowed(_whole(pool, mass), mass, _SUBGRAPH)


def _beside(query: Lookup) -> Subgraph:
    """The best clips with what lies within 150 s; on one side of them where one is asked for."""
    drawn = _both(query)
    if not drawn.scores.any():
        return drawn
    best = _narrowed(drawn, drawn.scores, _BEST).kept
    ids = [drawn.pool.memories[at].id for at in np.flatnonzero(best)]
    near = {m.id: m for m in neighbourhoods(query.view, ids, query.plan.exact_span)}
    known = {memory.id for memory in drawn.pool.memories}
    pool = widened(query.plan, drawn.pool, [near[i] for i in near.keys() - known])
    kept = np.array([memory.id in near for memory in pool.memories])
    if query.side:
        return Subgraph(pool, beside(pool.base, pool.memories, query.side), kept)
    sides = [beside(pool.base, pool.memories, side) for side in ("before", "after")]
    return Subgraph(pool, np.maximum(pool.base, _NEIGHBOUR * np.maximum(*sides)), kept)


def _whole(pool: Pool, scores: Scores) -> Subgraph:
    return Subgraph(pool, scores, np.ones(len(scores), bool))


def _narrowed(subgraph: Subgraph, scores: Scores, most: int = _PATHS) -> Subgraph:
    """At most so many, the best by ``scores``; all as they were where nothing tells them apart."""
    able = np.where(subgraph.kept, np.round(scores, 9), 0.0)
    if not able.any():
        return subgraph
    order = np.argsort(-able, kind="stable")[:most]
    kept = np.zeros(len(able), bool)
    kept[order] = able[order] > 0
    return replace(subgraph, scores=scores, kept=kept)


def _in_time(query: Lookup, subgraph: Subgraph) -> Subgraph:
    """The clips in or near the time that the question names, if it names one."""
    time = query.plan.time
    if time is None or time.exact:  # an exact one bounds the pool
        return subgraph
    return replace(subgraph, kept=subgraph.kept & (subgraph.pool.time > 0))


def _ranked(query: Lookup, subgraph: Subgraph, limit: int) -> list[Evidence]:
    """By the score of the last step."""
    return rank(query.plan, subgraph.pool, {"path": subgraph.scores}, limit, subgraph.kept)


def _fused(query: Lookup, subgraph: Subgraph, limit: int) -> list[Evidence]:
    """By the fusion of the default strategy, for which the whole pool is the context."""
    pool, total = subgraph.pool, query.view.count_clips()
    ids = [memory.id for memory in pool.memories]
    meaning = dict(zip(ids, pool.meaning.tolist(), strict=True)) if pool.meaning.any() else {}
    words = dict(zip(ids, pool.words.tolist(), strict=True))
    terms = search_terms(query.view, query.plan, total)
    candidates = Candidates(pool.memories, words, meaning, terms, max(total, len(ids)))
    candidates = with_vectors(query.view, query.plan, query.embedder, candidates)
    return fuse(candidates, query.plan, query.side, limit, subgraph.kept)


def _diverse(query: Lookup, subgraph: Subgraph, limit: int) -> list[Evidence]:
    """By maximal marginal relevance."""
    own = np.where(subgraph.kept, subgraph.scores, 0.0)
    if not own.any():
        return _ranked(query, subgraph, limit)
    return rank_covering(query.plan, Union(subgraph.pool, own[None]), own, limit)


EXTRACT: Mapping[str, Callable[[Lookup], Subgraph]] = {
    "words": _words,
    "both": _both,
    "ppr": _page_ranked,
    "beside": _beside,
}
FILTER: Mapping[str, Callable[[Lookup, Subgraph], Subgraph]] = {
    "none": lambda _, subgraph: subgraph,
    "bm25": lambda _, subgraph: _narrowed(subgraph, subgraph.pool.words),
    "embedding": lambda _, subgraph: _narrowed(subgraph, subgraph.pool.meaning),
    "time": _in_time,
}
REFINE: Mapping[str, Callable[[Lookup, Subgraph, int], list[Evidence]]] = {
    "none": _ranked,
    "fuse": _fused,
    "diverse": _diverse,
}
STEPS: Mapping[str, Mapping[str, object]] = {"extract": EXTRACT, "filter": FILTER, "refine": REFINE}
