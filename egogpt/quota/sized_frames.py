"""Frames for models of dynamic resolution: each is sent at the size that pays for its tokens.

So the encoder, too, works on no more pixels than the tokens are worth, and a frame may be shown in
more detail than the model would show it of its own, as far as the picture has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.budget import Shape
from egogpt.quota.frame_sources import Layout, Visual, map_scores
from egogpt.quota.uniqueness import frame_uniqueness

Image = NDArray[np.uint8]
Encode: TypeAlias = Callable[[Sequence[Sequence[Image]], Sequence[Shape]], Visual]
"""The tokens of maps of one or more frames each, at their grids."""
_SIDE, _CELLS = 48, 6  # a frame as it is compared with the others: 6 x 6 cells of 8 x 8 pixels


@dataclass(frozen=True, eq=False)
class SizedFrames:
    """Frames in order of time, all of one size, and what encodes them."""

    images: Sequence[Image]
    layout: Layout
    encode: Encode

    def uniqueness(self) -> NDArray[np.float64]:
        """By small pictures of the frames: no encoder runs for it."""
        each = picture_uniqueness(self.images)
        return map_scores(each, self.layout.maps, self.layout.group)

    def visual(self, shapes: Sequence[Shape]) -> Visual:
        """The frames through the model's encoder, each at its own size."""
        group = self.layout.group
        groups = [self.images[at : at + group] for at in range(0, len(self.images), group)]
        return self.encode(groups, shapes)


def picture_uniqueness(images: Sequence[Image]) -> NDArray[np.float64]:
    """How unlike the rest of its clip each picture is, 0 to 1, by what its cells look like."""
    import cv2
    import torch

    small = [cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for image in images]
    lab = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2LAB) for image in small]).astype(np.float32)
    side = _SIDE // _CELLS
    cells = lab.reshape(len(lab), _CELLS, side, _CELLS, side, 3).transpose(0, 1, 3, 2, 4, 5)
    maps = torch.from_numpy(cells.reshape(len(lab), _CELLS, _CELLS, -1).copy())
    # What all frames have in common at a place says nothing of any of them.
    return frame_uniqueness(maps - maps.mean(dim=0))


def resized(image: Image, height: int, width: int) -> Image:
    """The picture at exactly this size."""
    import cv2

    if image.shape[:2] == (height, width):
        return image
    smaller = height < image.shape[0] or width < image.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=way), np.uint8)
