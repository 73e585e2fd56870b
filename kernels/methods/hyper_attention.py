"""Keys in the queries' hash buckets exactly, and a random sample that stands for all the others.

Random planes give each key a code; the codes are ordered so that neighbours differ in one plane,
and keys whose codes lie closest to the code of a query are read exactly: among them are most of
those with high scores. Of the rest some are drawn at random, and each counts for as many as it was
drawn from, so that the attention to what was not read is estimated without bias.

Source: Han et al., HyperAttention, arXiv 2310.05869, section 3 (sortLSH, Algorithm 1; sampling,
Algorithm 3). The paper sorts queries as well and treats causal attention by halves; here each
block of queries takes the keys closest to any of its averaged queries. Codes of keys are kept
beside a paged cache. Samples depend on the seed and the query block only: the same each time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import torch
from torch import Tensor

from kernels.base.method import Scene
from kernels.base.partial_softmax import PartialSoftmax, attend_part, fold, unfold
from kernels.methods.block_scorer import BlockScores, pooled_queries

MIX = 0x9E3779B97F4A7C15
"""An odd constant of 64 bits; it spreads neighbouring block numbers over the 32 bits of a seed that
torch reads."""


@dataclass(frozen=True, slots=True)
class Codes:
    """Place of each token of a block in the order of codes: a summary kind for `block` keys.

    Attributes:
        planes: Bits of a code.
        seed: Of the planes.
    """

    planes: int
    seed: int

    def __call__(self, keys: Tensor) -> Tensor:
        """[B, Hkv, n, block, d] to int16 [B, Hkv, n, block]."""
        return self.places(keys).short()

    def places(self, x: Tensor) -> Tensor:
        """Place 0 … 2^planes - 1 of vectors [..., d], int32 [...]; neighbours differ in a bit."""
        planes = _planes(self.planes, self.seed, x.shape[-1]).to(x.device)
        bits = (x.float() @ planes > 0).int()
        prefix = bits.cumsum(dim=-1, dtype=torch.int32) % 2  # a Gray code's rank: parity so far
        powers = 2 ** torch.arange(self.planes - 1, -1, -1, dtype=torch.int32, device=x.device)
        return (prefix * powers).sum(dim=-1, dtype=torch.int32)


@dataclass(frozen=True, slots=True)
class Hyper(BlockScores):
    """Half of the budget for the keys closest in code, half for the sample.

    Attributes:
        query_stride: Neighbouring queries of a prompt that are averaged to one before they ask.
        planes: Bits of a code; the paper's 7.
        sampled: Keys drawn at random for what is not read, in all; they count to `tokens`.
        seed: Of planes and samples.
        compensated: Whether the sample is taken; without it what is not read is left out.
    """

    name: ClassVar[str] = "hyper"
    block: int = 1
    query_stride: int = 16
    planes: int = 7
    sampled: int = 256
    seed: int = 0
    compensated: bool = True

    def __post_init__(self) -> None:
        BlockScores.__post_init__(self)
        if not 1 <= self.planes <= 14:
            raise ValueError(f"{self.label}: planes must be between 1 and 14")
        if self.sampled < 1:
            raise ValueError(f"{self.label}: sampled must be at least 1")

    def count(self, scene: Scene) -> int:
        """What the sample leaves of the budget; all of it where nothing is left to sample."""
        whole = BlockScores.count(self, scene)
        low, high = self.candidates(scene)
        if not self.compensated or whole >= high - low:
            return whole
        return max(1, whole - self.sampled // self.block)

    def score(self, scene: Scene, low: int, high: int) -> Tensor:
        """How close a block's best key is in code; of equal ones the later, [B, Hkv, n]."""
        codes = Codes(self.planes, self.seed)
        asked = codes.places(pooled_queries(scene, self.query_stride))
        known = scene.summary(codes, self.block)[:, :, low:high].long()
        places = torch.arange(1 << self.planes, device=known.device)
        gaps = (places - asked[..., None]).abs().amin(dim=2)  # of each place to the closest query
        nearest = gaps.gather(-1, known.flatten(2)).reshape(known.shape).amin(dim=-1)
        later = torch.arange(high - low, device=known.device) / (high - low)
        return later - nearest

    def compensate(
        self, scene: Scene, value: Tensor, chosen: Tensor | None
    ) -> PartialSoftmax | None:
        """The sample, each key counting for as many as it was drawn from."""
        low, high = self.candidates(scene)
        if not self.compensated or high <= low or chosen is None:
            return None
        drawn, weight = self._sample(scene, low * self.block, high * self.block)
        keys, values = (x.index_select(2, drawn) for x in (scene.past, value))
        blocks = drawn // self.block
        new = (chosen[..., None] != blocks).all(dim=-2).expand(*keys.shape[:2], -1)
        rows = fold(scene.query, scene.past)
        part = attend_part(rows, keys, values, scene.scale, new[:, :, None])
        return unfold(PartialSoftmax(part.mixed, part.log_sum + math.log(weight)), scene.query)

    def _sample(self, scene: Scene, first: int, last: int) -> tuple[Tensor, float]:
        """Positions drawn from [first, last), ascending, and for how many each stands."""
        device = scene.query.device
        if last - first <= self.sampled:
            return torch.arange(first, last, device=device), 1.0
        place = scene.first // self.query_block
        mixed = ((self.seed << 32) + place) * MIX * MIX % (1 << 64)
        noise = torch.Generator().manual_seed((mixed >> 32) ^ (mixed & 0xFFFFFFFF))
        drawn = torch.randint(first, last, (self.sampled,), generator=noise).sort().values
        return drawn.to(device), (last - first) / self.sampled


@lru_cache(maxsize=64)
def _planes(count: int, seed: int, size: int) -> Tensor:
    """Normals of random planes through the origin, [size, count]."""
    noise = torch.Generator().manual_seed(seed)
    return torch.randn(size, count, generator=noise)
