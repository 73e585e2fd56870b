"""Facts about the kept pictures of clips, and how alike a question all vectors of a home are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FEW = 8  # vectors among which none can be said to stand out
_LEAST = 0.005  # deviation of cosines below which all are alike


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A thumbnail: the ``number``-th of its clip, taken at ``at``; ``path`` is under the home."""

    clip_id: str
    number: int
    at: float
    path: str


@dataclass(frozen=True, slots=True)
class PictureHit:
    """A picture that was found: of which clip, when it was taken, its cosine with the question."""

    clip_id: str
    at: float
    cosine: float


@dataclass(frozen=True, slots=True)
class CosineSpread:
    """How like a question all ``count`` vectors of a kind are: the median, and how they vary.

    ``deviation`` is 1.4826 times the median distance from the median: the standard deviation, where
    cosines spread as a bell does, whatever a few that fit well do. Both come from an even sample
    where there are many.
    """

    count: int
    median: float
    deviation: float

    @classmethod
    def of(cls, cosines: NDArray[np.floating], count: int) -> CosineSpread:
        """The spread of ``count`` vectors from a sample of their cosines."""
        if not len(cosines):
            return cls(0, 0.0, 0.0)
        median = float(np.median(cosines))
        return cls(count, median, 1.4826 * float(np.median(np.abs(cosines - median))))

    def beyond_chance(self, cosine: float) -> float:
        """How far a cosine stands out: 0 as far as the best of so many would by chance, about
        √(2 ln count) deviations; 1 twice as far. Less than 0 is nothing; -1 where there are few."""
        if self.count < _FEW:
            return -1.0
        chance = math.sqrt(2 * math.log(self.count))
        return (cosine - self.median) / max(self.deviation, _LEAST) / chance - 1
