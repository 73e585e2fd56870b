"""Quest's bound is one, and what it is for is found."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kernels.base.method import Scene
from kernels.base.reference import attention, visible
from kernels.engine.sparse_attention import attend
from kernels.methods.quest import Quest, bounds
from tests.kernels.shapes import few


@few
@given(seed=st.integers(0, 999), dtype=st.sampled_from([torch.float32, torch.bfloat16]))
def test_no_key_scores_above_the_bound_of_its_block(seed: int, dtype: torch.dtype) -> None:
    noise = torch.Generator().manual_seed(seed)
    keys = torch.randn(1, 2, 5, 4, 8, generator=noise).mul(3).to(dtype)
    query = torch.randn(1, 2, 1, 8, generator=noise).to(dtype).double()
    kept = bounds(keys).double()
    limit = query @ torch.cat([kept[..., :8], kept[..., 8:]], -1)[..., :8].transpose(-1, -2)
    limit = limit + query.abs() @ kept[..., 8:].transpose(-1, -2)
    best = (keys.double() @ query[:, :, :, :, None]).amax(dim=3).squeeze(-1)
    assert (best <= limit.squeeze(2) + 1e-9).all()


def test_a_lone_key_that_matters_is_found_wherever_it_lies() -> None:
    noise = torch.Generator().manual_seed(3)
    key = torch.randn(1, 2, 4000, 16, generator=noise)
    query = torch.randn(1, 4, 1, 16, generator=noise)
    method = Quest(tokens=128, sinks=4, window=28)
    for place in range(40, 3900, 321):
        planted = key.clone()
        planted[:, 0, place] = 3 * query[:, 0, 0]
        planted[:, 1, place] = 3 * query[:, 2, 0]
        chosen = method.choose(Scene(query, planted[:, :, :3999], 0))
        assert chosen is not None
        assert (chosen == place // 16).any(dim=-1).all()


@pytest.mark.parametrize("asked", [1, 100])
def test_it_reads_no_more_than_it_is_told(asked: int) -> None:
    query, key = torch.randn(1, 2, asked, 16), torch.randn(1, 1, 1024, 16)
    seen = visible(Quest(tokens=400, sinks=10, window=107, query_block=128), query, key)
    read = seen.any(dim=2).sum(dim=-1)
    assert (read <= 400).all()
    assert (read > 384).all()


def test_a_budget_below_sinks_and_window_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="at least sinks \\+ window"):
        Quest(tokens=100)


def test_a_prompt_finds_what_one_of_its_queries_wants() -> None:
    noise = torch.Generator().manual_seed(4)
    query, key, value = (torch.randn(1, 1, 1000, 16, generator=noise) for _ in range(3))
    key[:, :, 300] = 9.0
    query[:, :, 700:716] = 1.0
    mixed = attend(
        Quest(tokens=256, sinks=4, window=124, query_block=128, query_stride=16),
        query,
        key,
        value,
        1.0,
    )
    everything = torch.ones(1000, 1000, dtype=torch.bool).tril()
    dense = attention(query, key, value, everything, 1.0)
    torch.testing.assert_close(mixed[:, :, 700:716], dense[:, :, 700:716], atol=1e-3, rtol=0)
