"""A block's worth lies between its mean and its bound, and finds what either alone misses."""

from __future__ import annotations

from dataclasses import replace

import torch

from kernels.base.method import Scene
from kernels.base.summary_kinds import FAN
from kernels.cache.paged_cache import paged_cache
from kernels.engine.sparse_attention import attend
from kernels.methods.mean_range import SHARE, Spread, outer_spreads
from kernels.methods.quest import Quest
from tests.kernels.shapes import close


def test_its_worth_is_the_mean_and_a_share_of_the_half_range() -> None:
    key = torch.tensor([[1.0, -2.0], [3.0, 0.0]])[None, None]
    query = torch.tensor([2.0, -1.0])[None, None, None]
    worth = Spread(block=2, sinks=0, window=1, tokens=8).score(Scene(query, key, 0), 0, 1)
    mean, half = 2 * 2.0 + 1 * 1.0, 2 * 1.0 + 1 * 1.0
    torch.testing.assert_close(worth, torch.tensor([[[mean + SHARE * half]]]))


def test_in_a_very_long_context_it_looks_at_few_blocks_and_misses_no_fact() -> None:
    noise = torch.Generator().manual_seed(2)
    key = torch.randn(1, 1, 120_000, 64, generator=noise)
    query = torch.randn(1, 2, 1, 64, generator=noise)
    cache = paged_cache()
    method = Spread(tokens=512, sinks=16, window=112)
    for place in range(1000, 119_000, 9000):
        key[0, 0, place] = 3 * query[0, place // 9000 % 2, 0]
    keys, _ = cache.update(key, key, 0)
    pages = keys.pages  # type: ignore[attr-defined]
    chosen = method.choose(Scene(query, keys[:, :, :-1], 0, 1.0, pages))
    assert chosen is not None
    assert all((chosen == place // 16).any() for place in range(1000, 119_000, 9000))
    looked = pages.summary(outer_spreads, 16 * FAN, 119_999).shape[2]
    assert looked + 16 * FAN < 7499 / 4


def test_keys_that_fit_are_found_among_blocks_whose_bounds_are_all_higher() -> None:
    """Every other block has wide ranges that no single key fills; the bound cannot tell them."""
    noise = torch.Generator().manual_seed(0)
    query = torch.randn(1, 1, 1, 32, generator=noise)
    key = torch.randn(1, 1, 4000, 32, generator=noise) * 3
    calm = slice(1600, 1616)
    key[:, :, calm] = torch.randn(1, 1, 16, 32, generator=noise) * 0.3 + 2.5 * query
    scores = (key @ query.transpose(2, 3)).flatten()
    assert int(scores.argmax()) // 16 == 100
    options = {"tokens": 640, "sinks": 16, "window": 112}
    scene = Scene(query, key[:, :, :3999], 0)
    found = {
        type(method): bool((method.choose(scene) == 100).any())  # type: ignore[union-attr]
        for method in (Spread(**options), Quest(**options))
    }
    assert found == {Spread: True, Quest: False}


def test_the_queries_of_a_question_choose_each_for_itself() -> None:
    noise = torch.Generator().manual_seed(5)
    query, key, value = (
        torch.randn(1, h, n, 16, generator=noise) for h, n in ((4, 20), (2, 900), (2, 900))
    )
    method = Spread(tokens=128, sinks=8, window=24)
    together = attend(method, query, key, value, 0.3)
    for i in range(20):
        end = 881 + i
        alone = attend(method, query[:, :, i : i + 1], key[:, :, :end], value[:, :, :end], 0.3)
        close(together[:, :, i : i + 1], alone)
    shared = attend(replace(method, each_below=0), query, key, value, 0.3)
    assert not torch.allclose(shared, together, atol=1e-3)
