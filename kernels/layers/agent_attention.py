"""Agent Attention for pictures: a few pooled tokens stand between queries and keys.

Agents are the queries pooled over a coarse grid. They attend to all keys, as softmax attention
does; then every query attends to the agents alone, and takes what they have gathered. With A
agents the cost grows as A · N instead of N². Two learned biases say where an agent looks and who
looks at it, and a depthwise convolution over the values gives back the detail that a few agents
cannot carry:

    out = softmax(q aᵀ + B_q) · softmax(a kᵀ + B_a) v + DWC(v)

Source: Han et al., Agent Attention, arXiv 2312.08874, section 3.3 (agents), 3.4 (bias, DWC).
Weights: Agent-DeiT and Agent-Swin of the authors; a class token has its own bias, as in the former.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from kernels.layers.checkpoint import fit, named, read, write

COARSE = 7
"""Rows and columns of the biases before they are stretched to the picture's grid."""


def pooled_agents(query: Tensor, grid: tuple[int, int], side: int) -> Tensor:
    """Pool queries into agents.

    Args:
        query: Of a picture's tokens, row by row, [B, H, rows · columns, d].
        grid: Rows and columns of the picture.
        side: Rows and columns of agents.

    Returns:
        [B, H, side², d].
    """
    batch, heads, _, size = query.shape
    picture = query.transpose(2, 3).reshape(batch, heads * size, *grid)
    pooled = functional.adaptive_avg_pool2d(picture, side)
    return pooled.view(batch, heads, size, side * side).transpose(2, 3)


def agent_attention(
    query: Tensor, key: Tensor, value: Tensor, agents: Tensor, scale: float,
    to_keys: Tensor | None = None, to_agents: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Attend through agents.

    Args:
        query: [B, H, q, d].
        key: [B, H, k, d].
        value: [B, H, k, dv].
        agents: [B, H, a, d].
        scale: Factor on both products.
        to_keys: Added to the agents' scores, broadcastable to [B, H, a, k].
        to_agents: Added to the queries' scores, broadcastable to [B, H, q, a].

    Returns:
        [B, H, q, dv].
    """
    gathered = functional.scaled_dot_product_attention(
        agents, key, value, attn_mask=to_keys, scale=scale
    )
    return functional.scaled_dot_product_attention(
        query, agents, gathered, attn_mask=to_agents, scale=scale
    )


class AgentAttention(nn.Module):
    """One attention layer over the tokens of a picture."""

    PUBLISHED: ClassVar[dict[str, str]] = {
        "into.weight": "qkv.weight",
        "into.bias": "qkv.bias",
        "out.weight": "proj.weight",
        "out.bias": "proj.bias",
        "detail.weight": "dwc.weight",
        "detail.bias": "dwc.bias",
        "keys_coarse": "an_bias",
        "keys_row": "ah_bias",
        "keys_column": "aw_bias",
        "keys_class": "ac_bias",
        "queries_coarse": "na_bias",
        "queries_row": "ha_bias",
        "queries_column": "wa_bias",
        "queries_class": "ca_bias",
    }

    def __init__(
        self, width: int, heads: int, grid: tuple[int, int], *, agents: int = 49,
        class_token: bool = False, bias: bool = True,
    ) -> None:  # fmt: skip
        """Make a layer.

        Args:
            width: Channels of the input.
            heads: How many heads; divides ``width``.
            grid: Rows and columns of the picture, or of a window of it.
            agents: How many agents, a square number.
            class_token: Whether a class token stands before the picture.
            bias: Whether the projection into queries, keys and values has a bias.

        Raises:
            ValueError: The sizes do not go together.
        """
        super().__init__()
        self.side = round(agents**0.5)
        if width % heads or self.side**2 != agents or min(grid) < 1:
            raise ValueError(
                f"{width} channels cannot be shared among {heads} heads, or {agents} agents make "
                f"no square, or {grid} is no grid"
            )
        self.heads, self.grid, self.class_token = heads, grid, class_token
        self.into = nn.Linear(width, 3 * width, bias=bias)
        self.out = nn.Linear(width, width)
        self.detail = nn.Conv2d(width, width, 3, padding=1, groups=width)
        rows, columns = grid
        self.keys_coarse = _small(heads, agents, COARSE, COARSE)
        self.keys_row = _small(1, heads, agents, rows, 1)
        self.keys_column = _small(1, heads, agents, 1, columns)
        self.keys_class = _small(1, heads, agents, 1) if class_token else None
        self.queries_coarse = _small(heads, agents, COARSE, COARSE)
        self.queries_row = _small(1, heads, rows, 1, agents)
        self.queries_column = _small(1, heads, 1, columns, agents)
        self.queries_class = _small(1, heads, 1, agents) if class_token else None

    def forward(self, x: Tensor) -> Tensor:
        """Attend.

        Args:
            x: [B, tokens, width]: the picture row by row, after the class token if there is one.

        Returns:
            [B, tokens, width].

        Raises:
            ValueError: There are not as many tokens as the grid has places.
        """
        first = int(self.class_token)
        if x.shape[1] != first + self.grid[0] * self.grid[1]:
            raise ValueError(
                f"{x.shape[1]} tokens are no picture of {self.grid[0]} × {self.grid[1]} "
                f"{'with' if first else 'without'} a class token"
            )
        query, key, value = (self._by_head(part) for part in self.into(x).chunk(3, dim=-1))
        agents = pooled_agents(query[:, :, first:], self.grid, self.side)
        mixed = agent_attention(
            query, key, value, agents, query.shape[3] ** -0.5, self._to_keys(), self._to_agents()
        )
        mixed = mixed.transpose(1, 2).flatten(2)
        picture = value[:, :, first:].transpose(2, 3).reshape(x.shape[0], -1, *self.grid)
        detail = self.detail(picture).flatten(2).transpose(1, 2)
        out: Tensor = self.out(mixed + functional.pad(detail, (0, 0, first, 0)))
        return out

    def _to_keys(self) -> Tensor:
        """Bias of the agents' scores, [1, H, a, tokens]."""
        stretched = functional.interpolate(self.keys_coarse, size=self.grid, mode="bilinear")
        bias = (stretched[None] + self.keys_row + self.keys_column).flatten(3)
        return bias if self.keys_class is None else torch.cat([self.keys_class, bias], dim=3)

    def _to_agents(self) -> Tensor:
        """Bias of the queries' scores, [1, H, tokens, a]."""
        stretched = functional.interpolate(self.queries_coarse, size=self.grid, mode="bilinear")
        bias = (self.queries_row + self.queries_column).flatten(2, 3)
        bias = bias + stretched.flatten(2).transpose(1, 2)
        return bias if self.queries_class is None else torch.cat([self.queries_class, bias], dim=2)

    def _by_head(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, x.shape[2] // self.heads).transpose(1, 2)


def load(module: AgentAttention, path: Path, prefix: str) -> None:
    """Fill a layer from a released checkpoint.

    Args:
        module: A layer of the checkpoint's sizes.
        path: The checkpoint's file.
        prefix: What stands before the layer's names: ``blocks.3.attn.`` in Agent-DeiT,
            ``layers.0.blocks.1.attn.`` in Agent-Swin.

    Raises:
        WeightsDoNotFit: The file does not hold just this layer's tensors below the prefix.
    """
    fit(module, read(path), path, prefix, module.PUBLISHED)


def save(module: AgentAttention, path: Path, prefix: str) -> None:
    """Write a layer under the released names."""
    write(named(module, prefix, module.PUBLISHED), path)


def _small(*sizes: int) -> nn.Parameter:
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(sizes), std=0.02))
