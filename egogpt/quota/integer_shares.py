"""Shares become counts whose sum is exact: for what is not a grid, as the clips of one answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.grids import best_first, relative_weights

_LEAST = 1e-9
_HALVINGS = 64


def assign_exact(
    weights: Sequence[float] | NDArray[np.floating], total: int, cap: int, min_tokens: int = 0
) -> tuple[int, ...]:
    """Counts that sum to ``total`` exactly (to ``len(weights) * cap`` where that is less).

    A heavier one never gets fewer; none gets more than ``cap``, nor less than ``min_tokens`` where
    the total reaches. Equal ones differ by one at most.

    Args:
        weights: not negative; only their ratios count.
        total: what is shared out.
        cap: the most that one may get.
        min_tokens: what everyone gets first.

    Raises:
        ValueError: a number is negative or a weight is not finite.
    """
    if min(total, cap, min_tokens) < 0:
        raise ValueError(f"Counts cannot be negative: {total=}, {cap=}, {min_tokens=}.")
    relative = relative_weights(weights)
    if not len(relative):
        return ()
    total = min(total, len(relative) * cap)
    least = min(min_tokens, total // len(relative), cap)
    level = _water_level(relative + _LEAST, total, cap, least)
    counts = np.floor(level + 1e-6).astype(np.int64)
    order = best_first(weights)
    # Sorted counts go to sorted weights: rounding must not turn two neighbours round.
    ranked = sorted((int(count) for count in counts), reverse=True)
    ranked = _add_up(ranked, total, cap)
    result = [0] * len(relative)
    for index, count in zip(order, ranked):
        result[index] = count
    return tuple(result)


def _water_level(
    weights: NDArray[np.float64], total: int, cap: int, least: int
) -> NDArray[np.float64]:
    """``min(least + price * weight, cap)`` at the price at which it sums to the total."""
    low, high = 0.0, 2 * (cap + 1) / _LEAST
    for _ in range(_HALVINGS):
        price = (low + high) / 2
        fits = np.minimum(least + price * weights, cap).sum() <= total
        low, high = (price, high) if fits else (low, price)
    return np.minimum(least + low * weights, cap)


def _add_up(ranked: list[int], total: int, cap: int) -> list[int]:
    """One more, or one less, for as many as rounding left wrong; the order stays descending."""
    missing = total - sum(ranked)
    while missing > 0:
        for at in range(len(ranked)):
            if missing and ranked[at] < cap and (at == 0 or ranked[at - 1] > ranked[at]):
                ranked[at] += 1
                missing -= 1
    return ranked
