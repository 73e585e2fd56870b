"""Shares become grids: every frame gets the (rows, columns) that its weight pays for.

One price is looked for at which all frames together spend the budget. At any price a heavier frame
gets no smaller grid than a lighter one; equal frames get equal grids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.budget import NOTHING, Ladder, Shape, TokenBudget

_DECIMALS = 9  # of a weight relative to the heaviest: what differs less is equal
_LEAST = 1e-9  # what a frame of no weight counts for, once all others are at the native grid
_TOLERANCE = 1e-6  # of a token: keeps rounding errors of the price from costing a step
_HALVINGS = 64


@dataclass(frozen=True, slots=True)
class Assignment:
    """The grid of each frame, in the frames' order; what they cost in all, and what is left over.

    A shape of (0, 0) means that the frame is left out: only with fewer tokens than frames, or with
    ``min_tokens`` 0.
    """

    shapes: tuple[Shape, ...]
    spent: int
    slack: int

    @property
    def tokens(self) -> tuple[int, ...]:
        """Cells of each frame, newlines not counted."""
        return tuple(rows * columns for rows, columns in self.shapes)


def assign_grid(weights: Sequence[float] | NDArray[np.floating], budget: TokenBudget) -> Assignment:
    """Grids that cost at most the budget, newlines included, and nearly all of it.

    A frame of more weight never gets fewer tokens, no frame gets more than its native grid, and
    every frame gets ``min_tokens`` where the budget reaches. Frames of equal weight get equal
    grids, except with fewer tokens than frames: then so many as can be shown are, spread evenly
    over those of equal weight.

    Args:
        weights: (frames,), not negative; only their ratios count.
        budget: what may be spent.
    """
    steps = budget.steps
    relative = relative_weights(weights)
    lowest = steps.first_with(budget.min_tokens)
    if len(relative) * int(steps.costs[lowest]) > budget.for_frames:
        return finish(_some_only(weights, steps, max(lowest, 1), budget.for_frames), budget)
    levels = _levels_at_best_price(relative, steps, lowest, budget.for_frames)
    levels = _spend_the_rest(levels, relative, steps, budget.for_frames)
    if not levels.any() and len(relative):  # equal frames that only some of can be shown
        return finish(_some_only(weights, steps, 1, budget.for_frames), budget)
    return finish(tuple(steps.shapes[level] for level in levels), budget)


def relative_weights(weights: Sequence[float] | NDArray[np.floating]) -> NDArray[np.float64]:
    """Weights as parts of the heaviest, so coarse that rounding errors cannot tell frames apart."""
    values = np.asarray(weights, dtype=np.float64).reshape(-1)
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("Weights are finite and not negative; frame_weights makes such of scores.")
    heaviest = values.max(initial=0.0)
    return np.round(values / heaviest, _DECIMALS) if heaviest > 0 else np.ones_like(values)


def finish(shapes: tuple[Shape, ...], budget: TokenBudget) -> Assignment:
    """The assignment of these grids, with its sums."""
    spent = budget.spent(shapes)
    return Assignment(shapes, spent, budget.total - spent)


def best_first(weights: Sequence[float] | NDArray[np.floating]) -> list[int]:
    """Indexes from the heaviest to the lightest; equal ones so that any first few lie far apart."""
    order: list[int] = []
    values = [float(weight) for weight in weights]
    for weight in sorted(set(values), reverse=True):
        order += spread([index for index, value in enumerate(values) if value == weight])
    return order


def spread(items: Sequence[int]) -> list[int]:
    """The same items in another order: both ends, then the middle, then quarters, and so on."""
    bits = max(1, (len(items) - 1).bit_length())
    mirrored = (int(f"{place:0{bits}b}"[::-1], 2) for place in range(1 << bits))
    return [items[place] for place in mirrored if place < len(items)]


def _levels_at_best_price(
    relative: NDArray[np.float64], steps: Ladder, lowest: int, tokens: int
) -> NDArray[np.int64]:
    """The steps at the highest price per weight whose sum fits."""
    weights = relative + _LEAST

    def levels(price: float) -> NDArray[np.int64]:
        paid = np.searchsorted(steps.costs, price * weights + _TOLERANCE, side="right") - 1
        return np.maximum(paid, lowest)

    low, high = 0.0, 2 * float(steps.costs[-1]) / _LEAST
    for _ in range(_HALVINGS):
        price = (low + high) / 2
        fits = int(steps.costs[levels(price)].sum()) <= tokens
        low, high = (price, high) if fits else (low, price)
    return levels(low)


def _spend_the_rest(
    levels: NDArray[np.int64], relative: NDArray[np.float64], steps: Ladder, tokens: int
) -> NDArray[np.int64]:
    """What the price left over raises frames by single steps, the heaviest first."""
    slack = tokens - int(steps.costs[levels].sum())
    groups = [relative == weight for weight in sorted(set(relative.tolist()), reverse=True)]
    raised = True
    while raised:
        raised = False
        above = len(steps.shapes)
        for group in groups:
            level = int(levels[group][0])
            if level + 1 < len(steps.shapes) and level < above:
                price = int(group.sum()) * int(steps.costs[level + 1] - steps.costs[level])
                if price <= slack:
                    levels[group] += 1
                    slack -= price
                    raised = True
            above = int(levels[group][0])
    return levels


def _some_only(
    weights: Sequence[float] | NDArray[np.floating], steps: Ladder, level: int, tokens: int
) -> tuple[Shape, ...]:
    """The smallest grid for as many frames as can be paid for, the heaviest first."""
    shapes = [NOTHING] * len(weights)
    for index in best_first(weights)[: max(0, tokens) // int(steps.costs[level])]:
        shapes[index] = steps.shapes[level]
    return tuple(shapes)
