"""All ways of sharing a clip's tokens out among its frames, behind one function.

Which one is right depends on what is known: "quota" when there is a question and a scorer,
"uniqueness" when nothing is asked, "uniform" as the yardstick, "topk" to see few frames in full.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.budget import TokenBudget
from egogpt.quota.grids import Assignment, assign_grid, best_first, finish
from egogpt.quota.uniqueness import unique_weights
from egogpt.quota.weights import FLOOR, GAMMA, frame_weights


class UnknownAllocator(ValueError):
    """A name that no allocator has; the text lists those there are."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What an allocator may go by: scores, and how unlike the others each frame is (0 to 1)."""

    frames: int
    scores: Sequence[float] | NDArray[np.floating] | None = None
    uniqueness: NDArray[np.float64] | None = None
    gamma: float = GAMMA
    floor: float = FLOOR


def allocate(name: str, budget: TokenBudget, clues: Clues) -> Assignment:
    """The grid of every frame, by the allocator called ``name``.

    Raises:
        UnknownAllocator: there is none of that name.
        ValueError: it needs scores or maps that are not given, or their number is wrong.
    """
    if name not in ALLOCATORS:
        raise UnknownAllocator(
            f"There is no allocator called {name!r}. Those that exist: {', '.join(ALLOCATORS)}."
        )
    return ALLOCATORS[name](budget, clues)


def needs_scores(name: str) -> bool:
    """Whether the allocator called ``name`` goes by scores."""
    return name in ("quota", "topk", "quota+uniqueness")


def _scores(clues: Clues) -> NDArray[np.float64]:
    if clues.scores is None:
        raise ValueError("This allocator goes by scores: score the frames first, or use 'uniform'.")
    scores = np.asarray(clues.scores, dtype=np.float64).reshape(-1)
    if scores.size != clues.frames:
        raise ValueError(f"There are {clues.frames} frames but {scores.size} scores.")
    return scores


def _unique(clues: Clues) -> NDArray[np.float64]:
    if clues.uniqueness is None or len(clues.uniqueness) != clues.frames:
        raise ValueError(f"This allocator needs the uniqueness of {clues.frames} frames.")
    return unique_weights(clues.uniqueness)


def _uniform(budget: TokenBudget, clues: Clues) -> Assignment:
    return assign_grid(np.ones(clues.frames), budget)


def _quota(budget: TokenBudget, clues: Clues) -> Assignment:
    return assign_grid(frame_weights(_scores(clues), clues.gamma, clues.floor), budget)


def _uniqueness(budget: TokenBudget, clues: Clues) -> Assignment:
    return assign_grid(_unique(clues), budget)


def _both(budget: TokenBudget, clues: Clues) -> Assignment:
    weights = frame_weights(_scores(clues), clues.gamma, clues.floor)
    return assign_grid(weights * _unique(clues), budget)


def _topk(budget: TokenBudget, clues: Clues) -> Assignment:
    """The best frames in full, one after the other, as long as ``min_tokens`` is left for each."""
    weights = frame_weights(_scores(clues), gamma=1.0, floor=0.0)
    steps = budget.steps
    lowest = steps.first_with(budget.min_tokens)
    least = int(steps.costs[lowest])
    slack = budget.for_frames - least * clues.frames
    if slack < 0:
        return assign_grid(weights, budget)
    shapes = [steps.shapes[lowest]] * clues.frames
    for index in best_first(weights):
        level = int(np.searchsorted(steps.costs, least + slack, side="right")) - 1
        shapes[index] = steps.shapes[level]
        slack -= int(steps.costs[level]) - least
    return finish(tuple(shapes), budget)


ALLOCATORS: Mapping[str, Callable[[TokenBudget, Clues], Assignment]] = {
    "quota": _quota,
    "uniform": _uniform,
    "uniqueness": _uniqueness,
    "topk": _topk,
    "quota+uniqueness": _both,
}
