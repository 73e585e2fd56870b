"""Heads have shards of their own, and together see everything."""

from __future__ import annotations

import pytest
import torch

from kernels.base import reference
from kernels.methods.dense import Dense
from kernels.methods.s2_attention import S2

SHARDS = S2(sinks=2, window=4, block=3, stride=4, query_block=1, dense_layers=(2,))


def test_as_many_heads_as_the_stride_see_every_key_between_them_and_few_of_them_each() -> None:
    query, key = torch.randn(1, 4, 1, 8), torch.randn(1, 4, 80, 8)
    seen = reference.visible(SHARDS, query, key)[0, :, 0]
    assert seen.any(dim=0).all()
    apart = seen[:, 6:72].reshape(4, -1, 3)
    assert (apart.all(dim=-1) == apart.any(dim=-1)).all()
    assert (apart.any(dim=-1).sum(dim=0) == 1).all()


def test_a_layer_further_on_the_shards_have_moved() -> None:
    assert SHARDS.at(0, 1) == SHARDS.at(1, 0) != SHARDS.at(0, 0)


def test_some_layers_can_stay_dense() -> None:
    assert isinstance(SHARDS.at(2, 3), Dense)


def test_what_is_seen_does_not_depend_on_what_is_there() -> None:
    one, other = (
        reference.visible(SHARDS, torch.randn(1, 4, 30, 8), torch.randn(1, 4, 30, 8))
        for _ in range(2)
    )
    assert torch.equal(one, other)


def test_an_offset_beyond_the_stride_is_refused() -> None:
    with pytest.raises(ValueError, match="offset must lie between 0 and stride - 1"):
        S2(stride=4, offset=4)
