"""A clip's frames on their way into a model: at what grids they may be shown, and their tokens.

Two kinds of models: those with one map a frame, which is resized behind the projector (EgoGPT,
LLaVA-OneVision), and those that take pictures of any size, which get each frame at its own
(`sized_frames.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.budget import Ladder, Newline, Shape, TokenBudget
from egogpt.quota.resize import Pooling, build_visual_sequence, resize_maps
from egogpt.quota.uniqueness import frame_uniqueness

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Stock:
    """What a model would be shown of its own: so many frames, no side over so many pixels."""

    frames: int
    side: int

    def size(self, image: NDArray[np.uint8]) -> tuple[int, int]:
        """Height and width of a frame."""
        height, width = image.shape[:2]
        scale = min(1.0, self.side / max(height, width))
        return max(1, round(height * scale)), max(1, round(width * scale))


@dataclass(frozen=True, slots=True)
class Layout:
    """How a model lays out a clip.

    Attributes:
        maps: of the frames that were sampled; ``group`` frames share one.
        stock_maps: that the model would be shown without a quota.
        stock: (rows, columns) of a map as the model shows it of its own.
        native: the largest that a map can be shown at.
        newline: where newline vectors stand.
        square: whether grids have as many rows as columns.
        group: frames to a map.
        steps: the grids that a map may have; None for all of about the picture's proportions.
    """

    maps: int
    stock_maps: int
    stock: Shape
    native: Shape
    newline: Newline = "none"
    square: bool = False
    group: int = 1
    steps: Ladder | None = None

    @property
    def stock_tokens(self) -> int:
        """Visual tokens, newlines included, that the model spends on a clip of its own."""
        return TokenBudget(1, self.native, self.newline).spent((self.stock,) * self.stock_maps)


@dataclass(frozen=True, slots=True, eq=False)
class Visual:
    """What the language model reads of all frames: (tokens, channels), and of the deeper maps."""

    tokens: Tensor
    deepstack: tuple[Tensor, ...] = ()


class FrameSource(Protocol):
    """A clip's frames for one model."""

    @property
    def layout(self) -> Layout:
        """The grids that they may be shown at."""
        ...

    def uniqueness(self) -> NDArray[np.float64]:
        """(maps,), how unlike the rest of its clip each is, 0 to 1."""
        ...

    def visual(self, shapes: Sequence[Shape]) -> Visual:
        """The tokens of all maps at these grids, one after the other, newlines included."""
        ...


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """Frames by their projected, un-pooled maps: (frames, rows, columns, channels).

    ``own`` is how the model itself pools to a certain grid.
    """

    maps: Tensor
    layout: Layout
    newline: Tensor | None = None
    own: Mapping[Shape, Pooling] = field(default_factory=dict)

    def uniqueness(self) -> NDArray[np.float64]:
        """By the maps."""
        return frame_uniqueness(self.maps)

    def visual(self, shapes: Sequence[Shape]) -> Visual:
        """The maps, resized."""
        frames = resize_maps(self.maps, shapes, own=self.own)
        return Visual(build_visual_sequence(frames, self.newline, self.layout.newline)[0])


def map_scores(
    scores: Sequence[float] | NDArray[np.floating], maps: int, group: int
) -> NDArray[np.float64]:
    """Scores of frames as scores of maps: the best of those that share one.

    Raises:
        ValueError: they are neither as many as the frames nor as many as the maps.
    """
    values = np.asarray(scores, dtype=np.float64).reshape(-1)
    if values.size == maps:
        return values
    if -(-values.size // group) != maps:
        raise ValueError(
            f"There are {values.size} scores, but the model made {maps} maps of the frames, "
            f"{group} frames to a map: score the frames that the processor was given."
        )
    usable = np.where(np.isfinite(values), values, 0.0)
    padded = np.pad(usable, (0, maps * group - values.size), constant_values=usable.min())
    return np.asarray(padded.reshape(maps, group).max(axis=1), dtype=np.float64)
