"""Scorers made of scorers: put on one scale, the best of several, and the dear one last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.grids import best_first
from egogpt.quota.query import Query
from egogpt.quota.scorers import FrameScorer
from memory.types.core import Frame


class NormalizedScorer:
    """Scores of one clip on one scale: ``sigmoid(slope * z + shift)`` of how far from their mean.

    For embedders, whose cosines lie so close together that they say little as they are. When all
    are the same, so are the results. A frame one standard deviation above the mean gets 0.5.
    """

    def __init__(self, scorer: FrameScorer, slope: float = 2.0, shift: float = -2.0) -> None:
        self._scorer = scorer
        self._slope, self._shift = slope, shift
        self.name = f"{scorer.name}~{slope}{shift:+}"

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """Of all frames of a clip at a time: a score depends on the others."""
        score = self._scorer.score(frames, query)
        usable = np.isfinite(score)
        if not usable.any():
            return np.zeros(len(score))
        mean, spread = score[usable].mean(), score[usable].std()
        z = (score - mean) / spread if spread > 1e-9 else np.zeros_like(score)
        return np.where(usable, 1 / (1 + np.exp(-(self._slope * z + self._shift))), 0.0)


class BestOf:
    """The highest score of several scorers, which must be on one scale."""

    def __init__(self, scorers: Sequence[FrameScorer]) -> None:
        if not scorers:
            raise ValueError("There must be at least one scorer.")
        self._scorers = tuple(scorers)
        self.name = "|".join(scorer.name for scorer in scorers)

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """0 to 1."""
        scores = [_finite(scorer.score(frames, query)) for scorer in self._scorers]
        return np.asarray(np.stack(scores).max(axis=0), dtype=np.float64)


class CascadeScorer:
    """A cheap scorer looks at all frames, a dear one at the best of them; the others get 0.

    Of frames that the cheap one cannot tell apart (all, where there is none), those that lie far
    apart come first. What is overlooked still gets its part of the floor (``frame_weights``).
    """

    def __init__(self, cheap: FrameScorer | None, dear: FrameScorer, keep: int) -> None:
        if keep < 1:
            raise ValueError(f"At least one frame must be kept, not {keep}.")
        self._cheap, self._dear, self._keep = cheap, dear, keep
        self.name = f"{cheap.name} > {dear.name}" if cheap else dear.name

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """With few frames, the dear scorer sees them all."""
        if len(frames) <= self._keep:
            return self._dear.score(frames, query)
        first = np.zeros(len(frames))
        if self._cheap is not None:
            first = _finite(self._cheap.score(frames, query))
        best = sorted(best_first(first)[: self._keep])
        scores = np.zeros(len(frames))
        scores[best] = self._dear.score([frames[index] for index in best], query)
        return scores


def _finite(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(scores), scores, 0.0)
