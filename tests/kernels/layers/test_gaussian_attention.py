"""GAAM against the product of densities that the paper writes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kernels.layers import gaussian_attention as gaussian
from kernels.layers.checkpoint import WeightsDoNotFit, write
from kernels.layers.gaussian_attention import GaussianAttention
from tests.kernels.shapes import close

few = settings(max_examples=15, deadline=None)


def layer(heads: int = 2, gaussians: int = 3, axis: int = -1, seed: int = 0) -> GaussianAttention:
    module = GaussianAttention(heads, gaussians, axis=axis)
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        module.offsets.copy_(torch.randn(heads, gaussians, generator=noise))
        module.scales.copy_(torch.rand(heads, gaussians, generator=noise) + 1)
    return module


def product(x: Tensor, offsets: Tensor, scales: Tensor, least: float) -> Tensor:
    """Weights of one head's features by the densities themselves, in double precision."""
    x, total = x.double(), torch.ones(len(x)).double()
    mean = x.sum() / len(x)
    spread = ((x - mean).square().sum() / (len(x) - 1) + least).sqrt()
    for offset, scale in zip(offsets.double(), scales.double()):
        z = (x - (mean + offset)) / spread
        total = total * torch.exp(-z.square() / (2 * scale**2)) / torch.sqrt(2 * math.pi * scale**2)
    return total / total.sum()


@few
@given(heads=st.integers(1, 3), gaussians=st.integers(1, 4), extra=st.integers(0, 2))
def test_weights_are_the_product_of_gaussians(heads: int, gaussians: int, extra: int) -> None:
    module, size = layer(heads, gaussians), 5
    x = torch.randn(2, 4, heads * size + extra, generator=torch.Generator().manual_seed(extra))
    size = x.shape[-1] // heads
    got = module(x)
    for h in range(heads):
        part = slice(h * size, x.shape[-1] if h == heads - 1 else (h + 1) * size)
        want = product(x[1, 2, part], module.offsets[h], module.scales[h], module.least)
        close(got[1, 2, part].double(), want * x[1, 2, part].double())
        close(module.weights(x)[..., part].sum(-1), torch.ones(2, 4))


def test_any_axis_can_be_weighed() -> None:
    x = torch.randn(2, 9, 4, generator=torch.Generator().manual_seed(1))
    one, other = layer(axis=1), layer()
    close(one(x), other(x.transpose(1, 2)).transpose(1, 2))


def test_over_channels_no_token_sees_another() -> None:
    module, x = layer(), torch.randn(2, 6, 8)
    changed = x.clone()
    changed[:, 3:] += 1
    close(module(changed)[:, :3], module(x)[:, :3])


def test_weights_stay_whole_where_densities_underflow() -> None:
    module = layer(1, 3)
    with torch.no_grad():
        module.scales.fill_(1e-3)
    weights = module.weights(torch.randn(3, 8))
    assert weights.isfinite().all()
    close(weights.sum(-1), torch.ones(3))


def test_padding_has_no_weight_and_is_left_alone() -> None:
    module, x = layer(axis=1), torch.randn(2, 9, 3)
    real = (torch.arange(9) < 7)[None, :, None].expand(2, -1, -1)
    junk = torch.where(real, x, torch.full_like(x, 100.0))
    got = module(junk, real)
    assert (got[:, 7:] == 100).all()
    close(module(torch.where(real, x, torch.full_like(x, -7.0)), real)[:, :7], got[:, :7])
    close(module.weights(junk, real)[:, 4:].sum(1), torch.ones(2, 3))
    nothing = torch.zeros(2, 9, 1, dtype=torch.bool)
    close(module(x, nothing), x)


def test_all_parameters_learn() -> None:
    module = layer()
    module(torch.randn(2, 3, 9)).square().sum().backward()
    for parameter in module.parameters():
        assert parameter.grad is not None
        assert (parameter.grad.abs() > 0).all()


def test_a_layer_is_stored_and_read_back_and_what_does_not_fit_is_named(tmp_path: Path) -> None:
    path, module, other = tmp_path / "gaam.safetensors", layer(), layer(seed=3)
    gaussian.save(module, path, "block.")
    gaussian.load(other, path, "block.")
    close(other.offsets, module.offsets)
    close(other.scales, module.scales)
    with pytest.raises(WeightsDoNotFit, match=r"gaam\.safetensors lacks .*attention_heads\.2\.c"):
        gaussian.load(layer(3), path, "block.")
    with pytest.raises(WeightsDoNotFit, match=r"attention_heads\.0\.c as \[3\].*\[2\]"):
        gaussian.load(layer(2, 2), path, "block.")
    write({"other": torch.ones(2)}, path)
    with pytest.raises(WeightsDoNotFit, match="lacks"):
        gaussian.load(module, path, "block.")


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="one of each"):
        GaussianAttention(0, 1)
    with pytest.raises(ValueError, match="two to have a variance"):
        layer(4)(torch.randn(2, 7))
