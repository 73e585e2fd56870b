"""MiniLM gives unit vectors that rank meaning, each independent of its company."""

from __future__ import annotations

import numpy as np
import pytest

from egogpt.embedders.minilm import MiniLMEmbedder
from egogpt.registry import load_embedder
from egogpt.weights.store import WeightMissing, WeightStore

pytestmark = pytest.mark.model

TEXTS = ["I pour coffee into a cup.", "The train leaves at nine.", "A dog sleeps on the sofa."]


@pytest.fixture(scope="module")
def minilm() -> MiniLMEmbedder:
    try:
        embedder = load_embedder("minilm", WeightStore())
    except WeightMissing as missing:
        pytest.skip(str(missing))
    assert isinstance(embedder, MiniLMEmbedder)
    return embedder


def test_vectors_are_unit_length_in_the_order_of_the_texts(minilm: MiniLMEmbedder) -> None:
    vectors = minilm.embed_documents(TEXTS)
    assert vectors.shape == (3, minilm.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert minilm.embed_documents([]).shape == (0, minilm.dimension)


def test_a_question_is_nearest_to_what_answers_it(minilm: MiniLMEmbedder) -> None:
    vectors = minilm.embed_documents(TEXTS)
    assert (vectors @ minilm.embed_query("What did I drink?")).argmax() == 0
    assert (vectors @ minilm.embed_query("Where was the puppy?")).argmax() == 2


def test_a_vector_does_not_depend_on_the_texts_beside_it(minilm: MiniLMEmbedder) -> None:
    together = minilm.embed_documents([*TEXTS, "word " * 200])
    for row, text in enumerate(TEXTS):
        assert np.array_equal(together[row], minilm.embed_documents([text])[0])


def test_only_the_first_256_tokens_are_read(minilm: MiniLMEmbedder) -> None:
    long = "coffee " * 254
    assert np.array_equal(minilm.embed_query(long), minilm.embed_query(long + "elephant " * 50))
    assert np.isfinite(minilm.embed_query("")).all()
