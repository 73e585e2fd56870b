"""The compiled choice is torch's, and superpages change nothing but its cost."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import Scene
from kernels.base.summary_kinds import FAN, bounds, outer_bounds
from kernels.engine.sparse_attention import attend
from kernels.methods.quest import Quest
from kernels.native import build as library
from kernels.native.bindings import best_blocks

needs_library = pytest.mark.skipif(library.library() is None, reason=str(library.why_not()))


def spelled_out(query: Tensor, known: Tensor) -> Tensor:
    """Bounds in double precision, [B, Hkv, n]."""
    groups = query.shape[1] // known.shape[1]
    centre, radius = known.double().repeat_interleave(groups, dim=1).chunk(2, dim=-1)
    asked = query.double()
    each = asked @ centre.transpose(-1, -2) + asked.abs() @ radius.transpose(-1, -2)
    return each.unflatten(1, (known.shape[1], groups)).amax(dim=(2, 3))


def structured(seed: int, tokens: int, size: int, dtype: torch.dtype, spread: float) -> Tensor:
    """Keys of a text: what lies near is alike, more so for a small spread."""
    noise = torch.Generator().manual_seed(seed)
    topics = torch.randn(1, 2, -(-tokens // 64), 1, size, generator=noise)
    fine = torch.randn(1, 2, topics.shape[2], 64, size, generator=noise)
    return (topics + spread * fine).flatten(2, 3)[:, :, :tokens].to(dtype)


dtypes = st.sampled_from([torch.float32, torch.bfloat16])


@needs_library
@given(
    seed=st.integers(0, 999), dtype=dtypes, groups=st.sampled_from([1, 3, 4, 6]),
    size=st.sampled_from([16, 48, 64, 128]), low=st.integers(0, 30), many=st.integers(1, 400),
    share=st.floats(0, 1),
)  # fmt: skip
def test_it_takes_the_blocks_that_score_highest(
    seed: int, dtype: torch.dtype, groups: int, size: int, low: int, many: int, share: float
) -> None:
    noise = torch.Generator().manual_seed(seed)
    count = max(1, int(share * many))
    query = torch.randn(2, 2 * groups, 1, size, generator=noise).to(dtype)
    known = torch.randn(2, 2, low + many + 5, 2 * size, generator=noise).to(dtype)[:, :, 2:]
    high = low + many
    chosen = best_blocks(query, known, low, high, count)
    scores = spelled_out(query, known)
    assert chosen.shape == (2, 2, count)
    assert (chosen >= low).all()
    assert (chosen < high).all()
    assert (chosen.diff(dim=-1) > 0).all()
    best = scores[:, :, low:high].topk(count, dim=-1).values
    torch.testing.assert_close(
        scores.gather(2, chosen).sort(dim=-1, descending=True).values, best, atol=1e-3, rtol=1e-4
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999), dtype=dtypes, spread=st.sampled_from([0.0, 0.01, 0.3, 3.0]))
def test_no_superpage_is_worth_less_than_a_block_in_it(
    seed: int, dtype: torch.dtype, spread: float
) -> None:
    keys = structured(seed, 8 * FAN * 4, 32, dtype, spread)
    query = torch.randn(1, 4, 1, 32, generator=torch.Generator().manual_seed(seed)).to(dtype)
    inner = spelled_out(query, bounds(keys.unflatten(2, (-1, 4))))
    outer = spelled_out(query, outer_bounds(keys.unflatten(2, (-1, 4 * FAN))))
    assert (outer[..., None] >= inner.unflatten(2, (-1, FAN))).all()


@needs_library
@given(
    seed=st.integers(0, 999), dtype=dtypes, spread=st.sampled_from([0.01, 0.3, 3.0]),
    tokens=st.integers(4 * FAN * 4, 6000), low=st.integers(0, 40), count=st.integers(1, 24),
)  # fmt: skip
def test_superpages_give_what_scoring_all_blocks_gives(
    seed: int, dtype: torch.dtype, spread: float, tokens: int, low: int, count: int
) -> None:
    keys = structured(seed, tokens, 32, dtype, spread)
    query = torch.randn(1, 4, 1, 32, generator=torch.Generator().manual_seed(seed)).to(dtype)
    pages = BlockSummaries(keys, keys)
    known, outer = (
        pages.summary(kind, block, tokens) for kind, block in ((bounds, 4), (outer_bounds, 4 * FAN))
    )
    high = known.shape[2] - 3
    flat = best_blocks(query, known, low, high, count)
    assert torch.equal(best_blocks(query, known, low, high, count, outer, FAN), flat)


@needs_library
def test_few_superpages_are_opened_where_keys_are_alike() -> None:
    keys = structured(1, 64 * 1024, 32, torch.float32, 0.05)
    query = torch.randn(1, 4, 1, 32, generator=torch.Generator().manual_seed(1))
    pages = BlockSummaries(keys, keys)
    known, outer = (
        pages.summary(kind, block, 1 << 16) for kind, block in ((bounds, 4), (outer_bounds, 64))
    )
    opened = torch.zeros(1, 2, dtype=torch.int64)
    best_blocks(query, known, 0, known.shape[2], 32, outer, FAN, opened=opened)
    assert (opened > 0).all()
    assert (opened <= 64).all()  # of 1,024


@needs_library
def test_equal_bounds_and_bounds_that_are_no_numbers() -> None:
    query, known = torch.ones(1, 1, 1, 16), torch.zeros(1, 1, 200, 32)
    assert best_blocks(query, known, 3, 190, 4)[0, 0].tolist() == [3, 4, 5, 6]
    known[:, :, 5:] = torch.nan
    assert best_blocks(query, known, 3, 190, 4)[0, 0].tolist() == [3, 4, -1, -1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("spread", [0.3, 3.0])
def test_a_planted_needle_is_found_with_few_superpages_open(
    dtype: torch.dtype, spread: float
) -> None:
    method = Quest(tokens=512, sinks=16, window=112, opened=32)
    keys = structured(2, 40_000, 32, dtype, spread)
    query = torch.randn(1, 4, 1, 32, generator=torch.Generator().manual_seed(3)).to(dtype)
    size = 4 * keys.float().norm(dim=-1).max() / query.float().norm(dim=-1).min()
    for place in range(200, 39_000, 7999):
        planted = keys.clone()
        for head in range(2):
            planted[:, head, place] = size * query[:, 2 * head, 0]
        chosen = method.choose(Scene(query, planted, 0))
        assert chosen is not None
        assert (chosen == place // method.block).any(dim=-1).all()


@pytest.mark.parametrize("opened", [0, 3, 1000])
@pytest.mark.parametrize("total", [700, 4200, 5000, 5119])
def test_torch_chooses_the_same_without_the_library(
    opened: int, total: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = replace(Quest(tokens=256, sinks=16, window=112), opened=opened)
    keys = structured(7, total, 32, torch.float32, 1.0)
    query = torch.randn(1, 4, 1, 32, generator=torch.Generator().manual_seed(8))
    scene = Scene(query, keys, 0)
    chosen, mixed = method.choose(scene), attend(method, query, keys, keys, 0.2)
    monkeypatch.setenv(library.SWITCH, "0")
    library.forget()
    try:
        assert library.library() is None
        plain, by_torch = method.choose(scene), attend(method, query, keys, keys, 0.2)
    finally:
        monkeypatch.undo()
        library.forget()
    assert chosen is not None
    assert plain is not None
    assert torch.equal(chosen.sort(dim=-1).values, plain.sort(dim=-1).values)
    torch.testing.assert_close(mixed, by_torch, atol=1e-5, rtol=1e-5)
