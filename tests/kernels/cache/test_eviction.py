"""A compressed cache holds what was kept, counts what was dropped, and gives memory back."""

from __future__ import annotations

import weakref
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from transformers import DynamicCache

from egogpt.attention.compressed_reading import read_compressed
from kernels.cache.eviction import CompressedLayer, Importance, compress, important
from kernels.cache.paged_cache import paged_cache
from kernels.corrections.correction import install, register_on_top, remove
from kernels.methods.streaming_window import Window
from kernels.registry import using
from tests.kernels.models import causal_model, prompt
from tests.kernels.shapes import close, few

SMALL = {"sinks": 2, "recent": 4, "around": 1}


def read(model: Any, ids: Tensor) -> Any:
    cache = paged_cache(model.config)
    with torch.inference_mode():
        model(ids, cache=cache)
    return cache


def worth(seed: int = 0, layers: int = 2, tokens: int = 40) -> list[Tensor]:
    noise = torch.Generator().manual_seed(seed)
    return [torch.rand(1, 2, tokens, generator=noise) for _ in range(layers)]


@few
@given(tokens=st.integers(7, 60), seed=st.integers(0, 99), data=st.data())
def test_the_best_the_first_and_the_last_are_kept(
    tokens: int, seed: int, data: st.DataObject
) -> None:
    keep = data.draw(st.integers(6, tokens))
    mine = worth(seed, 1, tokens)[0]
    places = important(mine, keep, 2, 4, 1)
    assert (places.diff(dim=-1) > 0).all()
    for head in (0, 1):
        kept = set(places[0, head].tolist())
        assert {0, 1, *range(tokens - 4, tokens)} <= kept
        middle = mine[0, head, 2 : tokens - 4]
        best = (middle.topk(keep - 6).indices + 2).tolist()
        assert set(best) <= kept


def test_a_token_is_worth_what_the_best_around_it_is() -> None:
    mine = torch.zeros(1, 1, 30)
    mine[..., 12] = 1.0
    assert important(mine, 5, 0, 0, 5)[0, 0].tolist() == [10, 11, 12, 13, 14]


@pytest.mark.parametrize("attention", ["sdpa", "dense"])
def test_what_is_written_next_is_as_over_the_kept_keys_at_their_positions(attention: str) -> None:
    model, (ids, _) = causal_model(), prompt(40)
    values, following = worth(), torch.tensor([[5, 9, 7]])
    cache, stock = read(model, ids), DynamicCache()
    for layer, mine in enumerate(values):
        places = important(mine, 12, 2, 4, 1)[..., None].expand(-1, -1, -1, 8)
        held = cache.layers[layer]
        stock.update(held.keys.gather(2, places), held.values.gather(2, places), layer)
    assert compress(cache, values, 12, **SMALL) == 28
    assert cache.get_seq_length() == 40
    assert cache.layers[0].keys.shape[2] == 12
    mask = torch.zeros(1, 1, 3, 15)
    mask[..., 12:] = torch.full((3, 3), torch.finfo(torch.float32).min).triu(1)
    with torch.inference_mode():
        positions = torch.arange(40, 43)[None]
        expected = model(following, attention_mask=mask, position_ids=positions, cache=stock).logits
        if attention == "sdpa":
            got = model(following, cache=cache).logits
        else:
            with using(model, attention):
                got = model(following, cache=cache).logits
    close(got, expected, 1e-4)


def test_keeping_everything_changes_nothing_and_generate_goes_on() -> None:
    model, (ids, _) = causal_model(), prompt(40)
    options = {"max_new_tokens": 6, "min_new_tokens": 6, "do_sample": False}
    expected = model.generate(ids, **options)
    cache = read(model, ids[:, :-1])
    assert compress(cache, worth(tokens=39), 39, **SMALL) == 0
    assert torch.equal(model.generate(ids, cache=cache, **options), expected)
    cache = read(model, ids[:, :-1])
    compress(cache, worth(tokens=39), 20, **SMALL)
    with using(model, Window(sinks=2, window=9)):
        said = model.generate(ids, cache=cache, **options)
    assert said.shape == expected.shape
    assert cache.get_seq_length() == 45
    assert cache.layers[1].keys.shape[2] == 45 - 19


def test_what_the_end_of_a_text_looks_at_is_measured_and_kept() -> None:
    model, (ids, _) = causal_model(attention="eager"), prompt(40)
    with torch.no_grad():
        weights = model(ids, output_attentions=True).attentions
    model = causal_model()
    seen = [Importance(8), Importance(8)]
    for layer, one in zip(model.model.layers, seen, strict=True):
        install(layer.self_attn, one)
    model.set_attn_implementation(register_on_top("test-importance", "sdpa"))
    with torch.no_grad():
        model(ids)
    model.set_attn_implementation("sdpa")
    for layer in model.model.layers:
        remove(layer.self_attn)
    for one, given_by in zip(seen, weights, strict=True):
        assert one.shares is not None
        close(one.shares, given_by[:, :, -8:].mean(dim=2).view(1, 2, 2, 40).mean(dim=2), 1e-4)
    cache = read_compressed(model, ids, 12, chunk=9, rows=8, **SMALL)
    whole = read(model, ids)
    for layer, one in zip(cache.layers, seen, strict=True):
        assert one.shares is not None
        places = important(one.shares, 12, 2, 4, 1)[..., None].expand(-1, -1, -1, 8)
        close(layer.keys, whole.layers[cache.layers.index(layer)].keys.gather(2, places), 1e-4)


def test_only_what_was_written_since_can_be_cut_off() -> None:
    model, (ids, _) = causal_model(), prompt(40)
    cache = read(model, ids)
    compress(cache, worth(), 12, **SMALL)
    with torch.inference_mode():
        first = model(torch.tensor([[5]]), cache=cache).logits
        cache.crop(-1)
        assert cache.get_seq_length() == 40
        close(model(torch.tensor([[5]]), cache=cache).logits, first)
    with pytest.raises(ValueError, match="only the 1 tokens written since"):
        cache.crop(-2)


def test_memory_is_given_back() -> None:
    cache = read(causal_model(max_position_embeddings=4096), torch.ones(1, 3000, dtype=torch.long))
    before = [weakref.ref(x) for layer in cache.layers for x in (layer._rooms or ())]
    compress(cache, worth(tokens=3000), 300)
    assert len(before) == 4
    assert not any(room() is not None for room in before)
    assert all(room.shape[2] == 300 for layer in cache.layers for room in layer._rooms or ())


def test_it_can_be_compressed_again() -> None:
    cache = read(causal_model(), prompt(40)[0])
    compress(cache, worth(), 20, **SMALL)
    compress(cache, worth(tokens=20), 8, **SMALL)
    layer = cache.layers[0]
    assert isinstance(layer, CompressedLayer)
    assert (layer.get_seq_length(), layer.keys.shape[2], layer.dropped) == (40, 8, 32)
    assert layer.get_mask_sizes(3) == (11, 32)
    layer.reset()
    assert layer.get_seq_length() == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [({"keep": 5}, "at least sinks"), ({"around": 2}, "odd"), ({"worth": worth(layers=1)}, "None"),
     ({"worth": worth(tokens=39)}, r"\(1, 2, 39\)"), ({"rows": 2}, "one at a time")],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_is_dropped(
    change: dict[str, Any], words: str
) -> None:
    rows = change.pop("rows", 1)
    cache = read(causal_model(), prompt(40)[0].expand(rows, -1))
    options = {"importance": change.pop("worth", worth()), "keep": 12, **SMALL, **change}
    with pytest.raises(ValueError, match=words):
        compress(cache, **options)
    assert not any(isinstance(layer, CompressedLayer) for layer in cache.layers)
