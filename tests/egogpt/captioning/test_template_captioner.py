"""The composed captioner says what was seen and heard, all of what was said, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.captioning.template_captioner import TemplateCaptioner
from egogpt.text.caption_terms import HOLDING, NOTHING, OWN_HAND
from egogpt.text.english_grammar import article, counted, join, quotable, quoted
from memory.types.core import Clip, Observation, Sighting, SightingKind, Span, Utterance

CLIP = Clip("r-0000", "r", Span(0.0, 30.0))
NAMES = ["chair", "oven", "TV", "cell phone", "potted plant", "person", "couch", "computer mouse"]
KINDS: list[SightingKind] = ["object", "tag", "place", "text", "face", "hand", "sound"]


def caption(*sightings: Sighting, said: tuple[Utterance, ...] = ()) -> str:
    return TemplateCaptioner().caption(Observation(CLIP, said, tuple(sightings)))


def sighting(kind: SightingKind, what: str, count: int = 1, start: float = 0.0) -> Sighting:
    return Sighting(Span(start, start + 5.0), kind, what, 0.9, None, count)


def said(text: str, start: float = 0.0, speaker: str = "") -> Utterance:
    return Utterance(Span(start, start + 1.0), text, speaker=speaker)


spans = st.floats(0, 29).map(lambda start: Span(start, start + 1))
sightings = st.builds(
    Sighting,
    spans,
    st.sampled_from(KINDS),
    st.sampled_from(NAMES),
    st.floats(0, 1),
    st.none(),
    st.integers(1, 9),
)
utterances = st.builds(Utterance, spans, st.text(min_size=1, max_size=60))
observations = st.builds(
    Observation,
    st.just(CLIP),
    st.lists(utterances, max_size=5).map(tuple),
    st.lists(sightings, max_size=8).map(tuple),
)


@given(observations)
def test_a_caption_is_never_empty_and_always_the_same(observation: Observation) -> None:
    first = TemplateCaptioner().caption(observation)
    assert first.strip()
    assert first == TemplateCaptioner().caption(observation)


@given(observations)
def test_every_thing_that_a_caption_names_was_observed(observation: Observation) -> None:
    silent = Observation(CLIP, (), observation.sightings)
    text = TemplateCaptioner().caption(silent).lower()
    observed = {one.what for one in silent.sightings} | (
        {"person"} if any(one.kind == "face" for one in silent.sightings) else set()
    )
    for name in NAMES:
        word = {"person": r"person|people", "computer mouse": "computer m(ous|ic)e"}.get(name, name)
        if re.search(rf"\b({word.lower()})", text):
            assert name in observed


@given(observations)
def test_all_that_was_said_is_in_the_caption(observation: Observation) -> None:
    text = TemplateCaptioner().caption(observation)
    for utterance in observation.utterances:
        assert quotable(utterance.text) in text


@given(st.lists(st.text(max_size=80), min_size=1, max_size=3), st.text(max_size=80))
def test_no_spoken_or_written_text_breaks_out_of_its_quotation(
    spoken: list[str], written: str
) -> None:
    text = caption(
        sighting("text", written), said=tuple(said(one, i) for i, one in enumerate(spoken))
    )
    outside = re.sub(r'"[^"]*"', "", text)
    assert outside in {
        NOTHING,
        "Text in view: .",
        "Text in view: . Somebody says: .",
        "Somebody says: .",
        "Text in view: . Somebody says: ",
        "Somebody says: ",
    }
    assert "\n" not in text


def test_nothing_seen_and_heard_is_said_plainly() -> None:
    assert caption() == "Nothing was recognised."


def test_people_and_things_are_counted_in_good_english() -> None:
    assert (
        caption(
            sighting("object", "person"),
            sighting("object", "couch", 2),
            sighting("object", "oven", start=1),
            sighting("object", "TV", start=2),
        )
        == "I am with one person. I see two couches, an oven and a TV."
    )


def test_how_many_people_there_may_be_is_a_range() -> None:
    two = replace(sighting("object", "person"), most=2)
    assert caption(two) == "I am with one or two people."
    assert caption(replace(two, most=4)) == "I am with one to four people."


def test_colours_are_told_of_those_longest_in_view() -> None:
    seen = [sighting("colour", f"{colour} vase") for colour in ("red", "green", "white", "black")]
    couch = replace(sighting("colour", "brown couch"), span=Span(0, 20))
    assert caption(*seen[:1], couch, sighting("colour", "blue clothes")) == (
        "In view: a brown couch, a red vase and blue clothes."
    )
    assert "black" not in caption(*seen, couch)


def test_a_thing_under_the_wearers_hand_is_held() -> None:
    text = caption(
        sighting("object", "cell phone"),
        sighting("hand", OWN_HAND, 2),
        sighting("hand", HOLDING + "cell phone"),
    )
    assert text == "I use my hands and hold a cell phone."


def test_hands_that_are_not_the_wearers_are_somebodys() -> None:
    assert caption(sighting("hand", "hand")) == "Somebody's hands are in view."
    assert caption(sighting("hand", OWN_HAND)) == "I use my hands."


def test_places_are_told_and_whether_people_are_near_or_far() -> None:
    person = sighting("object", "person", 2)
    small, tall = (replace(person, box=(0.1, 0.01, 0.2, bottom)) for bottom in (0.15, 0.99))
    assert caption(sighting("place", "beach"), small).startswith(
        "I am on a beach. In the distance: two people."
    )
    assert caption(sighting("place", "office"), tall).startswith(
        "I am in an office. I am with two people, close by."
    )
    assert caption(person).startswith("I am with two people.")


def test_a_guess_is_not_stated() -> None:
    assert caption(sighting("tag", "stairs (bannister)")) == NOTHING


def test_a_guess_that_a_detector_confirmed_is_not_repeated() -> None:
    text = caption(sighting("tag", "cell phone"), sighting("object", "cell phone"))
    assert text == "I see a cell phone."


def test_text_in_view_is_quoted_without_its_own_marks() -> None:
    assert caption(sighting("text", 'say "yes"')) == "Text in view: \"say 'yes'\"."


def test_a_cameras_burnt_in_counter_is_not_read_out() -> None:
    assert caption(sighting("text", "28880860814887")) == NOTHING
    assert "020 7946 0018" in caption(sighting("text", "020 7946 0018"))


def test_music_is_heard_and_singing_is_not_stated() -> None:
    text = caption(sighting("sound", "music"), sighting("sound", "singing"))
    assert text == "I hear music."


def test_speech_is_told_in_order_and_by_speaker() -> None:
    text = caption(
        said=(said("And you?", 2, "Speaker 2"), said("Hello.", 0, "Speaker 1"), said("Fine", 4))
    )
    assert text == ('Speaker 1 says: "Hello." Speaker 2 says: "And you?" Somebody says: "Fine".')


@pytest.mark.parametrize(
    ("thing", "count", "words"),
    [
        ("person", 1, "one person"),
        ("person", 2, "two people"),
        ("person", 9, "several people"),
        ("knife", 3, "three knives"),
        ("pair of scissors", 2, "two pairs of scissors"),
        ("potted plant", 1, "a potted plant"),
        ("umbrella", 1, "an umbrella"),
        ("stairs (bannister)", 1, "stairs (bannister)"),
        ("binoculars", 2, "binoculars"),
        ("mug (cup)", 2, "two mugs (cup)"),
        ("computer mouse", 2, "two computer mice"),
        ("baby", 2, "two babies"),
        ("tray", 2, "two trays"),
    ],
)
def test_a_count_reads_as_people_say_it(thing: str, count: int, words: str) -> None:
    assert counted(thing, count) == words


def test_articles_follow_the_sound() -> None:
    assert [article(w) for w in ("hourglass", "unicycle", "iPod", "chair")] == [
        "an",
        "a",
        "an",
        "a",
    ]


def test_lists_end_in_and() -> None:
    assert [join(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert quoted("word " * 100, 20) == '"word word word word…"'


def test_those_whose_names_are_known_are_named_and_the_others_counted() -> None:
    ada, ben = sighting("face", "Ada"), sighting("face", "Ben", start=2.0)
    assert caption(ada) == "I am with Ada."
    assert caption(ada, ben, sighting("object", "person")) == "I am with Ada and Ben."
    assert caption(ada, sighting("object", "person", 2)) == "I am with Ada and one other person."
    crowd = caption(ada, sighting("face", "face", 4))  # where bodies are not looked for
    assert crowd == "I am with Ada and at least three other people."
