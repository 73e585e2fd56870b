"""Which part of a picture shows the scene, what shows nothing, and what stands for a clip."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.images.image_ops import quality
from ingest.vision.scene_quality import central_view, is_blank, is_round, pick_thumbnails
from memory.types.core import Frame

Image = NDArray[np.uint8]


def noise(seed: int, size: int = 64) -> Image:
    return np.random.default_rng(seed).integers(0, 255, (size, size, 3), dtype=np.uint8)


def scenery(seed: int) -> Image:
    """Blocks of colour, sharp edges between them."""
    blocks = np.random.default_rng(seed).integers(30, 250, (12, 16, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(blocks, (320, 240), interpolation=cv2.INTER_NEAREST), np.uint8)


def blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 12), np.uint8)


def grainy(level: int) -> Image:
    grain = np.random.default_rng(level).normal(0, 6, (240, 320, 3))
    return np.clip(level + grain, 0, 255).astype(np.uint8)


def frame(at: float, image: Image) -> Frame:
    return Frame(at, image, quality(image))


def fisheye() -> Image:
    image = np.zeros((200, 200, 3), np.uint8)
    cv2.circle(image, (100, 100), 100, (120, 130, 140), -1)
    return image


def test_a_round_view_is_cut_to_the_square_inside_it() -> None:
    assert is_round(fisheye())
    assert central_view(fisheye()).shape == (140, 140, 3)
    assert central_view(fisheye()).min() > 0


def test_a_counter_in_a_corner_does_not_hide_that_a_view_is_round() -> None:
    image = fisheye()
    image[185:195, 5:30:2] = 255
    assert is_round(image)


def test_other_pictures_are_left_whole() -> None:
    dark_stage = np.zeros((320, 180, 3), np.uint8)
    dark_stage[40:60, 60:120] = 250  # a title, outside the circle
    dark_stage[120:, 40:140] = 120
    for image in (noise(1), np.zeros((64, 64, 3), np.uint8), dark_stage):
        assert not is_round(image)
        assert central_view(image) is image


@pytest.mark.parametrize("level", [0, 8, 128, 255])
def test_one_even_colour_shows_nothing_even_under_grain(level: int) -> None:
    assert is_blank(np.full((240, 320, 3), level, np.uint8))
    assert is_blank(grainy(level))


def test_what_has_something_in_it_is_not_blank() -> None:
    night = np.full((240, 320, 3), 4, np.uint8)
    night[40:110, 200:300] = 90  # a lit window
    for image in (noise(1), scenery(1), blurred(scenery(1)), night, fisheye()):
        assert not is_blank(image)


def test_thumbnails_are_sharp_spread_and_never_black() -> None:
    frames = [
        Frame(float(at), np.zeros((64, 64, 3), np.uint8), 0.0)
        if at % 2
        else Frame(float(at), noise(at), 0.9 if at in (4, 14, 24) else 0.5)
        for at in range(30)
    ]
    assert [one.at for one in pick_thumbnails(frames)] == [4.0, 14.0, 24.0]


def test_blurred_blank_and_black_frames_are_no_thumbnails_where_there_is_another() -> None:
    unfit = [blurred(scenery(at)) for at in range(10)]
    unfit += [grainy(level) for level in (0, 3, 90, 200, 250)]
    unfit += [np.full((240, 320, 3), level, np.uint8) for level in (0, 128, 255)]
    frames = [frame(float(at), image) for at, image in enumerate(unfit)]
    frames.insert(13, frame(12.5, scenery(77)))
    assert [one.at for one in pick_thumbnails(frames)] == [12.5]


def test_a_clip_of_blurred_frames_is_shown_by_one_and_a_blank_one_by_none() -> None:
    assert len(pick_thumbnails([frame(float(at), blurred(scenery(at))) for at in range(9)])) == 1
    assert pick_thumbnails([frame(float(at), grainy(40 * at)) for at in range(6)]) == []


def test_a_still_scene_needs_one_thumbnail_and_no_frames_none() -> None:
    assert len(pick_thumbnails([Frame(float(at), noise(7)) for at in range(30)])) == 1
    assert pick_thumbnails([]) == []


@given(
    st.lists(st.tuples(st.integers(0, 29), st.floats(0, 1)), unique_by=lambda one: one[0]),
    st.integers(1, 5),
)
def test_thumbnails_are_frames_of_the_clip_in_order(
    drawn: list[tuple[int, float]], count: int
) -> None:
    frames = [Frame(float(at), noise(at, 16), sharp) for at, sharp in sorted(drawn)]
    chosen = pick_thumbnails(frames, count)
    assert len(chosen) <= count
    assert all(any(one is frame for frame in frames) for one in chosen)
    assert [one.at for one in chosen] == sorted(one.at for one in chosen)
    assert bool(chosen) == bool(frames)
