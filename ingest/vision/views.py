"""A second view of one picture, in which a detector finds what it misses in the picture itself.

A round picture is that of a fisheye lens: people at its rim lie on their sides. People are looked
for through a flat window in its middle as well, as a lens of 90° would show them. Any other picture
is looked at mirrored as well: what is there is seen both ways, what is imagined often only once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ingest.vision.detectors.boxes import Box, Detection, Numbers, Picture, area, shared_area

_EDGE = np.radians(75)  # of the rim of a round picture from the axis of the lens, equidistant
_FIELD = np.radians(90)  # of the window, from side to side
_SIDE = 416  # pixels of the window
_SAME = 0.5  # intersection over union from which on two boxes of one name are one thing

Detect = Callable[[Picture], list[Detection]]


def with_mirrored(picture: Picture, detect: Detect) -> list[Detection]:
    """Things with the mean confidence of both looks; half of it where only one shows it."""
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    return _agreed(detect(picture), [_placed(each, _mirrored) for each in detect(mirrored)])


def with_window(picture: Picture, detect: Detect, through_window: Detect) -> list[Detection]:
    """What is in a round picture and what the flat window in its middle shows, each thing once."""
    window, place = _window(picture)
    seen = [*detect(picture), *(_placed(each, place) for each in through_window(window))]
    separate: list[Detection] = []
    for detection in sorted(seen, key=_surest):
        if not any(_is_same(detection, other) for other in separate):
            separate.append(detection)
    return separate


def _agreed(first: list[Detection], mirrored: list[Detection]) -> list[Detection]:
    """The mean of two looks at the same picture; what only one of them found counts half."""
    left_over = list(mirrored)
    agreed: list[Detection] = []
    for detection in sorted(first, key=_surest):
        twin = next((other for other in left_over if _is_same(detection, other)), None)
        if twin is not None:
            left_over.remove(twin)
        second = 0.0 if twin is None else twin.confidence
        mean = (detection.confidence + second) / 2
        agreed.append(Detection(detection.what, mean, detection.box))
    alone = [Detection(other.what, other.confidence / 2, other.box) for other in left_over]
    return sorted((*agreed, *alone), key=_surest)


def _surest(detection: Detection) -> float:
    return -detection.confidence


def _is_same(detection: Detection, other: Detection) -> bool:
    shared = shared_area(detection.box, other.box)
    union = area(detection.box) + area(other.box) - shared
    inside = shared > 0.8 * min(area(detection.box), area(other.box))
    return detection.what == other.what and (shared > _SAME * union or inside)


def _placed(detection: Detection, place: Callable[[Box], Box]) -> Detection:
    return Detection(detection.what, detection.confidence, place(detection.box))


def _mirrored(box: Box) -> Box:
    return 1 - box[2], box[1], 1 - box[0], box[3]


def _window(picture: Picture) -> tuple[Picture, Callable[[Box], Box]]:
    """The flat window of a round picture, and where a box in it lies in that picture."""
    import cv2

    height, width = picture.shape[:2]
    columns, rows = _rays()
    half = min(height, width) / 2
    x, y = width / 2 + columns * half, height / 2 + rows * half
    window = cv2.remap(picture, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)

    def place(box: Box) -> Box:
        left_edge, top, right, bottom = (int(np.clip(edge * _SIDE, 0, _SIDE - 1)) for edge in box)
        xs = x[top : bottom + 1, left_edge : right + 1] / width
        ys = y[top : bottom + 1, left_edge : right + 1] / height
        low, high = np.clip((xs.min(), ys.min()), 0, 1), np.clip((xs.max(), ys.max()), 0, 1)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    return np.asarray(window, np.uint8), place


@lru_cache(maxsize=1)
def _rays() -> tuple[Numbers, Numbers]:
    """Where the rays of the window's pixels meet the round picture, in radii from its middle."""
    steps = (np.arange(_SIDE) - _SIDE / 2 + 0.5) / (_SIDE / 2) * np.tan(_FIELD / 2)
    columns, rows = np.meshgrid(steps, steps)
    flat = np.hypot(columns, rows)
    radius = np.arctan(flat) / _EDGE / np.maximum(flat, 1e-9)
    return columns * radius, rows * radius
