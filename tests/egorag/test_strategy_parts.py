"""What strategies are made of: an index that grows, walks over a graph, phrases, channels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.retrieval.components.graph import Graph, page_rank, shallow_walk
from egorag.retrieval.components.phrase_index import PhraseIndex, PhraseIndexer, read_sentence
from egorag.retrieval.strategies.lightrag import interleave
from memory.types.core import Memory, Span

WORDS = "kettle garden Anna bicycle dentist letter soup violin harbour lamp".split()


def memory(number: int, text: str) -> Memory:
    return Memory(number, "clip", Span(30.0 * number, 30.0 * number + 30), text)


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), max_size=8), st.data())
def test_an_index_that_grew_is_the_index_made_at_once(
    texts: list[list[str]], data: st.DataObject
) -> None:
    memories = [memory(n, f"The {' and the '.join(words)}.") for n, words in enumerate(texts)]
    cut = data.draw(st.integers(0, len(memories)))
    grown = PhraseIndexer()
    grown.of(memories[:cut], life=True)
    one, other = grown.of(memories, life=True), PhraseIndexer().of(memories, life=True)
    assert facts(one) == facts(other)
    fewer = [m for m in memories if m.id % 2]
    assert facts(grown.of(fewer, life=True)) == facts(PhraseIndexer().of(fewer, life=True))


def facts(index: PhraseIndex) -> set[tuple[int, str]]:
    ids, names = list(index.texts), list(index.numbers)
    rows, phrases = index.holder, index.held
    return {(ids[row], names[phrase]) for row, phrase in zip(rows, phrases)}


GRAPH = st.integers(1, 8).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.lists(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1), st.floats(0.1, 5)),
            max_size=15,
        ),
        st.lists(st.floats(0, 3), min_size=size, max_size=size).filter(lambda s: sum(s) > 0.01),
    )
)


@given(GRAPH)
def test_walks_neither_make_nor_lose_mass(
    drawn: tuple[int, list[tuple[int, int, float]], list[float]],
) -> None:
    size, edges, seeds = drawn
    left, right = (np.array([edge[n] for edge in edges], np.int64) for n in (0, 1))
    graph = Graph.of(size, [(left, right, np.array([edge[2] for edge in edges]))])
    for walk in (page_rank(graph, np.array(seeds), 0.5), shallow_walk(graph, np.array(seeds))):
        assert walk.min() >= 0
        assert walk.sum() == pytest.approx(1.0)


def test_page_rank_of_a_path_is_what_a_hand_computes() -> None:
    graph = Graph.of(3, [(np.array([0, 1]), np.array([1, 2]), np.array([1.0, 3.0]))])
    mass = page_rank(graph, np.array([2.0, 0.0, 0.0]), 0.5, rounds=60)
    # a = 1/2 + b/8, b = (a + c) / 2, c = 3b/8
    assert mass == pytest.approx([13 / 24, 1 / 3, 1 / 8])


def test_phrases_are_runs_of_content_words_and_their_words() -> None:
    found = read_sentence("The red kettle boils, and the kettle of Anna is on the stove")
    assert found.phrases[0] == "red kettl boil"
    assert {"red kettl boil", "kettl", "stove"} <= set(found.phrases)
    assert not {"the", "and", "boil kettl"} & set(found.phrases)


def test_channels_are_merged_in_turn_and_each_clip_once() -> None:
    channels = {"low": np.array([0.9, 0.5, 0.0]), "high": np.array([0.8, 0.0, 0.7])}
    merged = interleave(channels)
    total = merged["low"] + merged["high"]
    assert np.argsort(-total).tolist() == [0, 1, 2]
    assert merged["high"].tolist() == [0.0, 0.0, total[2]]
