"""Gaussian Adaptive Attention (GAAM): features weigh by where they lie in a learned distribution.

There are no queries and keys. Along one axis, cut into heads, each feature is set against the
head's own mean, moved by a learned offset, and spread, scaled by a learned factor; several such
Gaussians are multiplied, and their product, made to sum to one, is the feature's weight:

    w ∝ Π_k exp(−(x − μ − δ_k)² / (2 σ² c_k²))        out = w · x

The Gaussians' own heights cancel in the sum, so the weights are a softmax of the exponents, which
stays right where the product of densities would underflow.

Over the channels of each token the layer is causal; over tokens it is not. Padding takes no part
in the sum; in the authors' package it does.

Source: Ioannides et al., Gaussian Adaptive Attention is All You Need, arXiv 2401.11143, section 3
(GAAM, multi-head). Names of weights follow the authors' gaussian-adaptive-attention package.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from kernels.layers.checkpoint import WeightsDoNotFit, read, write


class GaussianAttention(nn.Module):
    """Multi-head Gaussian adaptive attention along one axis.

    The features are cut into as many pieces as there are heads; the last one also takes what is
    left over.
    """

    def __init__(self, heads: int, gaussians: int, *, axis: int = -1, least: float = 1e-8) -> None:
        """Make a layer.

        Args:
            heads: How many pieces the axis is cut into.
            gaussians: How many Gaussians are multiplied in each head.
            axis: Which axis of the input is weighed.
            least: Added to the variance.

        Raises:
            ValueError: There is no head or no Gaussian.
        """
        super().__init__()
        if heads < 1 or gaussians < 1:
            raise ValueError(f"{heads} heads of {gaussians} Gaussians: there must be one of each")
        self.axis, self.least = axis, least
        self.offsets = nn.Parameter(torch.zeros(heads, gaussians))
        self.scales = nn.Parameter(torch.ones(heads, gaussians))

    def forward(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        """Weigh features.

        Args:
            x: Any shape, with at least two features for each head along the axis.
            real: bool, broadcastable to x; features that are False are padding: they count as 0
                in mean and spread, have no weight, and come out as they came in.

        Returns:
            x, each feature times its weight.

        Raises:
            ValueError: There are too few features.
        """
        if real is None:
            return x * self.weights(x)
        return torch.where(real, x * self.weights(x, real), x)

    def weights(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        """The weights alone, of x's shape; each head's sum to one over its real features."""
        heads = self.offsets.shape[0]
        size = x.shape[self.axis] // heads
        if size < 2:
            raise ValueError(
                f"{x.shape[self.axis]} features cannot be spread over {heads} heads: each needs "
                "two to have a variance"
            )
        sizes = [size] * (heads - 1) + [x.shape[self.axis] - size * (heads - 1)]
        pieces = torch.split(x, sizes, self.axis)
        whole = None if real is None else torch.split(real.expand_as(x), sizes, self.axis)
        parts = [
            self._of_head(head, piece, None if whole is None else whole[head])
            for head, piece in enumerate(pieces)
        ]
        return torch.cat(parts, dim=self.axis)

    def _of_head(self, head: int, x: Tensor, real: Tensor | None) -> Tensor:
        known = x if real is None else x.masked_fill(~real, 0)
        mean = known.mean(dim=self.axis, keepdim=True)
        variance = known.var(dim=self.axis, keepdim=True) + self.least
        away = (x - mean)[..., None] - self.offsets[head]
        exponents = -(away.square() / (2 * self.scales[head].square())).sum(dim=-1) / variance
        if real is None:
            return exponents.softmax(dim=self.axis)
        nothing = ~real.any(dim=self.axis, keepdim=True)
        exponents = exponents.masked_fill(~real & ~nothing, -torch.inf)
        return exponents.softmax(dim=self.axis).masked_fill(~real, 0)


def load(module: GaussianAttention, path: Path, prefix: str = "") -> None:
    """Fill a layer from a file of weights with the names of the authors' package.

    Args:
        module: A layer with the file's heads and Gaussians.
        path: The file.
        prefix: What stands before the layer's names.

    Raises:
        WeightsDoNotFit: The file does not hold just this layer's tensors below the prefix.
    """
    tensors = read(path)
    names = _names(module, prefix)
    expected = {name for pair in names for name in pair}
    here = {key for key in tensors if key.startswith(prefix)}
    if here != expected:
        missing, unexpected = sorted(expected - here), sorted(here - expected)
        raise WeightsDoNotFit(
            f"{path} lacks {missing or 'nothing'} and has {unexpected or 'nothing'} beside what a "
            f"layer of {len(names)} heads needs. Build the layer with the heads of that file."
        )
    for name in sorted(expected):
        if tensors[name].shape != module.offsets.shape[1:]:
            raise WeightsDoNotFit(
                f"{path} has {name} as {list(tensors[name].shape)}, where "
                f"{list(module.offsets.shape[1:])} is expected: one number for each Gaussian."
            )
    with torch.no_grad():
        module.offsets.copy_(torch.stack([tensors[offset] for offset, _ in names]))
        module.scales.copy_(torch.stack([tensors[scale] for _, scale in names]))


def save(module: GaussianAttention, path: Path, prefix: str = "") -> None:
    """Write a layer under the names of the authors' package."""
    tensors = {}
    for head, (offset, scale) in enumerate(_names(module, prefix)):
        tensors[offset], tensors[scale] = module.offsets[head], module.scales[head]
    write(tensors, path)


def _names(module: GaussianAttention, prefix: str) -> list[tuple[str, str]]:
    heads = [f"{prefix}attention_heads.{head}." for head in range(module.offsets.shape[0])]
    return [(head + "mean_offsets", head + "c") for head in heads]
