"""Heads that look near keep one token that stands for all that they dropped.

Echo and induction heads see everything. Of any other head the first tokens stay and the last, a
fixed fraction of the context but at least some; the keys between are replaced by their mean, the
values by theirs, and this one token counts in the softmax as often as there are tokens dropped.

Source: Tang et al., RazorAttention, arXiv 2407.15891, sections 3.1 to 3.3. As in the paper tokens
are dropped from a cache that is made for it (`kernels.engine.razor_cache`); in any other they stay
unread, so that the context can be cut back. Tokens are dropped by whole blocks; what is left over
at the edges is seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from kernels.base.method import Method, Scene
from kernels.base.partial_softmax import PartialSoftmax
from kernels.methods.dense import Dense
from kernels.methods.duo_attention import Heads, check_heads


@dataclass(frozen=True, slots=True)
class Razor(Method):
    """`heads` see everything, all others sinks, the last tokens and the compensation token.

    Attributes:
        window: Tokens that a head keeps at least (the paper's S₀).
        heads: The key heads of each layer that see everything; find them with
            `egogpt.attention.retrieval_heads.by_heads`.
        keep: One in so many tokens is kept (the paper's C): the window grows with the context.
        compensated: Whether what is dropped has its token.
    """

    name: ClassVar[str] = "razor"
    sinks: int = 4
    window: int = 4000
    block: int = 32
    heads: Heads = ()
    keep: int = 5
    compensated: bool = True

    def __post_init__(self) -> None:
        Method.__post_init__(self)
        check_heads(self.label, self.heads)
        if self.keep < 1:
            raise ValueError(f"{self.label}: keep must be at least 1")

    def at(self, layer: int, head: int) -> Method:
        """Dense for the heads named; the others are not told which these are."""
        if layer < len(self.heads) and head in self.heads[layer]:
            return Dense(query_block=self.query_block)
        return replace(self, heads=()) if self.heads else self

    def choose(self, scene: Scene) -> Tensor | None:
        """All blocks but those dropped, as far as sinks and windows leave something of them."""
        low, high = self.dropped(scene.first)
        end = -(-max(0, scene.last - self.window) // self.block)
        first = self.sinks // self.block
        blocks = [*range(first, min(low, end)), *range(max(high, low), end)]
        return torch.tensor(blocks, device=scene.query.device)[None, None] if blocks else None

    def dropped(self, first: int) -> tuple[int, int]:
        """The blocks [low, high) that the block of queries around position `first` does not see.

        They depend on where the query block begins and not on where a chunk of it does; later
        blocks see none of them either.
        """
        begin = first // self.query_block * self.query_block
        near = max(self.window, math.ceil(begin / self.keep))
        low = -(-self.sinks // self.block)
        return low, max(low, (begin - near + 1) // self.block)

    def compensate(
        self, scene: Scene, value: Tensor, chosen: Tensor | None
    ) -> PartialSoftmax | None:
        """The mean of the dropped keys and values, as often as they are."""
        low, high = self.dropped(scene.first)
        if not self.compensated or high <= low:
            return None
        sums = _sums(scene, value, self.block, low, high)
        return stand_in(scene.query, scene.scale, *sums, (high - low) * self.block)


def stand_in(
    query: Tensor, scale: float, key_sum: Tensor, value_sum: Tensor, count: int
) -> PartialSoftmax:
    """The compensation token: the mean of dropped keys and values, as often as they are.

    Args:
        query: [B, Hq, q, d].
        scale: Factor on q·k.
        key_sum: Of the dropped keys, float32 [B, Hkv, d].
        value_sum: Of their values, float32 [B, Hkv, dv].
        count: How many they are.
    """
    batch, heads, asked, size = query.shape
    rows = query.reshape(batch, key_sum.shape[1], -1, size)
    scores = (rows.float() * scale) @ (key_sum / count)[..., None]
    log_sum = scores[..., 0].reshape(batch, heads, asked) + math.log(count)
    mixed = (value_sum / count).to(query.dtype)[:, :, None]
    mixed = mixed.expand(-1, -1, rows.shape[2], -1).reshape(batch, heads, asked, -1)
    return PartialSoftmax(mixed, log_sum)


def block_sums(x: Tensor) -> Tensor:
    """Sum over each block in float32: [B, Hkv, n, block, d] to [B, Hkv, n, d]."""
    return x.sum(dim=3, dtype=torch.float32)


def _sums(scene: Scene, value: Tensor, block: int, low: int, high: int) -> tuple[Tensor, Tensor]:
    """Sums of keys and of values of the blocks [low, high), each [B, Hkv, d].

    With a cache the sum so far is kept, and only the blocks that were dropped since are added.
    """
    name = ("razor", block, low)
    cached = scene.memory.get(name)
    end, sums = cached if isinstance(cached, tuple) and cached[0] <= high else (low, [])
    if high == end and sums:
        return sums[0], sums[1]
    keys = scene.summary(block_sums, block)[:, :, end:high]
    if scene.pages is not None:
        values = scene.summary(block_sums, block, "values")[:, :, end:high]
    else:
        tokens = value[:, :, end * block : high * block]
        values = block_sums(tokens.reshape(*tokens.shape[:2], -1, block, tokens.shape[3]))
    new = [x.sum(dim=2) for x in (keys, values)]
    if sums:
        new = [first + other for first, other in zip(sums, new, strict=True)]
    scene.memory[name] = (high, new)
    return new[0], new[1]
