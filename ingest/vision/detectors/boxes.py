"""Detections in a picture, and the geometry that all detectors share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Box: TypeAlias = tuple[float, float, float, float]
Picture: TypeAlias = NDArray[np.uint8]
Numbers: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing in one picture; ``box`` is (left, top, right, bottom) as fractions of it."""

    what: str
    confidence: float
    box: Box


def fractions(box: Sequence[float], width: int, height: int) -> Box:
    """A box in pixels as fractions of the picture, cut at its borders."""
    left_edge, top, right, bottom = (float(value) for value in box)
    return (
        min(max(left_edge / width, 0.0), 1.0),
        min(max(top / height, 0.0), 1.0),
        min(max(right / width, 0.0), 1.0),
        min(max(bottom / height, 0.0), 1.0),
    )


def area(box: Box) -> float:
    """Area of a box, as a fraction of the picture's."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def shared_area(box: Box, other: Box) -> float:
    """Area of what both boxes cover."""
    corners = (
        max(box[0], other[0]),
        max(box[1], other[1]),
        min(box[2], other[2]),
        min(box[3], other[3]),
    )
    return area(corners) if corners[0] < corners[2] and corners[1] < corners[3] else 0.0


def apart(boxes: Sequence[Box]) -> list[Box]:
    """The boxes, those that overlap joined until none do."""
    joined: list[Box] = []
    for box in boxes:
        grown = box
        while near := [other for other in joined if shared_area(grown, other) > 0]:
            joined = [other for other in joined if other not in near]
            sides = list(zip(grown, *near))
            grown = (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))
        joined.append(grown)
    return joined


def suppress(boxes: Numbers, scores: Numbers, overlap: float) -> list[int]:
    """Indexes of the boxes to keep: the best of each heap of overlapping ones, best first.

    Args:
        boxes: (n, 4) corners, any unit.
        scores: (n,).
        overlap: boxes whose intersection over union exceeds this are the same thing.
    """
    order = np.argsort(-scores, kind="stable")
    sizes = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    chosen: list[int] = []
    while order.size:
        best, rest = int(order[0]), order[1:]
        chosen.append(best)
        low = np.maximum(boxes[rest, :2], boxes[best, :2])
        high = np.minimum(boxes[rest, 2:], boxes[best, 2:])
        inside = np.prod(np.clip(high - low, 0.0, None), axis=1)
        union = sizes[rest] + sizes[best] - inside
        order = rest[inside <= overlap * np.maximum(union, 1e-9)]
    return chosen
