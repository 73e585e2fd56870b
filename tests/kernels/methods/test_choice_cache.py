"""Choices that serve several tokens or layers: kept as long as they should be, and no longer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import EVERYTHING, Method, Scene
from kernels.cache.paged_cache import paged_cache
from kernels.engine.sparse_attention import attend
from kernels.methods.dense import Dense
from kernels.methods.recycled_attention import Recycled
from kernels.methods.tidal_decode import Tidal
from kernels.methods.tokenselect import TokenSelect
from kernels.registry import using
from tests.kernels.models import causal_model, prompt
from tests.kernels.shapes import close

SELECT = TokenSelect(sinks=2, window=5, tokens=15)
RECYCLED = Recycled(sinks=2, window=5, tokens=15, every=4)
TIDAL = Tidal(sinks=2, window=5, tokens=15, dense_layers=0, select=(0, 2))


class Written:
    """A layer that writes token after token, and what its method answers."""

    def __init__(self, method: Method, alike: bool = True, length: int = 60) -> None:
        noise = torch.Generator().manual_seed(5)
        self.key = torch.randn(1, 2, length, 8, generator=noise)
        self.query = torch.randn(1, 4, length, 8, generator=noise)
        if alike:
            self.query = self.query[:, :, :1] + 0.01 * self.query
        self.method, self.pages = method, BlockSummaries(self.key[:, :, :0], self.key[:, :, :0], {})

    def scene(self, at: int, layer: int = 0, kept: bool = True, count: int = 1) -> Scene:
        self.pages.moved(self.key[:, :, : at + count], self.key[:, :, : at + count])
        asked = self.query[:, :, at : at + count]
        return Scene(asked, self.key[:, :, :at], layer, 0.3, self.pages if kept else None)

    def chosen(self, at: int, **how: Any) -> Any:
        return self.method.choose(self.scene(at, **how))


def named(chosen: Tensor) -> list[set[int]]:
    return [set(row.tolist()) for row in chosen[0]]


def test_votes_come_from_the_query_heads_that_read_the_key_head() -> None:
    """Query head h reads key head h // G: a loud key for query heads 2 and 3 lies in head 1."""
    query, key = torch.zeros(1, 4, 1, 8), torch.zeros(1, 2, 50, 8)
    query[0, 2, 0, 0] = query[0, 1, 0, 1] = 9.0
    key[0, 1, 20, 0] = key[0, 0, 30, 1] = 9.0  # what heads 2 and 1 look for, in their key heads
    key[0, 0, 10, 0] = key[0, 1, 40, 1] = 9.0  # and in the heads that they do not read
    chosen = TokenSelect(sinks=0, window=1, tokens=3).choose(Scene(query, key, 0))
    assert isinstance(chosen, Tensor)
    assert named(chosen) == [{20, 30}]


def test_no_head_outvotes_the_others_by_the_size_of_its_queries() -> None:
    query, key = torch.zeros(1, 2, 1, 8), torch.zeros(1, 2, 50, 8)
    query[0, 0, 0, 0], query[0, 1, 0, 1] = 1000.0, 9.0
    key[0, 0, 20, 0], key[0, 0, 21, 0], key[0, 1, 30, 1] = 9.0, 8.0, 9.0
    chosen = TokenSelect(sinks=0, window=1, tokens=3).choose(Scene(query, key, 0))
    assert isinstance(chosen, Tensor)
    assert named(chosen) == [{20, 30}]


def test_like_queries_read_what_was_chosen_and_what_left_the_window_since() -> None:
    layer = Written(SELECT)
    first = named(layer.chosen(40))[0]
    for step in range(1, 8):
        assert named(layer.chosen(40 + step))[0] == first | set(range(36, 36 + step))


@pytest.mark.parametrize("why", ["unlike", "not kept", "token missed", "cut", "old", "a prompt"])
def test_a_choice_that_no_longer_serves_is_made_anew(why: str) -> None:
    method = replace(SELECT, longest=1) if why == "old" else SELECT
    layer = Written(method, alike=why != "unlike")
    layer.chosen(40, kept=why != "not kept")
    at = 42 if why == "token missed" else 41
    if why == "cut":
        layer.pages.cut(layer.key[:, :, :41], layer.key[:, :, :41])
    if why == "a prompt":
        layer.chosen(41, count=3)
        at = 44
    assert torch.equal(layer.chosen(at), layer.chosen(at, kept=False))
    assert len(named(layer.chosen(at, kept=False))[0]) == 8


def test_recycled_sees_everything_every_few_tokens() -> None:
    layer = Written(RECYCLED)
    everything = [layer.chosen(40 + step) is EVERYTHING for step in range(9)]
    assert everything == [True, False, False, False] * 2 + [True]
    turning = Written(RECYCLED, alike=False)
    assert all(turning.chosen(40 + step) is EVERYTHING for step in range(5))


def test_recycled_reads_the_tokens_that_got_most_attention() -> None:
    layer = Written(RECYCLED)
    layer.key[0, 1, 17] = 50 * layer.query[0, 2, 0]
    layer.chosen(40)
    assert 17 in named(layer.chosen(41))[1]


def test_tidal_layers_read_what_the_selection_layer_before_them_chose() -> None:
    layer = Written(TIDAL, alike=False)
    assert layer.chosen(40, layer=0) is EVERYTHING
    first = layer.chosen(40, layer=1)
    layer.query = layer.query.flip(1)
    assert torch.equal(layer.chosen(40, layer=1), first)
    assert layer.chosen(40, layer=2) is EVERYTHING
    assert not torch.equal(layer.chosen(40, layer=3), first)
    anew = layer.chosen(41, layer=3)  # nothing was chosen for this token
    assert torch.equal(anew, layer.chosen(41, layer=3, kept=False))


def test_tidal_leaves_its_first_layers_dense() -> None:
    assert isinstance(Tidal().at(1, 0), Dense)
    assert Tidal().at(2, 0) == Tidal()


@pytest.mark.parametrize("method", [SELECT, RECYCLED, TIDAL], ids=lambda m: m.name)
def test_beams_batches_and_cut_caches_never_read_what_is_not_theirs(method: Method) -> None:
    """With a budget over everything a choice kept wrongly would show in the words."""
    model, (ids, mask) = causal_model(num_hidden_layers=4), prompt(24, 17)
    options = {"max_new_tokens": 6, "min_new_tokens": 6, "num_beams": 2, "do_sample": False}
    expected = model.generate(ids, attention_mask=mask, **options)
    whole = replace(method, tokens=4000)  # type: ignore[call-arg]
    with using(model, whole):
        assert torch.equal(model.generate(ids, attention_mask=mask, **options), expected)
        cache = paged_cache(model.config)
        with torch.inference_mode():
            model(ids[:1], cache=cache)
            for word in (5, 9):
                asked = model(torch.tensor([[word]]), cache=cache).logits
                cache.crop(-1)
                alone = torch.cat([ids[:1], torch.tensor([[word]])], dim=1)
                close(asked, model(alone, use_cache=False).logits[:, -1:], 1e-3)


def test_a_prompt_sees_what_one_of_its_queries_wants() -> None:
    noise = torch.Generator().manual_seed(4)
    query, key, value = (torch.randn(1, 1, 900, 16, generator=noise) for _ in range(3))
    key[:, :, 300] = 9.0
    query[:, :, 700:716] = 1.0
    dense = attend(Dense(), query, key, value, 1.0)
    for method in (RECYCLED, TIDAL):
        mixed = attend(replace(method, window=100, tokens=300), query, key, value, 1.0, layer=1)
        torch.testing.assert_close(mixed[:, :, 700:716], dense[:, :, 700:716], atol=1e-3, rtol=0)
