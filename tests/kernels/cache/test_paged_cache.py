"""The paged cache equals the stock one in all that it holds, and forgets what it is told to."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor
from transformers import DynamicCache

from kernels.base.block_summaries import BlockSummaries
from kernels.cache.paged_cache import NeedsGradient, PagedLayer, adopt, paged_cache
from kernels.methods.quest import Quest, bounds
from kernels.registry import using
from tests.kernels.models import causal_model, prompt
from tests.kernels.shapes import close, few


def tokens(count: int, batch: int = 2, seed: int = 0) -> tuple[Tensor, Tensor]:
    noise = torch.Generator().manual_seed(seed)
    return (
        torch.randn(batch, 3, count, 4, generator=noise),
        torch.randn(batch, 3, count, 5, generator=noise),
    )


def pages_of(cache: Any) -> BlockSummaries:
    layer = cache.layers[0]
    assert isinstance(layer, PagedLayer)
    assert layer.pages is not None
    return layer.pages


def agrees(cache: Any, stock: Any) -> None:
    """Same keys and values; summaries equal those of the keys that are there now."""
    mine, other = cache.layers[0], stock.layers[0]
    assert cache.get_seq_length() == stock.get_seq_length()
    if not stock.get_seq_length():
        return
    close(mine.keys, other.keys)
    close(mine.values, other.values)
    length = mine.keys.shape[2]
    for block in (1, 3, 4):
        fresh = BlockSummaries(other.keys, other.values).summary(bounds, block, length)
        close(pages_of(cache).summary(bounds, block, length), fresh)


@few
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.integers(1, 300)),
            st.tuples(st.just("crop"), st.integers(1, 40)),
            st.tuples(st.just("reorder"), st.permutations([0, 1])),
            st.tuples(st.just("repeat"), st.just(2)),
            st.tuples(st.just("select"), st.just([0])),
            st.tuples(st.just("reset"), st.none()),
            st.tuples(st.just("copy"), st.none()),
        ),
        min_size=1, max_size=9,
    )
)  # fmt: skip
@example(steps=[("write", 200), ("crop", 17), ("write", 1)])
def test_whatever_is_done_to_it_is_as_with_the_stock_cache(steps: list[tuple[str, Any]]) -> None:
    cache, stock, batch = paged_cache(), DynamicCache(), 2
    for number, (what, much) in enumerate(steps):
        if what == "write":
            states = tokens(much, batch, number)
            keys, _ = cache.update(*states, 0)
            stock.update(*states, 0)
            assert keys.pages is pages_of(cache)  # type: ignore[attr-defined]
        elif not stock.get_seq_length():
            continue
        elif what == "copy":
            cache = copy.deepcopy(cache)
        for one in (cache, stock):
            if what == "crop":
                one.crop(-min(much, one.get_seq_length()))
            elif what == "reorder" and batch == 2:
                one.reorder_cache(torch.tensor(much))
            elif what == "repeat":
                one.batch_repeat_interleave(much)
            elif what == "select":
                one.batch_select_indices(torch.tensor(much))
            elif what == "reset":
                one.reset()
        if what == "repeat":
            batch *= 2
        elif what == "select":
            batch = 1
        elif what == "reset":
            batch = 2
        agrees(cache, stock)


def test_a_token_is_written_in_place_and_what_was_handed_out_is_a_view() -> None:
    cache = paged_cache()
    first, _ = cache.update(*tokens(5), 0)
    second, _ = cache.update(*tokens(1), 0)
    assert second.data_ptr() == first.data_ptr()
    assert second.shape[2] == 6


def test_room_can_be_made_ahead() -> None:
    cache = paged_cache(capacity=5000)
    first, _ = cache.update(*tokens(5), 0)
    assert cache.update(*tokens(4995), 0)[0].data_ptr() == first.data_ptr()


def test_a_block_is_summarised_once() -> None:
    asked = []

    def counting(keys: Tensor) -> Tensor:
        asked.append(keys.shape[2])
        return keys.sum(3)

    cache = paged_cache()
    for _ in range(20):
        keys, _ = cache.update(*tokens(3), 0)
        pages_of(cache).summary(counting, 4, keys.shape[2])
    assert sum(asked) == 60 // 4


def test_a_filled_stock_cache_is_taken_over() -> None:
    stock = DynamicCache()
    stock.update(*tokens(7), 0)
    cache = copy.deepcopy(stock)
    adopt(cache)
    agrees(cache, stock)
    cache.update(*tokens(2), 1)
    assert isinstance(cache.layers[1], PagedLayer)
    assert cache.layers[1].pages is not None
    assert cache.layers[1].pages.shared is pages_of(cache).shared


def test_keys_in_a_graph_are_refused_in_words() -> None:
    keys, values = tokens(3)
    with pytest.raises(NeedsGradient, match="use_cache=False"):
        paged_cache().update(keys.requires_grad_(), values, 0)


@pytest.mark.parametrize("beams", [1, 2])
def test_a_model_generates_the_same_through_it(beams: int) -> None:
    model = causal_model()
    ids, mask = prompt(9, 5)
    options = {"max_new_tokens": 12, "do_sample": False, "num_beams": beams, "eos_token_id": None}
    expected = model.generate(ids, attention_mask=mask, **options)
    with using(model, "dense"):
        said = model.generate(
            ids, attention_mask=mask, return_dict_in_generate=True, **options
        )  # fmt: skip
    assert torch.equal(said.sequences, expected)
    assert all(isinstance(layer, PagedLayer) for layer in said.past_key_values.layers)


def test_a_day_is_read_once_for_many_questions() -> None:
    model = causal_model()
    day, _ = prompt(30)
    questions = [day[:, k : k + 4] for k in range(3)]
    cache = paged_cache(model.config)
    with torch.inference_mode(), using(model, "dense"):
        model(day, cache=cache)
        for question in questions:
            asked = model(question, cache=cache).logits
            cache.crop(-question.shape[1])
            whole = model(torch.cat([day, question], dim=1), use_cache=False).logits[:, 30:]
            close(asked, whole, 1e-4)


def test_a_model_can_still_be_trained_inside_using() -> None:
    model = causal_model()
    with using(model, "dense"):
        model(prompt(9)[0]).logits.sum().backward()
    assert model.lm_head.weight.grad is not None


def test_a_day_read_in_inference_mode_can_be_gone_on_with_outside_it() -> None:
    model = causal_model()
    day, _ = prompt(70)
    method = Quest(sinks=2, window=6, block=4, tokens=20)
    with using(model, method):
        cache = paged_cache(model.config)
        with torch.inference_mode():
            model(day[:, :-1], cache=cache)
        options = {"max_new_tokens": 9, "min_new_tokens": 9, "do_sample": False}
        said = model.generate(day, cache=cache, **options)
        with torch.no_grad():
            cache = paged_cache(model.config)
            model(day[:, :-1], cache=cache)
        assert torch.equal(said, model.generate(day, cache=cache, **options))
