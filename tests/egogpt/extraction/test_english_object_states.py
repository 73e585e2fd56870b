from __future__ import annotations

import pytest

from egogpt.extraction.english_object_states import left_in, singular


@pytest.mark.parametrize(
    ("text", "thing", "state", "where"),
    [
        ("I put my keys in the blue bowl.", "key", "put", "in the blue bowl"),
        ("I left the umbrella at the office.", "umbrella", "put", "at the office"),
        ("I took the charger from the drawer.", "charger", "taken", "from the drawer"),
        ("I gave Ada the book.", "book", "given", "Ada"),
        ("My glasses are on the windowsill.", "glasses", "seen", "on the windowsill"),
        ("I picked up the power bank.", "bank", "taken", ""),
    ],
)
def test_what_became_of_a_thing_is_told(text: str, thing: str, state: str, where: str) -> None:
    (left,) = left_in(text)
    assert (left.object, left.state, left.where, left.doer) == (thing, state, where, "")


def test_who_took_it_is_told() -> None:
    (left,) = left_in("Ben took the scissors from the kitchen.")
    assert (left.object, left.state, left.doer) == ("scissors", "taken", "Ben")


@pytest.mark.parametrize(
    "text",
    [
        "I didn't put the keys in the bowl.",
        "I want to put the keys in the bowl.",
        "I took a step back.",
        "I took a photo.",
        "Where is the key?",
        "I put my hand on the table.",
        "I put the bread into my mouth.",
    ],
)
def test_what_did_not_happen_or_is_no_thing_is_left_out(text: str) -> None:
    assert left_in(text) == []


def test_plurals_are_found_by_their_singular() -> None:
    assert [singular(word) for word in ("keys", "batteries", "boxes", "glass")] == [
        "key",
        "battery",
        "box",
        "glass",
    ]
