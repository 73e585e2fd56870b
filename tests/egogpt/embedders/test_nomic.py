"""The torch encoder computes what llama.cpp does from the same file, and finds what is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.embedders.nomic import NomicEmbedder, batches_by_length, word_pieces
from egogpt.weights.gguf import GgufError, read_gguf
from egogpt.weights.store import WeightMissing, WeightStore

TEXTS = [
    "I pour coffee into a cup.",
    "The train to Zürich leaves at nine, says Anna-Lena; nobody's surprised (it's 2024).",
    "A dog sleeps on the sofa while two people talk about the party on Saturday. " * 6,
]


@pytest.fixture(scope="module")
def weights() -> Path:
    try:
        return WeightStore().path("nomic")
    except WeightMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def exact(weights: Path) -> NomicEmbedder:
    return NomicEmbedder(weights, dtype="float32")


def llama_vectors(path: Path, texts: list[str]) -> np.ndarray[Any, Any]:
    """The same texts through xllamacpp: an implementation that shares no code with ours."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.embedding = True
    parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = 512
    parameters.n_parallel = 1
    parameters.warmup = False
    parameters.verbosity = -1
    parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 2
    server = xllamacpp.Server(parameters)
    reply = server.handle_embeddings({"input": texts})
    return np.array([entry["embedding"] for entry in reply["data"]], dtype=np.float32)


@pytest.mark.model
def test_vectors_agree_with_those_of_llama_cpp(weights: Path, exact: NomicEmbedder) -> None:
    theirs = llama_vectors(weights, [f"search_document: {text}" for text in TEXTS])
    ours = exact.embed_documents(TEXTS)
    assert ((ours * theirs).sum(axis=1) > 0.9999).all()


@pytest.mark.model
def test_bfloat16_changes_vectors_by_less_than_a_thousandth(
    weights: Path, exact: NomicEmbedder
) -> None:
    rounded = NomicEmbedder(weights, dtype="bfloat16").embed_documents(TEXTS)
    assert ((rounded * exact.embed_documents(TEXTS)).sum(axis=1) > 0.999).all()


@pytest.mark.model
def test_padding_and_order_do_not_change_vectors(exact: NomicEmbedder) -> None:
    together = exact.embed_documents(TEXTS)
    alone = np.stack([exact.embed_documents([text])[0] for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert exact.embed_documents([]).shape == (0, exact.dimension)


@pytest.mark.model
def test_a_question_is_nearest_to_what_answers_it(exact: NomicEmbedder) -> None:
    vectors = exact.embed_documents(TEXTS)
    assert (vectors @ exact.embed_query("What did I drink?")).argmax() == 0
    assert (vectors @ exact.embed_query("When does the train go?")).argmax() == 1


@pytest.mark.model
def test_the_tokenizer_is_berts(weights: Path) -> None:
    tokens = word_pieces(read_gguf(weights)).encode("Unbelievable coffee, naïve!").tokens
    assert tokens == ["[CLS]", "unbelievable", "coffee", ",", "naive", "!", "[SEP]"]


@given(st.lists(st.integers(1, 300)), st.integers(1, 1000))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = batches_by_length(lengths, budget)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[index] for index in batch)
        assert len(batch) == 1 or len(batch) * longest <= budget


def test_what_is_no_gguf_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    for data, words in (
        (b"RIFF" + b"\0" * 40, "not a GGUF"),
        (b"GGUF\x03\0\0\0" + b"\1" * 9, "ends inside"),
    ):
        path.write_bytes(data)
        with pytest.raises(GgufError, match=words):
            read_gguf(path)
