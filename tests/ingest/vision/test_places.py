"""A place is told where several things that stay in it say so, and not by what lies about."""

from __future__ import annotations

import pytest

from ingest.vision.places import guess_place, place_sighting
from memory.types.core import Span

CLIP = Span(30.0, 60.0)


@pytest.mark.parametrize(
    ("things", "place"),
    [
        ({"couch": 0.9, "TV": 0.9, "fireplace": 0.7, "cup": 0.8}, "living room"),
        ({"refrigerator": 0.9, "stove": 0.8, "sink": 0.8}, "kitchen"),
        ({"toilet": 0.9, "sink": 0.8}, "bathroom"),
    ],
)
def test_what_stays_in_a_place_tells_it(things: dict[str, float], place: str) -> None:
    (sighting,) = place_sighting(CLIP, {}, things)
    assert (sighting.kind, sighting.what, sighting.span) == ("place", place, CLIP)


@pytest.mark.parametrize(
    "things",
    [
        {},
        {"person": 0.99},
        {"cup": 0.9, "spoon": 0.9, "candle": 0.9},
        {"couch": 0.2},
        {"elephant": 0.9, "zebra": 0.9},
        {"a thing without a word": 0.9},
    ],
)
def test_what_is_carried_unsure_or_everywhere_tells_none(things: dict[str, float]) -> None:
    assert place_sighting(CLIP, {}, things) == []


def test_a_second_witness_makes_a_place_likelier() -> None:
    one, two = guess_place({}, {"TV": 0.9}), guess_place({}, {"TV": 0.9, "couch": 0.9})
    assert one is not None
    assert two is not None
    assert two.what == one.what == "living room"
    assert two.features > one.features


def test_names_for_what_a_picture_looks_like_are_alternatives() -> None:
    either, one = guess_place({"taxi": 0.5, "police van": 0.5}, {}), guess_place({"taxi": 1.0}, {})
    assert either is not None
    assert either == one
    assert either.what == "street"
    (sighting,) = place_sighting(CLIP, {"beach": 0.6, "beach (seashore)": 0.35}, {"surfboard": 0.9})
    assert sighting.what == "beach"
