"""Arithmetic of ranking: BM25 and means over windows, min-max, density in time, boosts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from egogpt.text.stemmer import stem
from egogpt.text.tokens import stems
from memory.types.core import Memory, Span

Scores = NDArray[np.float64]
_K1, _B = 1.2, 0.75  # Robertson & Zaragoza 2009; what FTS5 uses
_GAP = 120.0  # seconds without recording that end a stretch
_DENSE, _ABOUT_A_DAY = 50, 86_400.0  # best scores, and seconds in which their nearness falls to 1/e


def min_max(scores: Scores, low: float | None = None) -> Scores:
    """Scores moved to 0..1 between ``low`` (default: the lowest) and the highest.

    Where all are alike they become 1, or 0 if none is positive.
    """
    if not scores.size:
        return scores
    floor, high = (scores.min() if low is None else low), scores.max()
    if high > floor:
        return np.asarray((scores - floor) / (high - floor))
    return np.full_like(scores, float(high > 0))


def rescaled(cosines: Scores, spread: float) -> Scores:
    """Cosines moved about their mean, so that they deviate from it by ``spread``.

    Embedders differ in how far the cosines of texts lie apart: those of e5 a quarter of MiniLM's,
    on which the weights of meaning beside words were measured.
    """
    deviation = float(cosines.std()) if cosines.size else 0.0
    mean = cosines.mean() if cosines.size else 0.0
    scaled: Scores = mean + (cosines - mean) * (spread / deviation if deviation > 0 else 1.0)
    return scaled


def stretches(memories: Sequence[Memory]) -> NDArray[np.int64]:
    """For each memory (in order of time) the number of its stretch: one recording, small gaps."""
    numbers = np.zeros(len(memories), np.int64)
    for at in range(1, len(memories)):
        before, now = memories[at - 1], memories[at]
        same = before.recording_id == now.recording_id and bool(now.recording_id)
        apart = now.span.start - before.span.end > _GAP
        numbers[at] = numbers[at - 1] + (
            apart or not (same or now.span.start >= before.span.end - 1)
        )
    return numbers


def window_bounds(
    stretch: NDArray[np.int64], reach: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First index and index after the last of each memory's window of ±``reach`` in its stretch."""
    at = np.arange(len(stretch))
    low = np.searchsorted(stretch, stretch, side="left")
    high = np.searchsorted(stretch, stretch, side="right")
    return np.maximum(low, at - reach), np.minimum(high, at + reach + 1)


def window_sums(values: Scores, bounds: tuple[NDArray[np.int64], NDArray[np.int64]]) -> Scores:
    """Sums of rows over each window; ``values`` is (memories,) or (memories, terms)."""
    total = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])
    summed: Scores = total[bounds[1]] - total[bounds[0]]
    return summed


@lru_cache(maxsize=10_000)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(stems(text))


class Lexicon:
    """Term counts of memories, from which BM25 of any window follows."""

    def __init__(self, memories: Sequence[Memory], frequency: dict[str, int], total: int) -> None:
        merged: dict[str, int] = {}
        for term, count in frequency.items():
            merged[stem(term)] = max(count, merged.get(stem(term), 0))
        self._idf = np.array(
            [
                math.log(1 + (total - n + 0.5) / (n + 0.5)) if n <= total else 0.0
                for n in merged.values()
            ]
        )
        self.counts = np.zeros((len(memories), len(merged)))
        self.lengths = np.zeros(len(memories))
        for row, memory in enumerate(memories):
            words = _stems(memory.text)
            counted = Counter(words)
            self.counts[row] = [counted[term] for term in merged]
            self.lengths[row] = len(words)

    def bm25(self, bounds: tuple[NDArray[np.int64], NDArray[np.int64]]) -> Scores:
        """BM25 of each memory's window, taken as one text."""
        counts = window_sums(self.counts, bounds)
        lengths = window_sums(self.lengths, bounds)
        norm = _K1 * (1 - _B + _B * lengths / max(1.0, float(lengths.mean())))
        scores: Scores = (self._idf * counts * (_K1 + 1) / (counts + norm[:, None])).sum(axis=1)
        return scores


def window_means(values: Scores, bounds: tuple[NDArray[np.int64], NDArray[np.int64]]) -> Scores:
    """Means over each window."""
    means: Scores = window_sums(values, bounds) / (bounds[1] - bounds[0])
    return means


def group_means(values: Scores, keys: Sequence[object]) -> Scores:
    """For each value the mean of the values with the same key."""
    _, inverse = np.unique(np.array([str(key) for key in keys]), return_inverse=True)
    sums = np.bincount(inverse, weights=values)
    means: Scores = (sums / np.bincount(inverse))[inverse]
    return means


def density(scores: Scores, times: Scores, stretch: NDArray[np.int64]) -> Scores:
    """0..1, how much of what scores best lies near each in time, but in another stretch.

    ``scores`` are logits. A kernel density (Efron et al., "Temporal feedback for tweet search with
    non-parametric density estimation", 2014). Where all score alike, nothing lies near.
    """
    if not scores.size or scores.max() == scores.min():
        return np.zeros(len(scores))
    best = np.argsort(-scores, kind="stable")[:_DENSE]
    likely = np.exp(scores[best] - scores.max())
    near = np.exp(-np.abs(times[:, None] - times[best]) / _ABOUT_A_DAY)
    near[stretch[:, None] == stretch[best]] = 0.0
    share: Scores = near @ (likely / likely.sum())
    return share


def nearness(span: Span, target: Span, later: float = 0.0) -> float:
    """1 inside the wanted interval, 0 from half its length (at least 15 minutes) outside.

    What is told of a time is told after it: with ``later``, it falls to 0 only so many seconds on.
    """
    slack = max(900.0, target.duration / 2)
    early, late = target.start - span.end, span.start - target.end
    return max(0.0, 1.0 - max(early / slack, late / max(slack, later), 0.0))
