"""Codes keep neighbours together, and the sample stands for what is not read."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import Scene
from kernels.base.partial_softmax import PartialSoftmax
from kernels.engine.sparse_attention import attend
from kernels.methods.dense import Dense
from kernels.methods.hyper_attention import Codes, Hyper, _planes
from tests.kernels.shapes import close, few

HYPER = Hyper(sinks=4, window=28, tokens=192, sampled=64)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def chosen(method: Hyper, scene: Scene) -> Tensor:
    found = method.choose(scene)
    assert isinstance(found, Tensor)
    return found


@few
@given(planes=st.integers(1, 9), seed=st.integers(0, 99))
def test_neighbouring_places_lie_on_the_same_side_of_all_planes_but_one(
    planes: int, seed: int
) -> None:
    vectors = random(3000, 8, seed=seed)
    sides = vectors @ _planes(planes, seed, 8) > 0
    places = Codes(planes, seed).places(vectors)
    of_place = {int(place): side for place, side in zip(places, sides, strict=True)}
    for place, side in of_place.items():
        assert torch.equal(sides[places == place], side.expand(int((places == place).sum()), -1))
        if place + 1 in of_place:
            assert int((side != of_place[place + 1]).sum()) == 1
    assert len(of_place) <= 2**planes


def test_keys_in_the_direction_of_a_query_are_read_wherever_they_lie() -> None:
    query = random(1, 4, 1, 16)
    for place in range(40, 3900, 411):
        key = random(1, 2, 4000, 16, seed=place)
        for head in (0, 1):
            key[:, head, place] = 0.5 * query[:, 2 * head + 1, 0]
        method = replace(HYPER, planes=12)
        assert (chosen(method, Scene(query, key, 0)) == place).any(dim=-1).all()


@pytest.mark.parametrize("sampled", [32, 200])
def test_the_sample_estimates_what_is_not_read_without_bias(sampled: int) -> None:
    query, key, value = random(1, 2, 1, 8), random(1, 1, 600, 8, seed=1), random(1, 1, 600, 8)
    scene = Scene(query, key, 0, 0.3)
    sums, masses = [], []
    for seed in range(150):
        method = replace(HYPER, sampled=sampled, tokens=sampled + 60, seed=seed)
        named = chosen(method, scene)[0, 0]
        rest = method.compensate(scene, value, named[None, None])
        assert isinstance(rest, PartialSoftmax)
        unread = torch.ones(600, dtype=torch.bool)
        unread[named] = unread[:4] = unread[573:] = False  # chosen, sinks, window
        exact = (0.3 * query[0, :, 0] @ key[0, 0, unread].T).exp()
        mass = rest.log_sum[0, :, 0].exp()
        masses.append(mass / exact.sum(dim=-1))
        sums.append(mass[:, None] * rest.mixed[0, :, 0] - exact @ value[0, 0, unread])
    close(torch.stack(masses).mean(dim=0), torch.ones(2), 0.05)
    error = torch.stack(sums)
    spread = error.std(dim=0) / math.sqrt(len(sums))
    assert (error.mean(dim=0).abs() < 4 * spread).all()


def test_sampling_comes_closer_to_dense_attention_than_leaving_out() -> None:
    """What lies in a query's buckets is not like the rest: here values are what keys are."""
    query, key = random(1, 4, 1, 16), random(1, 2, 4000, 16, seed=1)
    dense = attend(Dense(), query, key, key, 0.1)
    errors = [
        float((attend(method, query, key, key, 0.1) - dense).norm())
        for method in (HYPER, replace(HYPER, compensated=False))
    ]
    assert errors[0] < 0.6 * errors[1]


def test_the_same_seed_draws_the_same_with_and_without_a_cache_and_another_seed_does_not() -> None:
    query, key, value = (random(1, h, 300, 8, seed=h) for h in (4, 2, 2))
    once = attend(HYPER, query, key, value, 0.3)
    assert torch.equal(
        attend(HYPER, query, key, value, 0.3, pages=BlockSummaries(key, value, {})), once
    )
    assert not torch.allclose(attend(replace(HYPER, seed=1), query, key, value, 0.3), once)


def test_it_reads_no_more_than_it_is_told() -> None:
    scene = Scene(random(1, 4, 1, 16), random(1, 2, 4000, 16), 0)
    assert chosen(HYPER, scene).shape[2] + 64 + 4 + 28 <= 192


def test_planes_and_samples_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="planes must be between"):
        Hyper(planes=40)
    with pytest.raises(ValueError, match="sampled must be at least 1"):
        Hyper(sampled=0)
