"""What an embedder said of a text is remembered, and whatever it raises is one error."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from egogpt.runtime.cancellation import Cancelled, until
from egorag.evidence.scoring import score_units
from egorag.evidence.units import read_units
from egorag.ranking.embedding_cache import CachedEmbedder, EmbedderFailed
from memory.store.store import Store
from memory.types.core import Evidence
from tests.egorag import lives
from tests.egorag.conftest import plan

WORDS = ["a cup", "tea", "the cat sat", "", "rain"]


class Counts:
    """Counts of letters as vectors; notes what it was asked for, and fails where it shall."""

    name, dimension, synonym_cosine = "counts", 3, 0.9

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails = False

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.fails:
            raise RuntimeError("no memory")
        self.asked += texts
        rows = [[text.count("a"), text.count("t"), len(text) + 1] for text in texts]
        vectors = np.array(rows, np.float32).reshape(-1, 3)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self.embed_documents([text])[0]


def test_nothing_more_is_embedded_once_nobody_waits() -> None:
    over = threading.Event()

    class Leaving(Counts):
        def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
            over.set()
            return super().embed_documents(texts)

    embedder, texts = Leaving(), [f"text {number}" for number in range(100)]
    with until(over), pytest.raises(Cancelled):
        CachedEmbedder(embedder).embed_documents(texts)
    assert 0 < len(embedder.asked) <= 16


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=6), max_size=5))
def test_remembered_vectors_are_those_of_the_embedder_each_made_once(
    batches: list[list[str]],
) -> None:
    counts, plain = Counts(), Counts()
    remembering = CachedEmbedder(counts)
    for texts in batches:
        found = remembering.embed_documents(texts)
        assert found.shape == (len(texts), 3)
        assert np.array_equal(found, plain.embed_documents(texts))
    assert len(counts.asked) == len(set(counts.asked))
    assert set(counts.asked) == set(plain.asked)


def test_of_many_who_ask_at_once_for_the_same_texts_one_has_them_made() -> None:
    counts = Counts()
    remembering = CachedEmbedder(counts)
    texts = [f"a cup of tea, number {number}" for number in range(100)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: remembering.embed_documents(texts), range(8)))
    assert all(np.array_equal(one, found[0]) for one in found)
    side_by_side = max(1, (os.cpu_count() or 2) // 2)
    assert len(counts.asked) <= side_by_side * len(texts), "not one for each who asks"


def test_a_failure_is_told_and_not_remembered() -> None:
    counts = Counts()
    remembering = CachedEmbedder(counts)
    counts.fails = True
    with pytest.raises(EmbedderFailed, match="no memory"):
        remembering.embed_documents(["tea"])
    with pytest.raises(EmbedderFailed):
        remembering.embed_query("tea")
    counts.fails = False
    assert remembering.embed_documents(["tea"]).shape == (1, 3)
    assert remembering.embed_query("tea").shape == (3,)


def test_a_statement_that_is_all_of_its_clip_has_the_vector_of_the_clip(tmp_path: Path) -> None:
    told = ["The charger lies in the drawer.", "Tea is ready.", "I painted the fence."]
    with closing(Store.open(tmp_path / "home")) as store:
        clips = lives.record(store, "walk", lives.TALK, len(told) + 1)
        for clip, text in zip(clips, told):
            lives.perceive(store, clip, f'Somebody: "{text}"', said=[(1, 4, text)])
        lives.perceive(store, clips[-1], "", said=[(1, 3, "One."), (5, 8, "And two.")])
        counts = Counts()
        memories = store.memories.overlapping("clip")
        vectors = counts.embed_documents([memory.text for memory in memories])
        store.vectors.put(counts.name, [memory.id for memory in memories], vectors)
        view = store.as_of(lives.ASKED)
        units = read_units(view, [Evidence(memory, 1.0) for memory in memories])
        assert [unit.alone_in for unit in units] == [m.id for m in memories[: len(told)]] + [0, 0]
        counts.asked.clear()
        asked = plan("Where is the charger?")
        scored = score_units(asked, units, {"charger": 1.0}, counts, view)
    assert sorted(counts.asked) == sorted(
        [asked.query, *(u.phrase for u in units if not u.alone_in)]
    )
    assert scored[0].unit.what == told[0]
