"""Two texts are read as one by an adapted encoder: the same arithmetic, other weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from egogpt.embedders.e5 import unigram_tokenizer
from egogpt.embedders.e5_bert import E5Bert
from egogpt.embedders.e5_file import read_e5
from egogpt.embedders.e5_pairs import PairReader, adapted, pack_pairs
from tests.egogpt.embedders.test_e5 import WIDTH, made_up, written

HIDDEN, RANK = 4, 2


def adapter(seed: int = 1, strength: float = 0.3) -> dict[str, Tensor]:
    """A random head, and a product for one matrix."""
    random = torch.Generator().manual_seed(seed)

    def numbers(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random)

    return {
        "segment": strength * numbers(2, WIDTH), "shared": strength * numbers(2, WIDTH),
        "pool.w": 0.1 * numbers(HIDDEN, 3 * WIDTH), "pool.b": numbers(HIDDEN),
        "out.w": numbers(1, HIDDEN), "out.b": numbers(1),
        "l0.q.down": numbers(RANK, WIDTH), "l0.q.up": strength * numbers(WIDTH, RANK),
        "l0.oln.w": 1 + strength * numbers(WIDTH),
    }  # fmt: skip


@pytest.fixture
def bert(tmp_path: Path) -> E5Bert:
    return E5Bert(read_e5(written(tmp_path / "e5.bin", made_up())), torch.float32)


def reader(bert: E5Bert, tmp_path: Path, tensors: dict[str, Tensor]) -> PairReader:
    file = read_e5(tmp_path / "e5.bin")
    return PairReader(bert, unigram_tokenizer(file.pieces, file.special), tensors)


def test_pairs_are_told_apart_token_by_token() -> None:
    pairs = pack_pairs([([5, 6], [6, 7]), ([5], [7])])
    assert pairs.ids.tolist() == [[0, 5, 6, 2, 2, 6, 7, 2], [0, 5, 2, 2, 7, 2, 1, 1]]
    assert pairs.mask.sum(1).tolist() == [8, 6]
    assert pairs.second.nonzero()[:, 1].tolist() == [4, 5, 6, 7, 3, 4, 5]
    assert pairs.shared.nonzero().tolist() == [[0, 2], [0, 5]]


def test_an_adapter_changes_the_matrix_by_its_product_and_nothing_else(bert: E5Bert) -> None:
    tensors = adapter()
    changed = adapted(bert.weights, tensors)
    assert changed.keys() == {"l0.q.w", "l0.oln.w"}
    product = tensors["l0.q.up"] @ tensors["l0.q.down"]
    assert torch.allclose(changed["l0.q.w"], bert.weights["l0.q.w"] + product)
    before = bert.weights["l0.q.w"].clone()
    bert.with_weights(changed)
    assert torch.equal(bert.weights["l0.q.w"], before)


def test_without_products_and_marks_the_states_are_those_of_the_encoder(
    bert: E5Bert, tmp_path: Path
) -> None:
    tensors = adapter(strength=0.0)
    del tensors["l0.oln.w"]
    (score,) = reader(bert, tmp_path, tensors).scores("ab", ["bc"])
    pairs = pack_pairs([([4, 5, 6], [4, 6, 7])])
    states = bert.states(pairs.ids, pairs.mask)[0]
    whole = torch.cat([states[0], states[:5].mean(0), states[5:].mean(0)])
    pooled = torch.tanh(functional.linear(whole, tensors["pool.w"], tensors["pool.b"]))
    expected = functional.linear(pooled, tensors["out.w"], tensors["out.b"])
    assert score == pytest.approx(expected.item(), abs=1e-4)


@pytest.mark.parametrize("name", ["segment", "shared", "l0.q.up", "l0.oln.w", "out.w"])
def test_every_part_of_an_adapter_counts(bert: E5Bert, tmp_path: Path, name: str) -> None:
    tensors = adapter()
    before = reader(bert, tmp_path, tensors).scores("ab", ["bc"])
    other = tensors | {name: 2 * tensors[name]}
    assert not np.allclose(reader(bert, tmp_path, other).scores("ab", ["bc"]), before, atol=1e-5)


def test_in_sixteen_bits_the_scores_are_nearly_the_same(bert: E5Bert, tmp_path: Path) -> None:
    short = E5Bert(read_e5(tmp_path / "e5.bin"), torch.bfloat16)
    scores = [reader(one, tmp_path, adapter()).scores("ab", ["bc", "a"]) for one in (bert, short)]
    assert np.allclose(*scores, atol=0.1)
    assert not np.array_equal(*scores)


def test_statements_of_any_length_are_scored_in_their_order(bert: E5Bert, tmp_path: Path) -> None:
    scorer = reader(bert, tmp_path, adapter())
    statements = ["abc" * 2, "c", "ab", "", "b"]
    alone = [scorer.scores("ab", [text])[0] for text in statements]
    assert np.allclose(scorer.scores("ab", statements), alone, atol=1e-4)
    assert len(set(np.round(alone, 4))) == len(alone)
    assert len(scorer.scores("ab", [])) == 0
