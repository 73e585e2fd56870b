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
        """The blocks [low, high) that are not seen already: whole, and before the queries."""
        high = min(-(-(scene.last - self.window) // self.block), scene.first // self.block)
        low = self.sinks // self.block
        return low, max(low, high)

    def count(self, scene: Scene) -> int:
        """How many blocks the budget leaves room for; at least one."""
        near = self.sinks + self.window + scene.query.shape[2] - 1
        return max(1, (self.tokens - near) // self.block)

    def choose(self, scene: Scene) -> Choice:
        """The best blocks of each key head, and those not complete yet, which nobody can score."""
        low, high = self.candidates(scene)
        chosen = None
        if high > low:
            chosen = self.best(scene, low, high, min(self.count(scene), high - low))
        begun = scene.first // self.block
        if begun * self.block < scene.last - self.window:  # a row's window leaves some of it out
            batch, heads = scene.past.shape[:2]
            end = -(-(scene.last - self.window) // self.block)
            rest = torch.arange(begun, end, device=scene.query.device).expand(batch, heads, -1)
            chosen = rest if chosen is None else torch.cat([chosen, rest], dim=-1)
        return chosen

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
