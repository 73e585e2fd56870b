"""EgoGPT's frames at chosen sizes: rows with a newline after each, from the un-pooled 27 x 27 map.

EgoGPT itself averages 2 x 2 cells, which drops the last row and column, to 13 x 13 cells and 13
newlines: 182 tokens. At exactly that grid its own pooling is used, so that nothing changes there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.allocators import Clues, allocate
from egogpt.quota.budget import Newline, Shape, TokenBudget, cost
from egogpt.quota.grids import Assignment
from egogpt.quota.quota import Quota, budget_of
from egogpt.quota.resize import build_visual_sequence, resize_maps

if TYPE_CHECKING:
    from torch import Tensor

NEWLINE_POSITIONS: Mapping[str, Newline] = {
    "grid": "grid",
    "frame": "frame",
    "one_token": "one",
    "no_token": "none",
}
"""The checkpoint's ``mm_newline_position``, and what it is called here."""


def egogpt_quota(
    maps: Tensor,
    newline: Tensor,
    quota: Quota,
    scores: Sequence[float] | NDArray[np.floating] | None = None,
    mode: Newline = "grid",
) -> tuple[Tensor, Assignment]:
    """A clip's visual tokens for ``inputs_embeds``, shared out by a quota, and how.

    Args:
        maps: (frames, rows, columns, channels), projected and un-pooled.
        newline: (channels,), the checkpoint's ``image_newline``.
        quota: the budget and the allocator.
        scores: (frames,), for allocators that go by them.
        mode: where newlines stand, see ``NEWLINE_POSITIONS``.

    Returns:
        (tokens, channels), and the grid of each frame.
    """
    budget = egogpt_budget(maps, quota, mode)
    clues = Clues(len(maps), scores, maps, quota.gamma, quota.floor)
    assignment = allocate(quota.allocator, budget, clues)
    return egogpt_tokens(maps, newline, assignment.shapes, mode)[0], assignment


def egogpt_shape(maps: Tensor) -> Shape:
    """The grid at which EgoGPT shows every frame: half the rows and columns, rounded down."""
    return int(maps.shape[1]) // 2, int(maps.shape[2]) // 2


def egogpt_budget(maps: Tensor, quota: Quota, mode: Newline = "grid") -> TokenBudget:
    """The budget of a clip: the quota's tokens, or its share of what EgoGPT would spend itself.

    Raises:
        ValueError: there are fewer tokens than frames.
    """
    stock = len(maps) * cost(egogpt_shape(maps), mode) + (mode == "one")
    grid = (int(maps.shape[1]), int(maps.shape[2]))
    return budget_of(quota, stock, grid, mode, len(maps))


def egogpt_tokens(
    maps: Tensor, newline: Tensor, shapes: Sequence[Shape], mode: Newline = "grid"
) -> tuple[Tensor, tuple[tuple[int, int], ...]]:
    """What stands in ``inputs_embeds`` for all frames of a clip.

    Args:
        maps: (frames, rows, columns, channels), projected and un-pooled.
        newline: (channels,), the checkpoint's ``image_newline``.
        shapes: the grid of each frame; ``egogpt_shape`` for what EgoGPT does itself.
        mode: the checkpoint's ``mm_newline_position``.

    Returns:
        (tokens, channels), and each frame's [start, end) in it.
    """
    from torch.nn import functional

    own = {egogpt_shape(maps): lambda planes: functional.avg_pool2d(planes, 2)}
    return build_visual_sequence(resize_maps(maps, shapes, own=own), newline, mode)
