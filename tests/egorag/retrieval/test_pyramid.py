"""The default retriever weighs by what was fitted, and sets aside what all clips share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from egorag.ranking.bm25 import Lexicon
from egorag.retrieval.candidates import Candidates, gather, with_vectors
from egorag.retrieval.pyramid import day_share, features, fitted_weights
from memory.store.view import View
from memory.types.core import Memory, Span
from tests.egorag.conftest import plan

QUESTION = plan("What is the pocket for?")


class Directions:
    """An embedder whose texts are all alike but for one direction, that of the text's length."""

    name, dimension, synonym_cosine = "directions", 3, 0.9

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.array([[9.0, len(text) % 7, len(text) % 5] for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self.embed_documents([text])[0]


def test_every_feature_has_a_weight_or_is_known_to_count_nothing(view: View) -> None:
    found = gather(view, QUESTION, None)
    names = set(features(found, Lexicon(found.memories, found.frequency, found.total)))
    worded = {name for name in names if name.startswith("words_")}
    assert set(fitted_weights(False)) <= worded | {"day"}
    assert fitted_weights(False).keys() < fitted_weights(True).keys()
    assert all(fitted_weights(True)[name] > 0 for name in ("words_0", "meaning_0", "feedback"))


def test_what_all_clips_share_is_taken_off(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Directions()
    memories = tuple(view.memories("clip"))
    vectors = embedder.embed_documents([memory.text for memory in memories])
    ids = np.array([memory.id for memory in memories])
    monkeypatch.setattr(View, "vectors", lambda *_: (ids, vectors))
    found = with_vectors(view, QUESTION, embedder, Candidates(memories, {}, {}, {}, len(memories)))
    assert found.meant is not None
    own = vectors - vectors.mean(axis=0)
    assert found.meant == pytest.approx(own / np.linalg.norm(own, axis=1, keepdims=True), abs=1e-3)
    assert with_vectors(view, QUESTION, None, found) is found


def test_what_was_said_within_days_of_the_rest_comes_forward_behind_the_best() -> None:
    days = [0.0, 0.2, 0.4, 0.6, 30.0, 60.0, 0.8]  # the last is as likely as those far away
    total = np.array([6.0, 5.0, 4.0, 3.5, 2.0, 1.0, 1.0])
    spans = [Span(day * 86_400, day * 86_400 + 20) for day in days]
    memories = [
        Memory(at, "clip", span, "", recording_id=f"r{at}") for at, span in enumerate(spans)
    ]
    share = day_share(total, memories)
    assert share[:5].tolist() == [1.0] * 5
    assert share[6] > 0.3 > 0.01 > share[5]


class Pair(Directions):
    """Directions, and of texts alone another embedder's numbers beside them."""

    name, dimension = "pair", 6

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        noise = [[len(text) % 3, 1, len(text) % 2] for text in texts]
        both = np.concatenate([super().embed_documents(texts), noise], axis=1)
        return (both / np.linalg.norm(both, axis=1, keepdims=True)).astype(np.float32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return np.concatenate([Directions.embed_documents(self, [text])[0], np.zeros(3)])


def test_what_a_question_leaves_blank_counts_nothing(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    memories = tuple(view.memories("clip"))
    texts, ids = [memory.text for memory in memories], np.array([memory.id for memory in memories])
    likenesses = []
    for embedder in (Directions(), Pair()):
        vectors = embedder.embed_documents(texts)
        monkeypatch.setattr(View, "vectors", lambda *_, v=vectors: (ids, v))
        blank = Candidates(memories, {}, {}, {}, len(memories))
        found = with_vectors(view, QUESTION, embedder, blank)
        assert found.meant is not None
        assert found.asked is not None
        likenesses += [found.meant @ found.asked, found.meant @ found.meant[0]]
    assert likenesses[2] == pytest.approx(likenesses[0], abs=1e-3)
    assert likenesses[3] == pytest.approx(likenesses[1], abs=1e-3)
