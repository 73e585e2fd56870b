"""Blocks by what their best key probably scores: the mean, and a share of how far keys spread.

Quest's bound takes each channel at its most extreme; keys do not lie in the corners of that box,
and the more channels there are the further the bound lies above them. A mean hides the one key
that matters behind its neighbours. Between the two lies a good guess: with the mean µ and half of
each channel's range r, a block is worth q·µ + share · |q|·r. It costs what the bound costs.

Measured on SmolLM2-135M with facts hidden in talk, where a head looks back at a fact: its block of
16 is among the best 512 of 8,000 tokens in 95 % of cases, by the bound in 77 %, by the mean in
88 % (`docs/design/attention.md`).

Source: the bound is Tang et al., Quest, arXiv 2406.10774, section 3.2; the share is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from kernels.base.method import Scene
from kernels.base.query_plan import SuperpageSearch
from kernels.base.summary_kinds import FAN, Kinds
from kernels.cache.superpages import worth
from kernels.methods.block_scorer import BlockScores, pooled_queries

SHARE = 0.4
"""Of each channel's half range that is added to the mean; between 0.3 and 0.5 little changes."""

OUTER_SHARE = 0.5
"""The same of superpages: lone keys are found more often, keys among their like hardly less."""


@dataclass(frozen=True, slots=True)
class Spread(BlockScores):
    """The blocks whose best key probably scores highest for one of the head's queries.

    Attributes:
        query_stride: Neighbouring queries of a prompt that are averaged to one before they ask.
        looked: How many times the keys that are read a single query may look at the blocks of, in
            the superpages that promise most; a context of twice as many has all blocks scored.
    """

    name: ClassVar[str] = "spread"
    block: int = 16
    query_stride: int = 32
    looked: int = 8

    def score(self, scene: Scene, low: int, high: int) -> Tensor:
        """The guess, maximal over the queries, [B, Hkv, high - low]."""
        query = pooled_queries(scene, self.query_stride)
        return worth(query, scene.summary(spreads, self.block)[:, :, low:high])

    def opening(self, blocks: int) -> SuperpageSearch:
        """Of a very long context a single query looks at the best parts."""
        return SuperpageSearch(KINDS, self.limit(blocks))

    def limit(self, blocks: int) -> int | None:
        """How many superpages of so many blocks one query opens; None, each block is scored."""
        most = max(1, self.looked * self.tokens // (self.block * FAN))
        return most if blocks > 2 * most * FAN else None


def spreads(keys: Tensor) -> Tensor:
    """Mean, and the share of each channel's half range.

    Args:
        keys: [B, Hkv, n, block, d].

    Returns:
        [B, Hkv, n, 2·d]: means, then shares.
    """
    return _spread(keys, SHARE)


def outer_spreads(keys: Tensor) -> Tensor:
    """The same of superpages, [B, Hkv, n, FAN · block, d], with their own share.

    It is a guess and no bound: a bound lies so far above that nearly all superpages would have to
    be opened.
    """
    return _spread(keys, OUTER_SHARE)


def _spread(keys: Tensor, share: float) -> Tensor:
    whole = keys.float()
    half = (whole.amax(dim=3) - whole.amin(dim=3)) / 2
    return torch.cat([whole.mean(dim=3), share * half], dim=-1).to(keys.dtype)


KINDS = Kinds(spreads, outer_spreads)
