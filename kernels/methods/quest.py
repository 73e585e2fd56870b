"""Blocks by the most that any of their keys could score.

For each channel of a block the smallest and the largest key value are kept. No key of the block
can score higher than what is got by taking, channel by channel, whichever of the two fits the
query better; the blocks with the highest such bound are read. A lone key that matters cannot hide
behind its neighbours, as it does in a mean.

The interval is kept as centre c and radius r, because then the bound is q·c + |q|·r: one matrix
product. Radii are rounded up, so that the bound holds in bfloat16 as well.

Source: Tang et al., Quest, arXiv 2406.10774, section 3.2 and Algorithm 1. The paper decodes only;
here a block of queries asks with averages of neighbours (`query_stride`), so that a prompt is read
sparsely too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from kernels.base.method import Scene
from kernels.base.query_plan import SuperpageSearch
from kernels.base.summary_kinds import BOUNDS, bounds
from kernels.cache.superpages import worth
from kernels.methods.block_scorer import BlockScores, pooled_queries


@dataclass(frozen=True, slots=True)
class Quest(BlockScores):
    """The blocks whose bound is highest for one of the head's queries.

    Attributes:
        query_stride: Neighbouring queries of a prompt that are averaged to one before they ask.
        opened: Superpages that a single query may look into (`kernels.cache.superpages`), where
        scoring
            every block would cost more than attending; 0 for as many as it takes to miss none.
    """

    name: ClassVar[str] = "quest"
    block: int = 16
    query_stride: int = 32
    opened: int = 0

    def score(self, scene: Scene, low: int, high: int) -> Tensor:
        """The bound, maximal over the queries, [B, Hkv, high - low]."""
        query = pooled_queries(scene, self.query_stride)
        return worth(query, scene.summary(bounds, self.block)[:, :, low:high])

    def opening(self, blocks: int) -> SuperpageSearch:
        """A single query need not score every block."""
        return SuperpageSearch(BOUNDS, self.opened)
