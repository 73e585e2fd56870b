"""Rate how well a picture shows the scene, and choose the frames that represent a clip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.images.image_ops import change
from ingest.vision.still_scenes import glance
from memory.types.core import Frame

INSCRIBED = 0.7  # side of the square inside a circle of diameter 1
DARK, LIT = 16, 24  # luma, 0..255, of what is black and of what is not
FLAT = 10.0  # luma from the darkest to the brightest twentieth: less is one even colour
BLURRED = 0.1  # quality below which a picture is taken for blurred
MUCH_WORSE = 0.4  # and so is one of less than this share of the best picture's quality


def is_round(image: NDArray[np.uint8]) -> bool:
    """Whether all is black outside the circle that fits in, and not inside, as a fisheye's is."""
    height, width = image.shape[:2]
    luma = image[::4, ::4].mean(axis=2)
    rows, columns = np.ogrid[:height:4, :width:4]
    radius = 1.02 * min(height, width) / 2
    outside = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 > radius**2
    # Some cameras burn a counter into one corner, so a few pixels there may be lit.
    dark = not outside.any() or float((luma[outside] > LIT).mean()) < 0.05
    return bool(outside.any()) and dark and float((luma[~outside] > DARK).mean()) > 0.3


def central_view(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The square inscribed in a round view; any other picture as it is."""
    if not is_round(image):
        return image
    height, width = image.shape[:2]
    side = int(min(height, width) * INSCRIBED)
    top, left_edge = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left_edge : left_edge + side]


def is_blank(image: NDArray[np.uint8]) -> bool:
    """Whether the picture shows next to nothing: black, white, or one even colour under grain."""
    dark, bright = np.percentile(glance(image), (5, 95))
    return bool(bright - dark < FLAT or bright < LIT)


def sharpest_per_part(frames: Sequence[Frame], parts: int) -> list[Frame]:
    """The best frame that is not blank of each of ``parts`` equal stretches of time, in order."""
    useful = [frame for frame in frames if not is_blank(frame.image)]
    if not useful:
        return []
    first, length = useful[0].at, max(useful[-1].at - useful[0].at, 1e-6)
    best: dict[int, Frame] = {}
    for frame in useful:
        part = min(int((frame.at - first) / length * parts), parts - 1)
        if part not in best or frame.quality > best[part].quality:
            best[part] = frame
    return [best[part] for part in sorted(best)]


def pick_thumbnails(frames: Sequence[Frame], per_clip: int = 3) -> list[Frame]:
    """Up to ``per_clip`` frames that show a clip: sharp, not blank, spread, no two alike.

    A clip of nothing but blurred frames is shown by the best of them, one of blank frames by none.
    """
    chosen: list[Frame] = []
    for frame in without_blurred(sharpest_per_part(frames, per_clip)):
        if not chosen or change(chosen[-1], frame) > 0.02:
            chosen.append(frame)
    return chosen


def without_blurred(frames: Sequence[Frame]) -> list[Frame]:
    """The frames less those that are blurred, by themselves or beside the best; one remains."""
    best = max((frame.quality for frame in frames), default=0.0)
    least = min(max(BLURRED, MUCH_WORSE * best), best)
    sharp = [frame for frame in frames if frame.quality >= least]
    return sharp if best >= BLURRED else sharp[:1]
