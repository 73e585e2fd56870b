"""TransNormerLLM's attention layer: Lightning Attention with a gate and a norm.

Queries and keys go through SiLU and, in the layers that have it, a learned turning by position
(LRPE); what is read is normed without a scale, gated by a projection of the input, and projected.

Source: Qin et al., TransNormerLLM, arXiv 2307.14995, sections 3.1 and 3.2 (SimpleRMSNorm, GLA).
Weights: the OpenNLPLab/TransNormerLLM checkpoints.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from kernels.layers.checkpoint import fit, named, read, write
from kernels.layers.lightning_attention import decay_rates, lightning_attention


class TransNormerState(NamedTuple):
    """What a layer keeps of a text.

    Attributes:
        state: S of Lightning Attention, float32 [B, H, d, dv].
        seen: How many tokens were read.
    """

    state: Tensor
    seen: int


class TransNormerAttention(nn.Module):
    """One token mixer of TransNormerLLM."""

    PUBLISHED: ClassVar[dict[str, str]] = {
        "into.weight": "qkvu_proj.weight",
        "out.weight": "out_proj.weight",
        "turns": "lrpe.theta",
    }

    def __init__(
        self, width: int, heads: int, *, inner: int | None = None, layer: int = 0,
        layers: int = 1, turning: bool | None = None,
    ) -> None:  # fmt: skip
        """Make a layer.

        Args:
            width: Channels of the model.
            heads: How many heads; divides ``inner``.
            inner: Channels of all heads together, by default ``width``.
            layer: Which layer this is, from 0; sets the decay.
            layers: How many layers the model has.
            turning: Whether it has LRPE; by default the first layer alone has.

        Raises:
            ValueError: The heads don't divide the channels.
        """
        super().__init__()
        inner = inner or width
        if inner % heads:
            raise ValueError(f"{inner} channels cannot be shared among {heads} heads")
        self.heads = heads
        self.into = nn.Linear(width, 4 * inner, bias=False)
        self.out = nn.Linear(inner, width, bias=False)
        size = inner // heads
        angles = 10_000.0 ** (-2 / inner * torch.arange(inner)).view(heads, 1, size)
        self.turns = nn.Parameter(angles) if (layer == 0 if turning is None else turning) else None
        self.register_buffer("rates", decay_rates(heads, layer, layers), persistent=False)
        self.rates: Tensor

    def forward(
        self, x: Tensor, past: TransNormerState | None = None, real: Tensor | None = None
    ) -> tuple[Tensor, TransNormerState]:
        """Read tokens.

        Args:
            x: [B, n, width], the tokens after those of ``past``.
            past: What was read before.
            real: bool [B, n], False for padding, whose values count as 0; it still takes a step.

        Returns:
            [B, n, width], and what to hand on.
        """
        query, key, value, gate = self.into(x).chunk(4, dim=-1)
        if real is not None:
            value = value * real[..., None]
        query, key, value = self._by_head(query), self._by_head(key), self._by_head(value)
        seen = past.seen if past else 0
        query = self._turned(functional.silu(query), seen)
        key = self._turned(functional.silu(key), seen)
        mixed, state = lightning_attention(
            query, key, value, self.rates, past.state if past else None
        )
        mixed = mixed.transpose(1, 2).flatten(2)
        normed = mixed * torch.rsqrt(mixed.square().mean(dim=-1, keepdim=True) + 1e-6)
        return self.out(gate * normed), TransNormerState(state, seen + x.shape[1])

    def _by_head(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, x.shape[2] // self.heads).transpose(1, 2)

    def _turned(self, x: Tensor, seen: int) -> Tensor:
        if self.turns is None:
            return x
        positions = torch.arange(seen, seen + x.shape[2], device=x.device, dtype=torch.float32)
        angles = self.turns * positions[:, None]
        return torch.cat([x * angles.cos(), x * angles.sin()], dim=-1).to(x.dtype)


def load(module: TransNormerAttention, path: Path, layer: int) -> None:
    """Fill a layer from a TransNormerLLM checkpoint file that holds it.

    Args:
        module: A layer of the checkpoint's sizes.
        path: A weights file of the checkpoint (.bin or .safetensors).
        layer: Which layer of the model.

    Raises:
        WeightsDoNotFit: The file does not hold just these tensors for that layer.
    """
    fit(module, read(path), path, prefix(layer), module.PUBLISHED)


def save(module: TransNormerAttention, path: Path, layer: int) -> None:
    """Write a layer under the released names."""
    write(named(module, prefix(layer), module.PUBLISHED), path)


def prefix(layer: int) -> str:
    """What stands before the names of a layer's token mixer."""
    return f"model.layers.{layer}.token_mixer."
