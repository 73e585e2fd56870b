"""A second view confirms or halves what the first shows; a window straightens a round picture."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.vision.detectors.boxes import Detection, Picture
from ingest.vision.views import with_mirrored, with_window

SIDE = 400


def bright(picture: Picture) -> list[Detection]:
    """The box around what is bright, as a detector would give it."""
    rows, columns = np.nonzero(picture.max(axis=2) > 128)
    if not rows.size:
        return []
    height, width = picture.shape[:2]
    box = (columns.min() / width, rows.min() / height, (columns.max() + 1) / width,
           (rows.max() + 1) / height)  # fmt: skip
    return [Detection("lamp", 0.8, box)]


def with_dot(x: int, y: int) -> Picture:
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[y - 4 : y + 4, x - 4 : x + 4] = 255
    return picture


def test_what_both_looks_show_keeps_its_confidence_and_its_place() -> None:
    picture = with_dot(100, 300)
    assert with_mirrored(picture, bright) == bright(picture)


def test_what_only_one_look_shows_is_half_as_sure() -> None:
    def right_half_only(picture: Picture) -> list[Detection]:
        return bright(picture[:, SIDE // 2 :])

    for x in (300, 100):  # seen in the picture, and in the mirrored one
        (lamp,) = with_mirrored(with_dot(x, 300), right_half_only)
        assert lamp.confidence == pytest.approx(0.4)


def test_a_window_shows_angles_as_a_flat_lens_does_and_finds_its_way_back() -> None:
    angle = 30  # degrees from the axis; the rim of the picture is at 75
    x = round(SIDE / 2 + SIDE / 2 * angle / 75)
    windows: list[Picture] = []

    def watched(window: Picture) -> list[Detection]:
        windows.append(window)
        return bright(window)

    (lamp,) = with_window(with_dot(x, SIDE // 2), lambda picture: [], watched)
    middle = (lamp.box[0] + lamp.box[2]) / 2 * SIDE, (lamp.box[1] + lamp.box[3]) / 2 * SIDE
    assert middle == pytest.approx((x, SIDE / 2), abs=4)
    (seen,) = bright(windows[0])
    across = (seen.box[0] + seen.box[2]) - 1  # -1 at the left border, 1 at the right one, at 45°
    assert across == pytest.approx(np.tan(np.radians(angle)), abs=0.03)


def test_what_picture_and_window_show_is_one_thing() -> None:
    assert len(with_window(with_dot(240, 200), bright, bright)) == 1


def test_the_surest_of_one_name_stays_of_boxes_that_overlap_or_lie_inside() -> None:
    lamp = Detection("lamp", 0.8, (0.2, 0.2, 0.6, 0.6))
    beside = Detection("lamp", 0.7, (0.3, 0.2, 0.7, 0.6))  # three fifths of both together
    shade = Detection("lamp", 0.6, (0.3, 0.3, 0.4, 0.4))
    vase = Detection("vase", 0.5, lamp.box)
    far = Detection("lamp", 0.4, (0.55, 0.2, 0.95, 0.6))
    seen = [far, vase, shade, beside, lamp]
    assert with_window(with_dot(0, 0), lambda _: seen, lambda _: []) == [lamp, vase, far]
