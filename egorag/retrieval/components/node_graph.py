"""The typed graph of NodeRAG over an index of phrases and the summaries of hours, and walks on it.

A walk of relevance goes from what a question names to the clips.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores, min_max
from egorag.retrieval.components.graph import Edges, Graph, Mass, Numbers
from egorag.retrieval.components.periods import periods
from egorag.retrieval.components.phrase_index import PhraseIndex, PhraseIndexer
from egorag.retrieval.components.pool import Pool
from memory.store.view import View
from memory.types.core import Memory

_IMPORTANT, _ATTRIBUTES = 50, 20  # entities that get an A node; sentences that it gathers
_TITLE = 3  # phrases of an hour's title
_NEAREST = 10  # clips entered by meaning; hours: a third as many
Summaries: TypeAlias = tuple[tuple[int, str], ...]  # ids and texts
Walk: TypeAlias = Callable[[Graph, Mass], Mass]


@dataclass(frozen=True, slots=True, eq=False)
class NodeGraph:
    """The graph; nodes stand in the order T, S, N, A, H, O.

    ``hours`` gives the H node of a summary's id, ``titles`` the O nodes by a phrase of theirs,
    ``entities`` is the number of the first N node.
    """

    index: PhraseIndex
    graph: Graph
    entities: int
    hours: Mapping[int, int]
    titles: Mapping[str, tuple[int, ...]]

    def named(self, words: set[str]) -> Numbers:
        """The N and O nodes whose phrase is made of these stems only."""
        tells = self.index.tells
        nodes: set[int] = set()
        for phrase, number in self.index.numbers.items():
            if tells[number] and words.issuperset(phrase.split()):
                nodes |= {self.entities + number, *self.titles.get(phrase, ())}
        return np.array(sorted(nodes), np.int64)


def build_nodes(
    index: PhraseIndex, memories: Sequence[Memory], summaries: Sequence[Memory]
) -> NodeGraph:
    """The graph of an index, of its memories (in any order), and of the hours around them."""
    texts, spoken = len(index.texts), len(index.sentences)
    entities = texts + spoken
    attributes = entities + len(index.numbers)
    telling = index.tells[index.phrase]
    edges = _edges(index.memory_of, texts + np.arange(spoken))
    naming = _edges(texts + index.sentence[telling], entities + index.phrase[telling])
    important, gathered = _attributes(index)
    profiles = _edges(entities + important, attributes + np.arange(important.size))
    gathering = _edges(texts + gathered[:, 0], attributes + gathered[:, 1])
    first = attributes + important.size
    inside, keys = _hours(index, memories, summaries)
    hours = _edges(inside[:, 0], first + inside[:, 1])
    title = first + len(summaries)
    owning = _edges(title + np.arange(len(summaries)), first + np.arange(len(summaries)))
    heading = _edges(title + keys[:, 0], entities + keys[:, 1])
    graph = Graph.of(
        title + len(summaries), [edges, naming, profiles, gathering, hours, owning, heading]
    )
    names = list(index.numbers)
    titles: dict[str, tuple[int, ...]] = {}
    for hour, phrase in keys.tolist():
        titles[names[phrase]] = (*titles.get(names[phrase], ()), title + hour)
    numbered = {summary.id: first + at for at, summary in enumerate(summaries)}
    return NodeGraph(index, graph, entities, numbered, titles)


def _edges(numbers: Numbers, right: Numbers) -> Edges:
    return numbers, right, np.ones(numbers.size)


def _attributes(index: PhraseIndex) -> tuple[Numbers, Numbers]:
    """The phrases in most sentences, and pairs (sentence, place among them) that tell of each.

    Stands for NodeRAG's choice by k-core and betweenness: what many sentences name.
    """
    counts = np.bincount(index.phrase, minlength=len(index.numbers)) * index.tells
    names = list(index.numbers)
    able = sorted(np.flatnonzero(counts >= 2).tolist(), key=lambda at: (-counts[at], names[at]))
    important = np.array(able[:_IMPORTANT], np.int64)
    pairs = [
        (sentence, place)
        for place, phrase in enumerate(important.tolist())
        for sentence in _first_told(index, index.sentence[index.phrase == phrase])
    ]
    return important, np.array(pairs, np.int64).reshape(-1, 2)


def _first_told(index: PhraseIndex, numbers: Numbers) -> list[int]:
    """At most so many of the sentences, chosen alike in whatever order the index grew."""
    ids = list(index.texts)

    def sentence_of(number: int) -> tuple[str, int]:
        return index.sentences[number].text, ids[int(index.memory_of[number])]

    listed: list[int] = numbers.tolist()
    return sorted(listed, key=sentence_of)[:_ATTRIBUTES]


def _hours(
    index: PhraseIndex, memories: Sequence[Memory], summaries: Sequence[Memory]
) -> tuple[Numbers, Numbers]:
    """Pairs (memory, hour) and pairs (hour, phrase of its title), hours by their place."""
    rows = index.rows(memories)
    starts = np.array([memory.span.start for memory in memories])
    rarity = np.log(1 + len(index.texts) / np.maximum(1, index.spread)) * index.tells
    memory, phrase = index.holder, index.held
    names = list(index.numbers)
    inside: list[tuple[int, int]] = []
    keys: list[tuple[int, int]] = []
    for at, summary in enumerate(summaries):
        hour_rows = rows[(starts >= summary.span.start) & (starts < summary.span.end)]
        inside += [(row, at) for row in hour_rows.tolist()]
        counts = np.bincount(phrase[np.isin(memory, hour_rows)], minlength=rarity.size) * rarity
        rounded = np.round(counts, 9)
        able = np.flatnonzero(rounded >= max(1e-9, np.sort(rounded)[-_TITLE:][0])).tolist()
        best = sorted(able, key=lambda number: (-rounded[number], names[number]))
        keys += [(at, number) for number in best[:_TITLE]]
    return np.array(inside, np.int64).reshape(-1, 2), np.array(keys, np.int64).reshape(-1, 2)


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
