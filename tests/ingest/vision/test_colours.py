"""Colours are named as people name them, in any light, and not at all where they are unclear."""

from __future__ import annotations

import numpy as np

from ingest.vision.colours import balanced, clothes_colour, colour_term, thing_colour
from ingest.vision.detectors.boxes import Picture

WHOLE = (0.0, 0.0, 1.0, 1.0)
PAINTS = {
    "black": (15, 15, 18), "white": (245, 245, 245), "red": (190, 20, 30), "green": (20, 140, 50),
    "blue": (25, 60, 190), "yellow": (245, 220, 30), "purple": (120, 40, 150),
    "orange": (250, 140, 20), "brown": (110, 65, 30), "pink": (250, 160, 190),
}  # fmt: skip


def painted(paint: tuple[int, int, int], seed: int = 0) -> Picture:
    """A grey room with a patch of that paint in its middle, under a little noise."""
    picture = np.full((120, 120, 3), 150, np.int16)
    picture[20:100, 20:100] = paint
    picture += np.random.default_rng(seed).integers(-6, 7, picture.shape, dtype=np.int16)
    return np.clip(picture, 0, 255).astype(np.uint8)


def test_paint_is_called_what_it_is() -> None:
    for name, paint in PAINTS.items():
        picture = painted(paint)
        assert thing_colour(picture, WHOLE) == name
        unclear = name in ("orange", "brown", "pink")  # as skin and wood are
        assert clothes_colour(picture, WHOLE) == ("" if unclear else name)


def test_the_light_of_the_room_is_taken_out() -> None:
    warm = (painted(PAINTS["white"]) * np.array([1.0, 0.8, 0.55])).astype(np.uint8)
    assert thing_colour(warm, WHOLE) != "white"
    assert thing_colour(balanced(warm), WHOLE) == "white"


def test_nothing_is_said_of_what_is_dark_mixed_tiny_grey_or_pale() -> None:
    assert thing_colour(painted((150, 150, 150)), WHOLE) == ""
    assert colour_term(60, 14, 5) == ""
    assert colour_term(8, 30, 5) == "black"
    dark = (painted(PAINTS["red"]) * 0.2).astype(np.uint8)
    assert thing_colour(dark, WHOLE) == ""
    half = painted(PAINTS["red"])
    half[:, 60:] = PAINTS["blue"]
    assert thing_colour(half, WHOLE) == ""
    assert thing_colour(painted(PAINTS["red"]), (0.4, 0.4, 0.45, 0.45)) == ""


def test_checked_clothes_have_the_colour_that_skin_and_wood_do_not_have() -> None:
    checked = painted(PAINTS["white"])
    checked[:, ::3] = PAINTS["blue"]
    checked[::3] = PAINTS["blue"]
    assert clothes_colour(checked, WHOLE) == "blue"
    skin = painted(PAINTS["white"])
    skin[:, ::2] = (200, 150, 120)
    assert clothes_colour(skin, WHOLE) == ""
