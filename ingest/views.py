"""The part of a picture that shows the scene: a fisheye's round view is cut to a square."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.pictures import change
from memory.types import Frame

INSCRIBED = 0.7  # side of the square inside a circle of diameter 1
BLACK = 16  # mean luma, 0..255, of a picture that shows nothing


def is_round(image: NDArray[np.uint8]) -> bool:
    """Whether all four corners are black and the middle is not, as a fisheye's are."""
    height, width = image.shape[:2]
    side = max(4, min(height, width) // 20)
    corners = (
        image[:side, :side],
        image[:side, -side:],
        image[-side:, :side],
        image[-side:, -side:],
    )
    # The median, since some cameras burn a counter into one corner.
    black = all(float(np.median(corner)) < 6 for corner in corners)
    edges = (image[height // 2, :side], image[height // 2, -side:])
    return black and any(float(edge.mean()) > 6 for edge in edges)


def central_view(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The square inscribed in a round view; any other picture as it is."""
    if not is_round(image):
        return image
    height, width = image.shape[:2]
    side = int(min(height, width) * INSCRIBED)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def is_black(image: NDArray[np.uint8]) -> bool:
    """Whether the picture shows next to nothing."""
    return float(image[::8, ::8].mean()) < BLACK


def sharpest_per_part(frames: Sequence[Frame], parts: int) -> list[Frame]:
    """The best frame of each of ``parts`` equal stretches of time, in order, black ones left out.

    One frame remains even if all are black.
    """
    if not frames:
        return []
    useful = [frame for frame in frames if not is_black(frame.image)] or [frames[0]]
    first, length = useful[0].at, max(useful[-1].at - useful[0].at, 1e-6)
    best: dict[int, Frame] = {}
    for frame in useful:
        part = min(int((frame.at - first) / length * parts), parts - 1)
        if part not in best or frame.quality > best[part].quality:
            best[part] = frame
    return [best[part] for part in sorted(best)]


def pick_thumbnails(frames: Sequence[Frame], per_clip: int = 3) -> list[Frame]:
    """Up to ``per_clip`` frames that show a clip: sharp, not black, spread, no two alike."""
    chosen: list[Frame] = []
    for frame in sharpest_per_part(frames, per_clip):
        if not chosen or change(chosen[-1], frame) > 0.02:
            chosen.append(frame)
    return chosen
