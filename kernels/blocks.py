"""What methods share that score blocks of earlier keys and read the best within a budget."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.method import Choice, Method, Scene


@dataclass(frozen=True, slots=True)
class BlockScores(Method):
    """Each key head sees the blocks that it scores highest; a method says how to score.

    Attributes:
        tokens: Keys that a block of queries reads in all, sinks, window and the block itself
            included.
    """

    tokens: int = 2048
    sinks: int = 64
    window: int = 448
    query_block: int = 256
    each_below: int = 64

    def __post_init__(self) -> None:
        Method.__post_init__(self)
        if self.tokens < self.sinks + self.window:
            raise ValueError(
                f"{self.label}: tokens must be at least sinks + window, {self.sinks + self.window}"
            )

    @abstractmethod
    def score(self, scene: Scene, low: int, high: int) -> Tensor:
        """Say how much the queries want each block of [low, high).

        Returns:
            [B, Hkv, high - low] in any floating type, higher for wanted blocks.
        """

    def candidates(self, scene: Scene) -> tuple[int, int]:
        """The blocks [low, high) that lie between the sinks and the first query's window."""
        low = -(-self.sinks // self.block)
        return low, max(low, (scene.first - self.window + 1) // self.block)

    def count(self, scene: Scene) -> int:
        """How many blocks the budget leaves room for; at least one."""
        low, high = self.candidates(scene)
        near = scene.last - (high - low) * self.block
        return max(1, (self.tokens - near) // self.block)

    def choose(self, scene: Scene) -> Choice:
        """The best blocks of each key head, and those of which sinks or windows hold a part.

        The latter are not complete yet or are cut by the window's edge; with them all queries of
        the block see the same keys before it, and no mask is needed.
        """
        low, high = self.candidates(scene)
        edges = [*range(self.sinks // self.block, low)]
        edges += range(high, -(-(scene.last - self.window) // self.block))
        shape = scene.past.shape[:2]
        parts = []
        if high > low:
            parts.append(self.best(scene, low, high, min(self.count(scene), high - low)))
        if edges:
            parts.append(torch.tensor(edges, device=scene.query.device).expand(*shape, -1))
        return (torch.cat(parts, dim=-1) if len(parts) > 1 else parts[0]) if parts else None

    def best(self, scene: Scene, low: int, high: int, count: int) -> Tensor:
        """Score all candidates and take the best.

        Returns:
            Block numbers, int64 [B, Hkv, count].
        """
        scores = self.score(scene, low, high)
        return scores.topk(count, dim=-1, sorted=False).indices.sort(dim=-1).values + low


def pooled_queries(scene: Scene, stride: int) -> Tensor:
    """Queries by key head, neighbours averaged: a block of queries asks with few voices.

    Args:
        scene: Its query is [B, Hq, q, d].
        stride: Queries that are averaged to one; the last average may be over fewer.

    Returns:
        [B, Hkv, G · ceil(q / stride), d].
    """
    batch, heads, count, size = scene.query.shape
    query = scene.query
    if count > 1 and stride > 1:
        whole = count // stride * stride
        parts = []
        if whole:
            parts.append(query[:, :, :whole].reshape(batch, heads, -1, stride, size).mean(3))
        if whole < count:
            parts.append(query[:, :, whole:].mean(2, keepdim=True))
        query = parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)
    return query.reshape(batch, scene.past.shape[1], -1, size)
