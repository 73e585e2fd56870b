"""Each head has a shard of the context: what is near, and every n-th block, each head another.

What a head sees is fixed and asks no scores. Heads see different blocks, so that together they
see all of them, and a token that one layer's heads miss can still be reached through the next.
A head's own share keeps growing with the context, by one block in `stride`.

Source: Lin et al., Efficient LLM Training and Serving with Heterogeneous Context Sharding among
Attention Heads (S2-Attention), arXiv 2407.17678, section 3. The paper trains models with these
shards and leaves some layers dense; in a model that was trained densely, as here, much is lost
without `dense_layers`. It is here to be measured against.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from kernels.base.method import Method, Scene
from kernels.methods.dense import Dense


@dataclass(frozen=True, slots=True)
class S2(Method):
    """Sinks, window, and blocks whose number leaves the head's own remainder.

    Attributes:
        stride: A head sees one block in so many.
        offset: Remainder of the blocks that the first key head of the first layer sees; each
            head further on sees the next.
        dense_layers: Layers that see everything, from 0.
    """

    name: ClassVar[str] = "s2"
    sinks: int = 64
    window: int = 960
    stride: int = 16
    offset: int = 0
    dense_layers: tuple[int, ...] = (0, 1)

    def __post_init__(self) -> None:
        Method.__post_init__(self)
        if not 0 <= self.offset < self.stride:
            raise ValueError(f"{self.label}: offset must lie between 0 and stride - 1")

    def at(self, layer: int, head: int) -> Method:
        """This key head's shard."""
        if layer in self.dense_layers:
            return Dense(query_block=self.query_block)
        return replace(self, offset=(self.offset + layer + head) % self.stride, dense_layers=())

    def choose(self, scene: Scene) -> Tensor | None:
        """Every `stride`-th block that is not near for all of the queries."""
        end = -(-max(0, scene.last - self.window) // self.block)
        first = self.sinks // self.block
        first += (self.offset - first) % self.stride
        if first >= end:
            return None
        return torch.arange(first, end, self.stride, device=scene.query.device)[None, None]
