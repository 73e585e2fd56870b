"""The compensation token is the mean of what was dropped, as often as it was dropped."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.engine.sparse_attention import attend
from kernels.methods.razor_attention import Razor
from kernels.registry import using
from tests.kernels.models import causal_model, prompt
from tests.kernels.shapes import Shape, close, few, shapes

RAZOR = Razor(sinks=3, window=4, block=4, keep=3, query_block=1)


def spelled_out(method: Razor, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    """The last query's attention with the compensation token as a key of its own, in doubles."""
    groups = query.shape[1] // key.shape[1]
    key, value = (x.double().repeat_interleave(groups, dim=1) for x in (key, value))
    low, high = method.dropped(key.shape[2] - 1)
    gone = range(low * method.block, high * method.block)
    kept = [i for i in range(key.shape[2]) if i not in gone]
    keys, values = key[:, :, kept], value[:, :, kept]
    weights = torch.zeros(len(kept), dtype=torch.double)
    if len(gone):
        keys = torch.cat([keys, key[:, :, gone].mean(dim=2, keepdim=True)], dim=2)
        values = torch.cat([values, value[:, :, gone].mean(dim=2, keepdim=True)], dim=2)
        weights = torch.cat([weights, torch.tensor([math.log(len(gone))])])
    scores = query[:, :, -1:].double() @ keys.transpose(2, 3) * scale + weights
    return (scores.softmax(dim=-1) @ values).float()


@few
@given(shape=shapes(whole=True))
def test_it_equals_attention_with_one_more_token(shape: Shape) -> None:
    query, key, value = shape.tensors()
    mixed = attend(RAZOR, query, key, value, 0.3)[:, :, -1:]
    close(mixed, spelled_out(RAZOR, query, key, value, 0.3))


@few
@given(steps=st.lists(st.integers(1, 9), min_size=1, max_size=8), cut=st.integers(0, 12))
def test_what_a_cache_keeps_of_it_is_what_would_be_made_anew(steps: list[int], cut: int) -> None:
    query, key, value = Shape(1, 2, 2, 4, 90, 90, 3).tensors()
    pages, end = BlockSummaries(key[:, :, :0], value[:, :, :0], {}), 0
    for number, step in enumerate(steps):
        if number == len(steps) // 2:
            end = max(0, end - cut)
            pages.cut(key[:, :, :end], value[:, :, :end])
        start, end = end, end + step
        now = (query[:, :, start:end], key[:, :, :end], value[:, :, :end])
        pages.moved(*now[1:])
        close(attend(RAZOR, *now, 0.3, pages=pages), attend(RAZOR, *now, 0.3))


def test_only_what_was_dropped_since_is_read_again() -> None:
    query, key, value = Shape(1, 1, 1, 4, 60, 60, 3).tensors()
    pages = BlockSummaries(key, value, {})
    attend(RAZOR, query[:, :, 50:51], key[:, :, :51], value[:, :, :51], 0.3, pages=pages)
    low, high = RAZOR.dropped(50)
    value[:, :, low * 4 : high * 4] = torch.nan
    key[:, :, low * 4 : high * 4] = torch.nan
    later = attend(RAZOR, query[:, :, 59:], key, value, 0.3, pages=pages)
    assert high > low
    assert later.isfinite().all()


def test_a_head_keeps_a_fraction_of_the_context_and_never_less_than_its_window() -> None:
    for first, kept in ((20, 20), (400, 100), (4000, 1000)):
        method = Razor(sinks=0, window=50, block=1, keep=4, query_block=1)
        low, high = method.dropped(first)
        assert first + 1 - (high - low) == pytest.approx(kept, abs=1) or first < 50


def test_a_model_writes_the_same_with_and_without_a_cache() -> None:
    model, (ids, mask) = causal_model(), prompt(60, 41)
    options: dict[str, Any] = {"max_new_tokens": 9, "min_new_tokens": 9, "do_sample": False}
    method = Razor(sinks=2, window=6, block=4, keep=4, heads=((1,), (0,)), query_block=1)
    with using(model, method):
        kept = model.generate(ids, attention_mask=mask, **options)
        anew = model.generate(ids, attention_mask=mask, use_cache=False, **options)
    assert torch.equal(kept, anew)


def test_a_share_to_keep_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="keep must be at least 1"):
        Razor(keep=0)
