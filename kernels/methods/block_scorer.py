"""Base of methods that score blocks of earlier keys and read the best within a budget."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from kernels.base.method import Choice, Method, Scene
from kernels.base.query_plan import QueryPlan, SuperpageSearch
from kernels.cache.superpages import best_of_query


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

    def at_most(self, longest: int) -> Method | None:
        """Fewer tokens, unless sinks, window and a block of queries are more by themselves."""
        least = self.sinks + self.window + self.query_block + 2 * self.block
        if least > longest or self.stands_in:
            return None
        dense = min(self.dense_below, longest)
        return replace(self, tokens=min(self.tokens, longest), dense_below=dense)

    @abstractmethod
    def score(self, scene: Scene, low: int, high: int) -> Tensor:
        """Say how much the queries want each block of [low, high).

        Returns:
            [B, Hkv, high - low] in any floating type, higher for wanted blocks.
        """

    def opening(self, blocks: int) -> SuperpageSearch | None:
        """How a single query searches so many blocks; None where it scores them as others do."""
        return None

    def candidates(self, scene: Scene) -> tuple[int, int]:
        """The blocks [low, high) that lie between the sinks and the first query's window."""
        return self._between(scene.first)

    def count(self, scene: Scene) -> int:
        """How many blocks the budget leaves room for; at least one."""
        low, high = self.candidates(scene)
        return self._left(scene.last, high - low)

    def sparse_look(self, total: int) -> QueryPlan | None:
        """Sinks and window with the blocks cut by their edges, and the best of the others."""
        low, high = self._between(total - 1)
        opening = self.opening(high - low)
        if opening is None:
            return None
        count = min(self._left(total, high - low), high - low)
        return QueryPlan(low * self.block, high * self.block, self.block, count, opening)

    def choose(self, scene: Scene) -> Choice:
        """The best blocks of each key head, and those of which sinks or windows hold a part.

        The latter are not complete yet or are cut by the window's edge; with them all queries of
        the block see the same keys before it, and no mask is needed.
        """
        low, high = self.candidates(scene)
        before = range(self.sinks // self.block, low)
        behind = range(high, -(-(scene.last - self.window) // self.block))
        parts = [self._edge(before, scene)]
        if high > low:
            parts.append(self.best(scene, low, high, min(self.count(scene), high - low)))
        parts.append(self._edge(behind, scene))
        named = [part for part in parts if part is not None]
        return (torch.cat(named, dim=-1) if len(named) > 1 else named[0]) if named else None

    @staticmethod
    def _edge(blocks: range, scene: Scene) -> Tensor | None:
        if not blocks:
            return None
        return torch.tensor([*blocks], device=scene.query.device).expand(*scene.past.shape[:2], -1)

    def best(self, scene: Scene, low: int, high: int, count: int) -> Tensor:
        """The candidates with the highest score; a single query need not score all of them.

        Returns:
            Block numbers, int64 [B, Hkv, count].
        """
        opening = self.opening(high - low) if scene.query.shape[2] == 1 else None
        if opening is not None:
            return best_of_query(scene, self.block, low, high, count, opening)
        scores = self.score(scene, low, high)
        return scores.topk(count, dim=-1, sorted=False).indices.sort(dim=-1).values + low

    def _between(self, first: int) -> tuple[int, int]:
        low = -(-self.sinks // self.block)
        return low, max(low, (first - self.window + 1) // self.block)

    def _left(self, last: int, candidates: int) -> int:
        near = last - candidates * self.block
        return max(1, (self.tokens - near) // self.block)


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
