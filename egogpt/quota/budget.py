"""The token cost of a frame, and the ladder of grids that it may be shown at.

The unit is the token that the language model reads: the cells of a frame's grid and, where the
model was taught so, the newline vectors between rows or frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Shape: TypeAlias = tuple[int, int]
Newline: TypeAlias = Literal["grid", "frame", "one", "none"]
NEWLINES: tuple[Newline, ...] = ("grid", "frame", "one", "none")

NOTHING: Shape = (0, 0)
_STRETCH = 1.35  # how far from the picture's own proportions a grid may be


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """How many tokens all frames of a clip may cost together, and what one frame can cost.

    ``grid`` is the (rows, columns) of a frame's map before any pooling: no frame gets more.
    ``newline`` says where newline vectors stand: after every row ("grid"), after every frame
    ("frame"), once after all ("one") or nowhere. ``min_tokens`` is what every frame gets, however
    little it matters, as long as the budget reaches. ``square`` is for models that see squares
    only. ``own`` are the grids that a frame may have, where not all of its proportions are.
    """

    total: int
    grid: Shape
    newline: Newline = "none"
    min_tokens: int = 1
    square: bool = False
    own: Ladder | None = None

    def __post_init__(self) -> None:
        if self.total < 1 or min(self.grid) < 1 or self.min_tokens < 0:
            raise ValueError(
                f"A token budget needs a total of at least 1 and a grid of at least 1 x 1, got a "
                f"total of {self.total}, a grid of {self.grid} and min_tokens={self.min_tokens}."
            )
        if self.newline not in NEWLINES:
            raise ValueError(f"newline is one of {', '.join(NEWLINES)}, not {self.newline!r}.")

    @property
    def for_frames(self) -> int:
        """What is left for the frames once the newline after all of them is paid."""
        return self.total - (self.newline == "one")

    @property
    def steps(self) -> Ladder:
        """The grids that a frame may have."""
        return self.own or ladder(self.grid, self.newline, self.square)

    def can_differ(self, frames: int) -> bool:
        """Whether frames can get different grids: neither all the least nor all the native one."""
        steps = self.steps
        least = int(steps.costs[steps.first_with(self.min_tokens)])
        return frames > 1 and frames * least < self.for_frames < frames * int(steps.costs[-1])

    def spent(self, shapes: tuple[Shape, ...]) -> int:
        """All tokens that these frames take, newlines included; a frame of (0, 0) takes none."""
        each = sum(cost(shape, self.newline) for shape in shapes)
        return each + (self.newline == "one")


def cost(shape: Shape, newline: Newline) -> int:
    """Tokens of one frame at this grid, its own newlines included."""
    rows, columns = shape
    if rows == 0:
        return 0
    return rows * (columns + (newline == "grid")) + (newline == "frame")


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """The grids that a frame may have, each with more cells and a higher cost than the one before.

    The first is (0, 0), the last the native grid.
    """

    shapes: tuple[Shape, ...]
    costs: NDArray[np.int64]

    def first_with(self, tokens: int) -> int:
        """The index of the smallest grid with at least so many cells (the native one at most)."""
        for index, (rows, columns) in enumerate(self.shapes):
            if rows * columns >= tokens:
                return index
        return len(self.shapes) - 1


@lru_cache(maxsize=64)
def ladder(grid: Shape, newline: Newline, square: bool = False) -> Ladder:
    """All grids of about the picture's proportions; of several at one cost, the one that fits best.

    Args:
        grid: native (rows, columns).
        newline: what rows and frames cost on top of their cells.
        square: whether only grids with as many rows as columns are allowed.
    """
    steps: list[tuple[int, Shape]] = [(0, NOTHING)]
    cells = 0
    for price, negative, _, shape in sorted(_candidates(grid, newline)):
        if square and shape[0] != shape[1]:
            continue
        if -negative > cells and price > steps[-1][0]:
            steps.append((price, shape))
            cells = -negative
    return Ladder(tuple(s for _, s in steps), np.array([p for p, _ in steps], dtype=np.int64))


def _candidates(grid: Shape, newline: Newline) -> list[tuple[int, int, float, Shape]]:
    height, width = grid
    candidates = []
    for rows in range(1, height + 1):
        for columns in range(1, width + 1):
            stretch = rows * width / (columns * height)
            stretch = max(stretch, 1 / stretch)
            near = (
                abs(rows - columns * height / width) <= 1
                or abs(columns - rows * width / height) <= 1
            )
            if near or stretch <= _STRETCH:
                shape = (rows, columns)
                candidates.append((cost(shape, newline), -rows * columns, stretch, shape))
    return candidates
