"""SeerAttention's gate: a small learned scorer that says which blocks of keys queries need.

Keys are pooled over a block before RoPE (max, min and mean side by side) and projected per key
head; queries, of which neighbours may be averaged, are projected per head; both are turned to
their position and meet as queries and keys do. A softmax over the blocks foretells how the
head's attention is shared out among them. The model itself stays as it is.

A gate that was not trained scores by the mean key of a block. A cache holds keys after RoPE, so
they are turned back first, by the angles that the model turned them by.

Source: Gao et al., SeerAttention, arXiv 2410.13276, section 3.1. There a block's queries are
pooled whatever their number; here single queries ask alone, as in SeerAttention-R (2506.08889).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from kernels.layers.rotary import rotate

POOLINGS = 3
"""Largest, smallest and mean key of a block."""


class BlockGate(nn.Module):
    """Shares of attention that queries are likely to give to blocks of keys, in one layer.

    Attributes:
        block: Keys per block.
    """

    positioned = True
    """As a summary (`kernels.base.summary_kinds`) it is given the position of the first key."""

    def __init__(
        self, heads: int, key_heads: int, size: int, block: int, frequencies: Callable[[], Tensor]
    ) -> None:
        """Make a gate that scores by the mean key.

        Args:
            heads: Query heads.
            key_heads: Key heads, a divisor of ``heads``.
            size: Channels of a head.
            block: Keys per block.
            frequencies: Tells the radians per position by which the model turns pairs of channels
                now, [at most size / 2]; channels behind these are not turned.
        """
        super().__init__()
        self.block, self._frequencies = block, frequencies
        eye = torch.eye(size)
        self.query_weight = nn.Parameter(eye.repeat(heads, 1, 1))
        pooled = torch.cat([*[torch.zeros(size, size)] * (POOLINGS - 1), eye])
        self.key_weight = nn.Parameter(pooled.repeat(key_heads, 1, 1))

    def forward(self, keys: Tensor, first: int) -> Tensor:
        """What whole blocks are to the gate, a summary as `kernels.base.summary_kinds` has them.

        Args:
            keys: After RoPE, [B, key_heads, n, block, d].
            first: Position of the first key.

        Returns:
            [B, key_heads, n, d] in the keys' type.
        """
        return self.project(self.pool(keys, first), first).to(keys.dtype)

    def pool(self, keys: Tensor, first: int) -> Tensor:
        """Largest, smallest and mean key of each block before RoPE, float32 [B, Hkv, n, 3·d]."""
        count = keys.shape[2] * self.block
        positions = torch.arange(first, first + count, device=keys.device)
        straight = self._turned(keys.float(), -positions.view(-1, self.block))
        return torch.cat([straight.amax(3), straight.amin(3), straight.mean(3)], dim=-1)

    def project(self, pooled: Tensor, first: int) -> Tensor:
        """Project pooled keys and turn them to the middle of their blocks, [B, Hkv, n, d]."""
        middles = torch.arange(pooled.shape[2], device=pooled.device) * self.block
        return self._turned(pooled @ self.key_weight, middles + first + self.block // 2)

    def straighten(self, query: Tensor, first: int, stride: int) -> tuple[Tensor, Tensor]:
        """Queries before RoPE, neighbours averaged, and where each average stands.

        Args:
            query: After RoPE, [B, H, q, d], at positions ``first`` and on.
            first: Position of the first.
            stride: Queries that are averaged to one; the last average may be over fewer.

        Returns:
            float32 [B, H, ⌈q / stride⌉, d] and [⌈q / stride⌉].
        """
        count = query.shape[2]
        positions = torch.arange(first, first + count, device=query.device)
        straight = self._turned(query.float(), -positions)
        if stride == 1 or count == 1:
            return straight, positions.float()
        parts = range(0, count, stride)
        means = [straight[:, :, at : at + stride].mean(2) for at in parts]
        places = torch.stack([positions[at : at + stride].float().mean() for at in parts])
        return torch.stack(means, dim=2), places

    def score(self, query: Tensor, positions: Tensor, blocks: Tensor) -> Tensor:
        """Score blocks for queries.

        Args:
            query: Before RoPE, float32 [B, H, r, d].
            positions: Where they stand, [r].
            blocks: As `forward` gives them, [B, Hkv, n, d].

        Returns:
            Logits, float32 [B, H, r, n].
        """
        asked = self._turned(query @ self.query_weight, positions)
        folded = asked.reshape(blocks.shape[0], blocks.shape[1], -1, query.shape[-1])
        logits = folded * query.shape[-1] ** -0.5 @ blocks.float().transpose(-1, -2)
        by_head: Tensor = logits.view(*query.shape[:3], -1)
        return by_head

    def _turned(self, x: Tensor, positions: Tensor) -> Tensor:
        angles = self._frequencies().to(x.device)
        turning = 2 * len(angles)
        turned = rotate(x[..., :turning], positions, angles)
        return turned if turning == x.shape[-1] else torch.cat([turned, x[..., turning:]], dim=-1)


class GateTable:
    """The gates of a model's layers, as `kernels.methods.seer` goes by them.

    Attributes:
        layers: One for each layer; None where the layer does without.
    """

    def __init__(self, layers: Sequence[BlockGate | None], name: str) -> None:
        """Keep them.

        Args:
            layers: See above.
            name: Tells these gates from others, in the name of an attention.
        """
        self.layers, self._name = tuple(layers), name

    def __repr__(self) -> str:
        """What a method's label says of them."""
        return self._name

    def at(self, layer: int) -> BlockGate | None:
        """The gate of a layer."""
        return self.layers[layer] if layer < len(self.layers) else None
