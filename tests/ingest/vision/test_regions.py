"""Parts of pictures: where they are, how alike they look, and what real weights make of them."""

from __future__ import annotations

import numpy as np
import pytest

from egogpt.weights.store import WeightStore
from ingest.vision.regions import NEEDED, Appearance, RegionReader, colours_of, cut, overlap
from tests.media import plain, scene


def test_a_part_is_what_lies_in_its_box_and_never_nothing() -> None:
    image = scene(1, 100, 50)
    assert np.array_equal(cut(image, (0.1, 0.2, 0.5, 0.6)), image[10:30, 10:50])
    assert cut(image, (1.0, 1.0, 1.0, 1.0)).shape == (1, 1, 3)


def test_overlap_is_of_the_area_that_both_cover() -> None:
    assert overlap((0, 0, 1, 1), (0, 0, 0.5, 1)) == 0.5
    assert overlap((0, 0, 0.2, 0.2), (0.5, 0.5, 1, 1)) == 0.0


def test_the_same_colours_are_alike_wherever_they_are() -> None:
    features = np.ones(1)
    image = plain((200, 20, 20))
    image[:, 80:] = (20, 20, 200)
    first, mirrored, other = (
        Appearance(features, colours_of(one))
        for one in (image, np.ascontiguousarray(image[:, ::-1]), plain((20, 200, 20)))
    )
    assert first.likeness(first) == pytest.approx(1.0)
    assert first.likeness(mirrored) == pytest.approx(1.0, abs=0.05)
    assert first.likeness(other) == pytest.approx(0.5, abs=0.05)  # of the features alone


@pytest.mark.model
def test_a_cup_is_named_and_is_more_like_itself_than_like_a_cat() -> None:
    weights, data = WeightStore(), pytest.importorskip("skimage.data")
    if missing := [bundle for bundle in NEEDED if not weights.has(bundle)]:
        pytest.skip(f"needs the weights {' '.join(missing)}: egobutler models fetch")
    reader = RegionReader([weights.folder(name) for name in NEEDED], None)
    coffee, cat = np.ascontiguousarray(data.coffee()), np.ascontiguousarray(data.cat())
    read = reader.read(coffee, (0.27, 0.02, 0.73, 0.75))
    assert read.things[0].what == "cup"
    assert read.detected
    assert overlap(read.box, (0.27, 0.04, 0.7, 0.74)) > 0.8
    smaller = np.ascontiguousarray(coffee[::2, ::2])
    again = read.appearance.likeness(reader.appearance(smaller, read.box))
    assert again > 0.85 > 0.6 > read.appearance.likeness(reader.appearance(cat))
