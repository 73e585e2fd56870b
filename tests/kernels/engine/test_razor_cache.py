"""A cache that drops keys answers as one that keeps them, and takes the memory that it says."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import DynamicCache

from kernels.cache.paged_cache import NeedsGradient
from kernels.engine.razor_cache import RazorLayer, adopt
from kernels.engine.sparse_attention import attend
from kernels.engine.transformers_attention import Attention
from kernels.methods.razor_attention import Razor
from kernels.registry import page_caches, register
from tests.kernels.models import causal_model, prompt
from tests.kernels.shapes import Shape, close, few

HEADS = st.sampled_from([(), (1,), (2, 0), (0, 1, 2)])


def cached(method: Razor) -> Any:
    cache = DynamicCache()
    adopt(cache, method)
    return cache


@few
@given(
    heads=HEADS, steps=st.lists(st.integers(1, 40), min_size=3, max_size=9),
    query_block=st.sampled_from([1, 4]), sinks=st.integers(0, 3), compensated=st.booleans(),
    dense_below=st.sampled_from([0, 20]),
)  # fmt: skip
def test_what_is_left_is_attended_to_as_if_all_was_there(
    heads: tuple[int, ...], steps: list[int], query_block: int, sinks: int, compensated: bool,
    dense_below: int,
) -> None:  # fmt: skip
    method = Razor(sinks, 4, 4, query_block, dense_below, heads=(heads,), keep=3,
                   compensated=compensated)  # fmt: skip
    query, key, value = Shape(1, 3, 2, 4, sum(steps), sum(steps), 3).tensors()
    cache, module, end = cached(method), torch.nn.Module(), 0
    for step in steps:
        start, end = end, end + step
        new = (x[:, :, start:end] for x in (key, value))
        keys, values = cache.update(*new, 0)
        rows = query[:, :, start:end]
        mixed, _ = Attention(method)(module, rows, keys, values, None, scaling=0.3)
        expected = attend(method, rows, key[:, :, :end], value[:, :, :end], 0.3)
        close(mixed.transpose(1, 2), expected)
    assert cache.get_seq_length() == end


def test_a_long_context_takes_a_third_of_its_memory() -> None:
    method = Razor(sinks=4, window=256, block=32, keep=5, heads=((3,),))
    cache, module, full = cached(method), torch.nn.Module(), 0
    with pytest.raises(NeedsGradient):
        cached(Razor(heads=((),))).update(*torch.ones(2, 1, 8, 4, 16, requires_grad=True), 0)
    for step, count in enumerate((1024, 8, *(512,) * 10, 2040)):
        query, key, value = Shape(1, 8, 1, 16, count, count, 1).tensors()
        full += key.nbytes + value.nbytes
        with torch.inference_mode(step == 0):  # and others may write behind it
            keys, values = cache.update(key, value, 0)
            Attention(method)(module, query[:, :, :8], keys, values, None)
        assert keys.untyped_storage().nbytes() == 4
    (layer,) = cache.layers
    assert isinstance(layer, RazorLayer)
    share = layer.bytes / full  # one head of eight whole, with room to grow; a fifth of the others
    assert 1 / 8 + 7 / 8 / 5 < share < 1.5 * (1 / 8 + 7 / 8 / 5)


def test_a_model_writes_by_it_and_only_what_is_whole_is_cut_back() -> None:
    model, (ids, _) = causal_model(), prompt(90)
    options: dict[str, Any] = {"max_new_tokens": 9, "min_new_tokens": 9, "do_sample": False}
    method = Razor(sinks=2, window=6, block=4, keep=4, heads=((1,), (0,)), query_block=16)
    model.set_attn_implementation(register(method))
    whole = model.generate(ids, **options)
    end = page_caches(model, method)
    cache = DynamicCache(config=model.config)
    assert torch.equal(model.generate(ids, cache=cache, **options), whole)
    assert all(isinstance(layer, RazorLayer) for layer in cache.layers)
    with torch.no_grad():
        again = model(whole[:, -1:], cache=cache).logits
        cache.crop(-1)
        close(model(whole[:, -1:], cache=cache).logits, again)
    with pytest.raises(ValueError, match="would miss some"):
        cache.crop(-60)
    cache.crop(-cache.get_seq_length())
    assert cache.get_seq_length() == 0
    assert torch.equal(model.generate(ids, cache=cache, **options), whole)
    end()
    padded, mask = prompt(60, 41)
    expected = model.generate(padded, attention_mask=mask, **options)
    end = page_caches(model, method)
    assert torch.equal(model.generate(padded, attention_mask=mask, **options), expected)
    end()
