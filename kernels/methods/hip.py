"""Blocks found by halving: the best of many ranges of keys are cut in two, again and again.

Neighbouring keys score alike, so that one key can speak for a range. The keys before the window
are cut into as many equal ranges as blocks are to be read; each is halved, each half is scored by
the key in its middle, the better half of the halves is kept, until ranges are single blocks. A
choice costs the logarithm of the context and not the context: no key is read but those that speak,
and no summary is kept.

Because what is not near a good key is never looked at, a lone key that matters among others that
do not is missed more often than by `quest`; text is mostly not like that.

Source: Lee et al., HiP Attention, arXiv 2406.09827, section 3.2 and Algorithm 1; the keys in the
middle of both halves as representatives are those of InfiniteHiP, arXiv 2502.08910, section 3.1.
Written from the papers. InfiniteHiP takes one choice for all heads of a layer; here each key head
has its own. A block of a prompt's queries asks with averages of neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from kernels.base.method import Scene
from kernels.methods.block_scorer import BlockScores, pooled_queries


@dataclass(frozen=True, slots=True)
class Hip(BlockScores):
    """Blocks that are left when ranges of keys have been halved down to them.

    Attributes:
        query_stride: Neighbouring queries of a prompt that are averaged to one before they ask.
        breadth: So many times more ranges are kept while halving than blocks are read in the
            end; more find more, and cost as much more.
    """

    name: ClassVar[str] = "hip"
    sinks: int = 128
    window: int = 512
    block: int = 8
    query_stride: int = 16
    breadth: int = 1

    def __post_init__(self) -> None:
        BlockScores.__post_init__(self)
        if self.breadth < 1:
            raise ValueError(f"{self.label}: breadth must be at least 1")

    def best(self, scene: Scene, low: int, high: int, count: int) -> Tensor:
        """Halve ranges of the blocks [low, high) until `count` single blocks are left."""
        query = pooled_queries(scene, self.query_stride)
        batch, heads = query.shape[:2]
        width = min(count * self.breadth, high - low)
        length = 1  # of a range, in blocks
        while width * length < high - low:
            length *= 2
        starts = torch.arange(low, high, length, device=query.device).expand(batch, heads, -1)
        scores = None
        while length > 1:
            length //= 2
            starts = torch.cat([starts, starts + length], dim=-1)
            scores = self._spoken(query, scene.past, starts, length, high)
            target = min(width if length > 1 else count, high - low)
            if starts.shape[-1] > target:
                places = scores.topk(target, dim=-1, sorted=False).indices
                starts, scores = starts.gather(-1, places), scores.gather(-1, places)
        if starts.shape[-1] > count:  # all blocks were ranges from the first
            scores = self._spoken(query, scene.past, starts, 1, high)
            starts = starts.gather(-1, scores.topk(count, dim=-1, sorted=False).indices)
        return starts.sort(dim=-1).values

    def score(self, scene: Scene, low: int, high: int) -> Tensor:
        """What single blocks score by the key in their middle, [B, Hkv, high - low]."""
        query = pooled_queries(scene, self.query_stride)
        blocks = torch.arange(low, high, device=query.device).expand(*query.shape[:2], -1)
        return self._spoken(query, scene.past, blocks, 1, high)

    def _spoken(
        self, query: Tensor, past: Tensor, starts: Tensor, length: int, high: int
    ) -> Tensor:
        """Best score of the middle keys of ranges [B, Hkv, n] for any query; -inf behind `high`.

        A range that reaches beyond `high` is spoken for by its last key before it.
        """
        ends = (starts + length).clamp(max=high)
        middles = (starts.clamp(max=high - 1) + ends) * self.block // 2
        middles = middles.clamp(max=high * self.block - 1)
        keys = past.gather(2, middles[..., None].expand(-1, -1, -1, past.shape[3]))
        scores = (query @ keys.transpose(2, 3)).amax(dim=2)
        return scores.masked_fill_(starts >= high, -torch.inf)
