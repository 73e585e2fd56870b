"""LightRAG: low-level keys lead to entities, high-level keys to themes, merged in turn.

Source: "LightRAG" (2024), section 3; constants as released: 40 entities, 40 relations, 20 chunks.
Kept: the two levels of keys, entity → relations → clips, the union-only update (``phrase_index``),
and the "mix" with plain search, merged in turn. Without a model, entities are phrases, relations
are phrases that stand side by side, and themes are what summaries of ten minutes and hours tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from egogpt.protocols.chat import Chat
from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egogpt.text.tokens import content_words
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores, min_max
from egorag.ranking.lexical_relatedness import related_terms
from egorag.retrieval.components.graph import Graph, Mass, Numbers
from egorag.retrieval.components.llm_calls import lines_from
from egorag.retrieval.components.periods import about, periods
from egorag.retrieval.components.phrase_index import PhraseIndex, PhraseIndexer
from egorag.retrieval.components.pool import Pool, draw_candidates, rank
from memory.store.view import View
from memory.types.core import Evidence, Level

_ENTITIES, _CHUNKS = 40, 20
_RELATED = 0.5  # what a neighbour of an entity counts beside it


class LightRagRetriever:
    """Dual-level keys; see the module."""

    name = "lightrag"

    def __init__(self, chat: Chat | None = None) -> None:
        self._chat = chat
        self._indexer = PhraseIndexer()

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        pool = draw_candidates(view, plan, embedder, whole=True)
        if not pool.has_matches:
            return rank(plan, pool, {"base": pool.base}, limit)
        low, high = self._keywords(plan)
        index = self._indexer.of(pool.memories, pool.life)
        entities = entity_scores(index, low)[index.rows(pool.memories)]
        themes = _theme_scores(view, plan, embedder, high, pool)
        chunks = np.where(_places(pool.base) < _CHUNKS, pool.base, 0.0)
        channels = {"low": entities, "high": themes, "chunk": chunks}
        return rank(plan, pool, interleave(channels), limit)

    def _keywords(self, plan: Plan) -> tuple[list[str], list[str]]:
        """Specific and thematic words: by the model, else names and things against all words."""
        if self._chat is not None:
            keywords = dict(
                line.lower().split(":", 1)
                for line in lines_from(self._chat, "keywords", plan.text, 2)
                if ":" in line
            )
            low, high = (content_words(keywords.get(key, "")) for key in ("low", "high"))
            if low or high:
                return low, high or low
        low = list(dict.fromkeys([*plan.names, *plan.required]))
        return low or list(plan.terms), list(plan.terms)


def entity_scores(index: PhraseIndex, keywords: Sequence[str]) -> Scores:
    """What each memory holds of the entities that the keywords name, and of what stands by them."""
    stems = {stem(word) for word in keywords}
    stems |= {stem(other) for word in keywords for other in related_terms(word)}
    names = list(index.numbers)
    named = [at for at, name in enumerate(names) if stems.intersection(name.split())]
    rarity = np.log(1 + len(index.texts) / np.maximum(1, index.spread))
    named.sort(key=lambda at: (-round(float(rarity[at]), 9), names[at]))
    # Whole keywords first: a rare phrase around a common word is less sure to be meant.
    named.sort(key=lambda at: names[at] not in stems)
    weight = np.zeros(len(names))
    weight[named[:_ENTITIES]] = rarity[named[:_ENTITIES]]
    related = _related(index, weight)
    memory, phrase = index.holder, index.held
    entity_weight = weight[phrase] + _RELATED * related[phrase]
    return np.bincount(memory, entity_weight, len(index.texts)).astype(np.float64)


def _related(index: PhraseIndex, weight: Mass) -> Mass:
    """The entities' weight, handed to what stands beside them in a sentence."""
    if not index.first.size:
        return np.zeros_like(weight)
    graph = Graph.of(len(weight), [(index.first, index.second, np.ones(index.first.size))])
    return np.asarray(np.where((weight == 0) & index.tells, graph.step(weight), 0.0))


def _theme_scores(
    view: View, plan: Plan, embedder: Embedder | None, high: Sequence[str], pool: Pool
) -> Scores:
    """What the summaries around a clip tell of the themes; within them, the clip's own score."""
    around = np.zeros(len(pool.memories))
    levels: tuple[Level, ...] = ("ten_minutes", "hour")
    for level in levels:
        scored_periods = periods(view, plan, embedder, level, high)
        around = around + about(pool.memories, scored_periods)
    return np.where(around > 0, min_max(around, 0.0) + min_max(pool.base, 0.0), 0.0)


def interleave(channels: dict[str, Scores]) -> dict[str, Scores]:
    """The channels' best, then their second, and so on, each clip once; as scores that fall."""
    orders = {
        name: [
            at for at in np.argsort(-np.round(scores, 9), kind="stable").tolist() if scores[at] > 0
        ]
        for name, scores in channels.items()
    }
    merged = {name: np.zeros_like(scores) for name, scores in channels.items()}
    size = max((len(scores) for scores in channels.values()), default=0)
    taken: set[int] = set()
    for place in range(max(map(len, orders.values()), default=0)):
        for name, order in orders.items():
            if place < len(order) and order[place] not in taken:
                merged[name][order[place]] = 1 - len(taken) / (size + 1)
                taken.add(order[place])
    return merged


def _places(scores: Scores) -> Numbers:
    """The place of each in the order of scores, from 0."""
    places = np.empty(len(scores), np.int64)
    places[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return places
