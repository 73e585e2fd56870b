"""A whole layer in one compiled call is the same sum as head by head from the definition."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kernels.base import reference
from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import Method, head_runs
from kernels.cache.paged_cache import PagedLayer
from kernels.engine.fused_decode import attend_at_once
from kernels.methods.dense import Dense
from kernels.methods.duo_attention import Duo
from kernels.methods.hip import Hip
from kernels.methods.mean_range import Spread
from kernels.methods.quest import Quest
from kernels.methods.razor_attention import Razor
from kernels.methods.recycled_attention import Recycled
from kernels.methods.streaming_window import Window
from kernels.native import build as library

pytestmark = pytest.mark.skipif(library.library() is None, reason=str(library.why_not()))
TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}


@st.composite
def methods(draw: st.DrawFn) -> Method:
    sinks, window, block = draw(st.integers(0, 9)), draw(st.integers(1, 9)), draw(st.integers(1, 4))
    near = {"sinks": sinks, "window": window, "block": block}
    tokens = sinks + window + draw(st.integers(0, 200))
    within = draw(
        st.sampled_from(
            [
                Spread(tokens=tokens, looked=1, **near),
                Spread(tokens=tokens, looked=8, **near),
                Quest(tokens=tokens, opened=draw(st.integers(0, 5)), **near),
                Window(**near),
                Dense(),
            ]
        )
    )
    if draw(st.booleans()):
        return within
    return Duo(
        sinks=draw(st.integers(0, 20)),
        window=draw(st.integers(1, 40)),
        heads=(draw(st.sampled_from([(0,), (1,), (0, 2), (0, 1, 2, 3)])),),
        within=within,
        dense_below=draw(st.sampled_from([0, 300])),
    )


@given(
    method=methods(),
    batch=st.integers(1, 2),
    kv_heads=st.integers(1, 4),
    groups=st.sampled_from([1, 3, 4, 6]),
    size=st.sampled_from([16, 64]),
    wide=st.sampled_from([32, 48]),
    total=st.integers(1, 700),
    dtype=st.sampled_from(list(TOLERANCE)),
    kept=st.booleans(),
    seed=st.integers(0, 999),
)
def test_it_is_what_the_definition_says_of_each_head(
    method: Method, batch: int, kv_heads: int, groups: int, size: int, wide: int, total: int,
    dtype: torch.dtype, kept: bool, seed: int,
) -> None:  # fmt: skip
    noise = torch.Generator().manual_seed(seed)

    def some(heads: int, count: int, width: int) -> Tensor:
        return torch.randn(batch, heads, count, width, generator=noise).to(dtype)

    query = some(kv_heads * groups, 1, size)
    key, value = some(kv_heads, total, size), some(kv_heads, total, wide)
    pages = BlockSummaries(key, value)
    if kept:
        layer = PagedLayer(capacity=total + 5)
        key, value = layer.update(key, value)
        assert layer.pages is not None
        pages = layer.pages
    runs = head_runs(method, 0, kv_heads, 1)
    mixed = attend_at_once(runs, query, key, value, 0.3, pages)
    assert mixed is not None
    seen = reference.visible(method, query, key, scale=0.3)
    expected = reference.attention(query, key, value, seen, 0.3)
    torch.testing.assert_close(mixed, expected, atol=TOLERANCE[dtype], rtol=TOLERANCE[dtype])


@pytest.mark.parametrize(
    "method",
    [Hip(), Razor(heads=((0,),)), Recycled(), Duo(heads=((0,),), within=Hip())],
    ids=lambda method: method.label,
)
def test_what_asks_more_of_a_query_is_asked_to_choose(method: Method) -> None:
    key = torch.zeros(1, 2, 6000, 16)
    runs = head_runs(method, 0, 2, 1)
    pages = BlockSummaries(key, key)
    assert attend_at_once(runs, torch.zeros(1, 2, 1, 16), key, key, 1.0, pages) is None
    short = [(heads, replace(own, dense_below=8192)) for heads, own in runs]
    assert attend_at_once(short, torch.zeros(1, 2, 1, 16), key, key, 1.0, pages) is not None


def test_a_head_that_sees_nothing_else_shares_the_call_with_one_that_sees_all() -> None:
    noise = torch.Generator().manual_seed(5)
    key = torch.randn(1, 2, 50, 16, generator=noise)
    query = torch.randn(1, 4, 1, 16, generator=noise)
    runs = [(slice(0, 1), Window(sinks=0, window=1)), (slice(1, 2), Dense())]
    mixed = attend_at_once(runs, query, key, key, 0.3, BlockSummaries(key, key))
    assert mixed is not None
    torch.testing.assert_close(mixed[:, :2], key[:, :1, -1:].expand(1, 2, 1, 16))
    everything = torch.ones(1, 50, dtype=torch.bool)
    dense = reference.attention(query[:, 2:], key[:, 1:], key[:, 1:], everything, 0.3)
    torch.testing.assert_close(mixed[:, 2:], dense)
