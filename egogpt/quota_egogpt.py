"""EgoGPT's frames at chosen sizes: rows with a newline after each, from the un-pooled 27 x 27 map.

EgoGPT itself averages 2 x 2 cells, which drops the last row and column, to 13 x 13 cells and 13
newlines: 182 tokens. At exactly that grid its own pooling is used, so that nothing changes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from egogpt.quota_budget import Newline, Shape, TokenBudget, cost
from egogpt.quota_resize import build_visual_sequence, resize_maps

if TYPE_CHECKING:
    from torch import Tensor


def egogpt_shape(maps: Tensor) -> Shape:
    """The grid at which EgoGPT shows every frame: half the rows and columns, rounded down."""
    return int(maps.shape[1]) // 2, int(maps.shape[2]) // 2


def egogpt_budget(
    maps: Tensor, share: float = 1.0, newline: Newline = "grid", tokens: int | None = None
) -> TokenBudget:
    """The budget of a clip: ``share`` of what EgoGPT would spend itself, or so many ``tokens``.

    Args:
        maps: (frames, rows, columns, channels), projected and un-pooled.
        share: of 182 tokens a frame, with "grid" newlines.
        newline: the checkpoint's ``mm_newline_position``.
        tokens: all tokens, newlines included, instead of a share.
    """
    stock = len(maps) * cost(egogpt_shape(maps), newline) + (newline == "one")
    grid = (int(maps.shape[1]), int(maps.shape[2]))
    return TokenBudget(tokens or max(1, int(stock * share)), grid, newline)


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
