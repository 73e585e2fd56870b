"""Tokens, each by itself, by the share of attention that the queries would give them.

All keys before the window are scored, as dense attention does, and the best are read: half of
dense attention's work while writing, and less in a prompt, where queries ask together. It misses
less than any choice by blocks. What makes it fast is to keep a choice for some tokens
(`tokenselect`, `recycled`) or layers (`tidal`).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kernels.base.method import Scene
from kernels.methods.block_scorer import BlockScores, pooled_queries


@dataclass(frozen=True, slots=True)
class Votes(BlockScores):
    """Each key head sees the tokens to which its queries give most attention.

    Attributes:
        query_stride: Neighbouring queries of a prompt that are averaged to one before they vote.
    """

    block: int = 1
    query_stride: int = 16

    def score(self, scene: Scene, low: int, high: int) -> Tensor:
        """Votes of the head's queries for the blocks [low, high), [B, Hkv, high - low]."""
        query = pooled_queries(scene, self.query_stride)
        keys = scene.past[:, :, low * self.block : high * self.block]
        votes = soft_votes(query, keys, scene.scale)
        return votes.reshape(*votes.shape[:2], -1, self.block).amax(dim=-1)


def soft_votes(query: Tensor, keys: Tensor, scale: float) -> Tensor:
    """Each query shares one vote among the keys, by softmax: a loud head counts no more.

    Args:
        query: By key head, [B, Hkv, r, d].
        keys: [B, Hkv, k, d].
        scale: Factor on q·k.

    Returns:
        Votes of all queries of a key head, float32 [B, Hkv, k].
    """
    scores = (query @ keys.transpose(2, 3)).float() * scale
    return scores.softmax(dim=-1).sum(dim=2)
