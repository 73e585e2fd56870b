"""HippoRAG 2: facts link a question to phrases, and relevance spreads from them over a graph.

Source: "From RAG to Memory" (ICML 2025), section 3. Kept: phrase and passage nodes, synonym edges
from a cosine of 0.8, the five best facts and five best phrases, recognition of facts by a model,
the passages' prior of 0.05, damping 0.5, and plain ranking where no fact is recognised. Without a
model a "triple" is a sentence with its phrases, scored by words and by its passage's meaning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.chat import Chat
from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egorag.question.plan import Plan
from egorag.ranking.bm25 import min_max
from egorag.retrieval.components.graph import Edges, Graph, Mass, Numbers, page_rank
from egorag.retrieval.components.llm_calls import affirmed, envelope
from egorag.retrieval.components.phrase_index import PhraseIndex, PhraseIndexer
from egorag.retrieval.components.pool import Pool, draw_candidates, rank
from memory.store.view import View
from memory.types.core import Evidence

DAMPING, PRIOR = 0.5, 0.05
_FACTS, _PHRASES = 5, 5
_READ = 200  # passages whose sentences are compared with the question
_MOST = 1500  # phrases that are compared: the commonest of those that tell something
_FEW = 300  # … where every question brings another set of memories
_REMEMBERED = 20_000  # vectors kept


@dataclass(frozen=True, slots=True)
class _Fact:
    score: float
    sentence: int


class HippoRagRetriever:
    """Personalised PageRank over phrases and clips; see the module."""

    name = "hipporag"

    def __init__(self, chat: Chat | None = None) -> None:
        self._chat = chat
        self._indexer = PhraseIndexer()
        self._synonyms = Synonyms()
        self._kept: tuple[PhraseIndex, str, Graph] | None = None

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        pool = draw_candidates(view, plan, embedder, whole=True)
        if not pool.has_matches:
            return rank(plan, pool, {"base": pool.base}, limit)
        index = self._indexer.of(pool.memories, pool.life)
        rows = index.rows(pool.memories)
        facts = self._recognised(plan, index, _facts(index, pool, rows, plan))
        if not facts:
            return rank(plan, pool, {"base": pool.base}, limit)
        graph = self._graph(index, embedder, pool.life)
        seeds = np.zeros(graph.size)
        seeds[rows] = PRIOR * pool.base
        seeds[len(rows) :] = _phrase_seeds(index, facts)
        mass = page_rank(graph, seeds, DAMPING)[rows]
        return rank(plan, pool, {"graph": min_max(mass, 0.0)}, limit)

    def _recognised(self, plan: Plan, index: PhraseIndex, facts: list[_Fact]) -> list[_Fact]:
        """The facts that the model says help; all of them without one."""
        if self._chat is None:
            return facts
        helpful = []
        for fact in facts:
            note = envelope([index.sentences[fact.sentence].text], plan.text)
            sure = affirmed(self._chat, "recognise", note)
            if sure is None:
                return facts
            if sure >= 0.5:
                helpful.append(fact)
        return helpful

    def _graph(self, index: PhraseIndex, embedder: Embedder | None, life: bool) -> Graph:
        key = "" if embedder is None else embedder.name
        cached = self._kept
        if cached is not None and cached[0] is index and cached[1] == key:
            return cached[2]
        graph = phrase_graph(index, self._synonyms.edges(index, embedder, passing=not life))
        if life:
            self._kept = (index, key, graph)
        return graph


def phrase_graph(index: PhraseIndex, synonyms: Edges) -> Graph:
    """Memories first, then phrases: holding 1, standing together once for each time, synonyms."""
    after = len(index.texts)
    tells = index.tells
    memory, phrase = index.holder, index.held
    telling = tells[phrase]
    beside = tells[index.first] & tells[index.second]
    return Graph.of(
        after + len(index.numbers),
        [
            (memory[telling], after + phrase[telling], np.ones(int(telling.sum()))),
            (after + index.first[beside], after + index.second[beside], np.ones(int(beside.sum()))),
            (after + synonyms[0], after + synonyms[1], synonyms[2]),
        ],
    )


def _facts(index: PhraseIndex, pool: Pool, rows: Numbers, plan: Plan) -> list[_Fact]:
    """The sentences that speak most of the question, of the passages that do; best first."""
    base = pool.base
    best = [at for at in np.argsort(-base, kind="stable")[:_READ].tolist() if base[at] > 0]
    spread = index.spread
    weights = {
        word: math.log(1 + len(index.texts) / (1 + spread[index.numbers[word]]))
        for word in map(stem, plan.terms)
        if word in index.numbers
    }
    facts: list[_Fact] = []
    for at in best:
        low, high = np.searchsorted(index.memory_of, [rows[at], rows[at] + 1]).tolist()
        for number in range(low, high):
            met = sum(weights.get(word, 0.0) for word in index.sentences[number].stems)
            if met > 0:
                facts.append(_Fact(met + 0.5 * float(pool.meaning[at]) * met, number))
    facts.sort(key=lambda fact: (-round(fact.score, 9), index.sentences[fact.sentence].text))
    top = facts[:_FACTS]
    return [_Fact(fact.score / top[0].score, fact.sentence) for fact in top]


def _phrase_seeds(index: PhraseIndex, facts: Sequence[_Fact]) -> Mass:
    """The mean score of a phrase's facts by the number of its passages; five phrases at most."""
    spread = index.spread
    tells = index.tells
    scores: dict[int, list[float]] = {}
    for fact in facts:
        for phrase in index.sentences[fact.sentence].phrases:
            number = index.numbers[phrase]
            if tells[number]:
                scores.setdefault(number, []).append(fact.score)
    names = list(index.numbers)
    weight = {
        n: sum(fact_scores) / len(fact_scores) / spread[n] for n, fact_scores in scores.items()
    }
    best = sorted(weight, key=lambda n: (-round(weight[n], 9), names[n]))[:_PHRASES]
    seeds = np.zeros(len(names))
    seeds[best] = [weight[n] for n in best]
    return seeds


class Synonyms:
    """Finds edges between phrases that mean the same to an embedder; makes vectors once."""

    def __init__(self) -> None:
        self._vectors: dict[tuple[str, str], NDArray[np.float32]] = {}

    def edges(self, index: PhraseIndex, embedder: Embedder | None, passing: bool) -> Edges:
        """Pairs of phrases that mean the same to the embedder, weighted by their cosine.

        The paper's threshold of 0.8 is that of its own embedder; each has one of its own.

        ``passing`` is whether the index serves this question only.
        """
        none = np.zeros(0, np.int64)
        chosen = _comparable(index, _FEW if passing else _MOST)
        if embedder is None or chosen.size < 2:
            return none, none, np.zeros(0)
        names = list(index.numbers)
        vectors = self._embed([names[at] for at in chosen.tolist()], embedder)
        cosines = np.triu(vectors @ vectors.T, 1)
        left_nodes, right = np.nonzero(cosines >= embedder.synonym_cosine)
        return chosen[left_nodes], chosen[right], cosines[left_nodes, right].astype(np.float64)

    def _embed(self, phrases: list[str], embedder: Embedder) -> NDArray[np.float32]:
        missing = [p for p in phrases if (embedder.name, p) not in self._vectors]
        if missing:
            if len(self._vectors) > _REMEMBERED:
                self._vectors.clear()
                missing = phrases
            vectors = embedder.embed_documents(missing)
            self._vectors.update(((embedder.name, p), v) for p, v in zip(missing, vectors))
        return np.stack([self._vectors[embedder.name, p] for p in phrases])


def _comparable(index: PhraseIndex, most: int) -> Numbers:
    """Phrases in two memories or more and not in too many, commonest first; then by name."""
    spread = index.spread
    names = list(index.numbers)
    able = np.flatnonzero(index.tells & (spread >= 2)).tolist()
    able.sort(key=lambda at: (-spread[at], names[at]))
    return np.array(sorted(able[:most]), np.int64)
