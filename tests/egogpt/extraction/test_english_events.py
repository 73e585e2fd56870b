from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from egogpt.extraction.english_events import told_in
from egogpt.text.chinese_text import mostly_chinese


def only(text: str, *, told: bool = True) -> tuple[str, str]:
    """Activity and doer of the one thing that a text tells."""
    found = {(one.activity, one.doer) for one in told_in(text, told=told)}
    assert len(found) == 1, found
    return found.pop()


@pytest.mark.parametrize(
    ("text", "activity"),
    [
        ("I went for a jog along the river.", "running"),
        ("We had dinner at an Italian restaurant.", "dinner"),
        ("I spent 25 minutes reading a novel.", "reading"),
        ("Chopping onions in the kitchen.", "cooking"),
        ("I played tennis with my brother.", "racket games"),
        ("I called Ada.", "phone call"),
        ("Then I finally mopped the floor.", "cleaning"),
        ("I took my daughter to the dentist.", "dentist"),
        ("I watched a documentary about whales.", "watching tv"),
        ("I'm brushing my teeth.", "brushing teeth"),
        ("I bought milk and eggs at the supermarket.", "grocery shopping"),
        ("I flew to Lisbon.", "flying"),
        ("I had fish and chips.", "eating"),
        ("We had sushi with Anna tonight.", "eating"),
        ("I just had a big bowl of lentil soup.", "eating"),
        ("I'm having chocolate cake again.", "eating"),
        ("I had a glass of orange juice.", "eating"),
        ("I had a vodka at the bar.", "drinking"),
        ("We had lunch with Tom.", "lunch"),
        ("I have bought some apples.", "grocery shopping"),
        ("I have cooked a lentil soup.", "cooking"),
        ("I had grilled chicken.", "eating"),
    ],
)
def test_what_i_did_is_told(text: str, activity: str) -> None:
    assert only(text) == (activity, "")


@pytest.mark.parametrize(
    "text",
    [
        "I didn't run.",
        "I did not go swimming today.",
        "I never watched the movie.",
        "I forgot to water the plants.",
        "I want to go running.",
        "Ada wants to buy some fruit.",
        "We're planning to buy a few tickets.",
        "I'm going to cook pasta.",
        "I will call Ada.",
        "I should do the laundry.",
        "Let's eat.",
        "If I run, I get tired.",
        "Did you have lunch?",
        "I plan to travel to Rome.",
        "She told me to cook.",
        "I had no bread.",
        "We had a pizza party.",
        "I had an egg allergy.",
        "I had a problem with the soup.",
        "I had Charlotte over.",
        "I picked up the tennis racket.",
        "I ran out of milk.",
        "I ran my fingers through my hair.",
    ],
)
def test_what_did_not_happen_is_no_event(text: str) -> None:
    assert told_in(text) == []


@pytest.mark.parametrize(
    ("text", "activity", "doer"),
    [
        ("Katrina is cooking dinner.", "cooking", "Katrina"),
        ("I watched Ben wash the dishes.", "washing dishes", "Ben"),
        ("My wife baked a cake.", "baking", "My wife"),
        ("Everyone danced.", "dancing", "everyone"),
        ("Ada, Ben and Cleo sang.", "singing", "Ada, Ben and Cleo"),
    ],
)
def test_other_peoples_actions_are_theirs(text: str, activity: str, doer: str) -> None:
    assert (activity, doer) in {(one.activity, one.doer) for one in told_in(text)}
    assert all(one.doer for one in told_in(text))


def test_who_took_part_where_and_how_long_are_told() -> None:
    (talk,) = told_in("I talked to Ada and Ben for 20 minutes.")
    assert (talk.people, talk.minutes) == (("Ada", "Ben"), 20.0)
    trip = told_in("Ada, Ben and I went to Rome, Italy together for 3 days.")[-1]
    assert (trip.activity, trip.people, trip.quantity) == ("travelling", ("Ada", "Ben"), 3.0)
    assert trip.object == "Rome, Italy"
    (swim,) = told_in("I swam in the lake with my parents for half an hour.")
    assert (swim.place, swim.people, swim.minutes) == ("lake", ("parents",), 30.0)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("I ironed for an hour and a half.", 90.0),
        ("I ran for two hours and a quarter.", 135.0),
        ("I ran for twenty minutes and a half mile home.", 20.0),
    ],
)
def test_a_part_of_an_hour_behind_its_hours_counts(text: str, minutes: float) -> None:
    assert [event.minutes for event in told_in(text)] == [minutes]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("I read about it in the newspaper.", ""),
        ("I cooked soup in a big pan.", ""),
        ("I talked with Ada in the rain.", ""),
        ("I read about it in the newspaper at the library.", "library"),
        ("I talked with Ada in the newspaper office.", "newspaper office"),
    ],
)
def test_what_is_read_or_eaten_from_is_no_place(text: str, place: str) -> None:
    assert [one.place for one in told_in(text)] == [place]


def test_what_was_made_eaten_or_watched_is_the_object() -> None:
    assert told_in("I cooked lentil soup with ham, and a salad.")[0].object == (
        "lentil soup with ham, and a salad"
    )
    assert told_in("I had toast and cheese for breakfast.")[0].object == "toast and cheese"
    assert told_in("I watched an old film on TV.")[0].object == "old film"


def test_in_speech_a_bare_verb_is_a_habit_or_an_order() -> None:
    assert told_in("I cook every day.", told=False) == []
    assert told_in("Wash the dishes.", told=False) == []
    assert only("I cooked pasta.", told=False) == ("cooking", "")


def test_what_is_quoted_is_not_done() -> None:
    assert told_in('Somebody said: "I cooked pasta."') == []


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assume(not mostly_chinese(f"I cooked pasta. {text}"))  # the Chinese reader's to read
    found = told_in(f"I cooked pasta.\n\n{text}")
    assert (found[0].activity, found[0].quote) == ("cooking", "I cooked pasta.")
    spaced = " ".join(text.split())
    for one in found[1:]:
        assert one.quote
        assert " ".join(one.quote.split()) in spaced


@given(st.lists(st.sampled_from("I we Ada didn't want to run cooked the , and . with".split())))
def test_whatever_stands_beside_a_negation_nobody_unknown_acts(words: list[str]) -> None:
    found = told_in(f"Ada ran. {' '.join(words)}")
    assert found[0].doer == "Ada"
    assert all(one.doer in ("", "we") or "Ada" in one.doer for one in found)
