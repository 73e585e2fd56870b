"""Bi-level routing against its definition, region by region."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from kernels.layers import biformer
from kernels.layers.biformer import BiLevelRoutingAttention, bi_level_attention, by_region, by_row
from kernels.layers.checkpoint import WeightsDoNotFit, read
from tests.kernels.shapes import close

few = settings(max_examples=10, deadline=None)
sides = st.integers(1, 3)


def inputs(grid: tuple[int, int], seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    noise = torch.Generator().manual_seed(seed)
    query, key, value = (
        torch.randn(2, 2, grid[0] * grid[1], d, generator=noise) for d in (4, 4, 3)
    )
    return query, key, value


def region(token: int, grid: tuple[int, int], regions: tuple[int, int]) -> int:
    row, column = divmod(token, grid[1])
    return row // (grid[0] // regions[0]) * regions[1] + column // (grid[1] // regions[1])


@few
@given(down=sides, across=sides, high=sides, wide=sides)
def test_tokens_are_sorted_by_region_and_back(down: int, across: int, high: int, wide: int) -> None:
    grid, regions = (down * high, across * wide), (down, across)
    tokens = torch.arange(grid[0] * grid[1]).view(1, 1, -1, 1)
    cut = by_region(tokens, grid, regions)
    for r in range(down * across):
        want = [t for t in range(tokens.numel()) if region(t, grid, regions) == r]
        assert cut[0, 0, r, :, 0].tolist() == want
    assert by_row(cut, grid, regions).equal(tokens)


@few
@given(down=sides, across=sides, high=sides, wide=sides, top=st.integers(1, 4))
def test_it_equals_its_definition(down: int, across: int, high: int, wide: int, top: int) -> None:
    grid, regions = (down * high, across * wide), (down, across)
    query, key, value = inputs(grid)
    got = bi_level_attention(query, key, value, grid, regions, top, 0.5)
    at = [region(t, grid, regions) for t in range(query.shape[2])]
    members = [[t for t, r in enumerate(at) if r == one] for one in range(down * across)]
    for t in range(query.shape[2]):
        near = torch.tensor([
            sum(query[1, h, members[at[t]]].mean(0) @ key[1, h, m].mean(0) for h in range(2))
            for m in members
        ])  # fmt: skip
        read = [i for r in near.topk(min(top, len(near))).indices.tolist() for i in members[r]]
        for h in range(2):
            weights = (query[1, h, t] @ key[1, h, read].T * 0.5).softmax(-1)
            close(got[1, h, t], weights @ value[1, h, read], 1e-4)


def test_reading_every_region_is_dense_attention() -> None:
    query, key, value = inputs((4, 6))
    got = bi_level_attention(query, key, value, (4, 6), (2, 3), 6, 0.5)
    close(got, functional.scaled_dot_product_attention(query, key, value, scale=0.5))


def layer(top: int = 2) -> BiLevelRoutingAttention:
    torch.manual_seed(0)
    return BiLevelRoutingAttention(8, 2, regions=2, top=top, kernel=3)


def test_a_layer_equals_its_definition() -> None:
    module, x = layer(top=4), torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(1))
    q, k, v = functional.linear(x[0].flatten(0, 1), module.into.weight, module.into.bias).chunk(
        3, -1
    )
    mixed = torch.cat(
        [(q[:, p] @ k[:, p].T * 8**-0.5).softmax(-1) @ v[:, p] for p in (slice(4), slice(4, 8))], -1
    )
    around = functional.pad(v.T.view(8, 4, 6), (1, 1, 1, 1))
    for i in range(4):
        for j in range(6):
            near = (around[:, i : i + 3, j : j + 3] * module.near.weight[:, 0]).sum((1, 2))
            mixed[6 * i + j] += near + module.near.bias
    close(module(x)[0].flatten(0, 1), functional.linear(mixed, module.out.weight, module.out.bias))


def test_all_parameters_learn() -> None:
    module = layer()
    module(torch.randn(2, 4, 4, 8)).square().sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_a_layer_is_stored_under_the_released_names(tmp_path: Path) -> None:
    path, module, x = tmp_path / "biformer_tiny.pth", layer(), torch.randn(2, 4, 4, 8)
    biformer.save(module, path, "stages.1.0.attn.")
    names = ("qkv.qkv.weight", "qkv.qkv.bias", "lepe.weight", "lepe.bias", "wo.weight", "wo.bias")
    assert set(read(path)) == {f"stages.1.0.attn.{name}" for name in names}
    other = BiLevelRoutingAttention(8, 2, regions=2, top=2, kernel=3)
    biformer.load(other, path, "stages.1.0.attn.")
    close(other(x), module(x))
    with pytest.raises(WeightsDoNotFit, match=r"biformer_tiny\.pth lacks stages\.0\.0\.attn\.lepe"):
        biformer.load(other, path, "stages.0.0.attn.")
    with pytest.raises(WeightsDoNotFit, match=r"lepe\.weight as \[8, 1, 3, 3\].*\[8, 1, 5, 5\]"):
        biformer.load(BiLevelRoutingAttention(8, 2, regions=2), path, "stages.1.0.attn.")


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="5 × 4 tokens has no 2 × 2 regions"):
        layer()(torch.randn(1, 5, 4, 8))
    with pytest.raises(ValueError, match="at least one region"):
        bi_level_attention(*inputs((2, 2)), (2, 2), (1, 1), 0, 1.0)
    with pytest.raises(ValueError, match="this cannot be"):
        BiLevelRoutingAttention(8, 2, kernel=4)
