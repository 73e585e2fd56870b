"""A choice that serves several tokens: kept beside a layer's cache, until it no longer fits.

Neighbouring tokens want much the same keys. What was chosen for one is used for the next while its
query is alike; what has left the window since, and could not be chosen then, is seen as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.base.method import Method, Scene


@dataclass(frozen=True, slots=True)
class KeptChoice:
    """What one written token chose, and what is needed to know whether it still serves.

    Attributes:
        query: The query that chose, [B, Hq, d].
        chosen: Block numbers, int64 [B, Hkv or 1, n].
        end: Blocks from here on were not to be chosen from.
        first: Position of the token that used it last.
        steps: How many tokens have used it, the one that chose included.
    """

    query: Tensor
    chosen: Tensor
    end: int
    first: int
    steps: int = 1

    @classmethod
    def of(cls, scene: Scene, chosen: Tensor, end: int) -> KeptChoice:
        """What the token asking chose among the blocks before `end`."""
        return cls(scene.query[:, :, 0], chosen, end, scene.first)

    def serves(self, scene: Scene, steps: int, likeness: float) -> bool:
        """Whether the token asking can use it.

        Args:
            scene: The token asking; it must be the one behind the last that used this choice.
            steps: How many tokens may use it in all.
            likeness: Least cosine between the query that chose and the one asking, all heads
                together, in each row of the batch.
        """
        if scene.query.shape[2] != 1 or scene.first != self.first + 1 or self.steps >= steps:
            return False
        asked, previous = (x.float().flatten(1) for x in (scene.query[:, :, 0], self.query))
        return bool((torch.cosine_similarity(asked, previous, dim=1) >= likeness).all())

    def used(self, scene: Scene) -> KeptChoice:
        """The same, after the token asking has used it."""
        return KeptChoice(self.query, self.chosen, self.end, scene.first, self.steps + 1)

    def blocks(self, method: Method, scene: Scene) -> Tensor:
        """The choice, and what has left the window since: block numbers [B, Hkv or 1, n]."""
        return with_newer(self.chosen, self.end, method, scene)


def with_newer(chosen: Tensor, end: int, method: Method, scene: Scene) -> Tensor:
    """Add to a choice among the blocks before `end` all up to the window, and the sinks' last."""
    block = method.block
    edges = [
        *range(method.sinks // block, -(-method.sinks // block)),
        *range(end, -(-(scene.last - method.window) // block)),
    ]
    if not edges:
        return chosen
    newer = torch.tensor(edges, device=chosen.device).expand(*chosen.shape[:2], -1)
    return torch.cat([chosen, newer], dim=-1)
