"""Rooms, things, what is held and worn, and people: answered by what was recognised."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from egogpt.captioning.template_captioner import TemplateCaptioner
from egogpt.text.caption_terms import HOLDING
from egorag.answering.answerer import Answerer
from egorag.evidence.units import Unit
from memory.store.store import Store
from memory.types.core import Answer, Observation, Question, Scope, Sighting, Span, Utterance
from tests.egorag import diaries, lives
from tests.egorag.conftest import HomeOf
from tests.egorag.lives import record

START = 1_772_530_200.0  # Tuesday 3 March 2026, 09:30 UTC
SEEN = (
    [("place", "kitchen"), ("object", "dog"), ("hand", f"{HOLDING}cup"), ("hand", "own hand")],
    [("place", "living room"), ("tag", "diaper"), ("object", "person"), ("colour", "red clothes")],
)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()  # a Wednesday
EVENING = NOON - 17 * 3600  # Tuesday, 19:00


def write_worn(folder: Path, start: float = START) -> Store:
    """Two half minutes with nothing said: one in a kitchen, one in a living room."""
    store = Store.open(folder)
    for clip, seen in zip(record(store, "worn", start, 2), SEEN, strict=True):
        span = Span(clip.span.start + 1, clip.span.start + 9)
        sights = [
            Sighting(span, kind, what, 0.9, count=3 if what == "person" else 1)
            for kind, what in seen
        ]  # fmt: skip
        store.perceptions.write_sightings("sights", "1", {clip.id: sights})
        caption = TemplateCaptioner().caption(Observation(clip, (), tuple(sights)))
        store.memories.write_caption(clip, caption, "composed", "caption", "1")
    return store


@pytest.fixture
def answerer(home_of: HomeOf) -> Answerer:
    return Answerer(home_of(write_worn).as_of)


def ask(answerer: Answerer, text: str) -> Answer:
    return answerer.ask(Question(text, START + 3600, "UTC"))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Where was I this morning?", "You were in a kitchen from 09:30:01 to 09:30:09"),
        ("Which room was I in at 9:30?", "You were in a kitchen from 09:30:01"),
        ("wo war ich heute?", "Du warst von 09:30:01 bis 09:30:09 (8 Sekunden) in einer Küche."),
        ("When was I in the living room?", "You were in a living room from 09:30:31"),
        ("When was I last in the kitchen?", "You were in a kitchen from 09:30:01"),
        ("Was I in the kitchen today?", "You were in a kitchen from 09:30:01"),
        ("Did I see an animal?", "A dog was in view from 09:30:01"),
        ("What was I holding?", "You held and used a cup from 09:30:01"),
        ("What did I have in my hands this morning?", "You held and used a cup from 09:30:01"),
        ("What colour was the shirt?", "Somebody in view wore red from 09:30:31"),
        ("How many people were at the table this morning?", "I did not recognise “table” there."),
    ],
)
def test_what_was_recognised_answers(answerer: Answerer, text: str, first: str) -> None:
    answer = ask(answerer, text)
    assert not answer.abstained
    assert answer.text.startswith(first)
    assert answer.citations


def test_people_at_a_place_that_is_unknown_are_counted(answerer: Answerer) -> None:
    text = ask(answerer, "How many people were at the table this morning?").text
    assert "At least 3 people were in view at once" in text


def test_clothes_are_told_of_the_time_asked_about_and_no_other_colours(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    for start, what in ((START, "red clothes"), (START + 7200, "blue clothes")):
        (clip,) = record(store, f"worn {start}", start, 1)
        sights = [Sighting(clip.span, "colour", each, 0.9) for each in (what, "white clock")]
        sights += [Sighting(clip.span, kind, kind, 0.9) for kind in ("face", "hand")]
        sights += [Sighting(clip.span, "object", "person", 0.9, count=2)]
        store.perceptions.write_sightings("sights", "1", {clip.id: sights})
        store.memories.write_caption(clip, "Nothing.", "composed", "caption", "1")
    answerer = Answerer(store.as_of)
    for text, colour in (("9 and 10", "red"), ("11 and 12", "blue")):
        asked = Question(f"What colour was the shirt between {text}?", START + 9000, "UTC")
        (sentence,) = answerer.ask(asked).sentences
        assert sentence.text.startswith(f"Somebody in view wore {colour}")
    counted = Question("How many people were there at 9:30?", START + 9000, "UTC")
    assert answerer.ask(counted).text.startswith("At least 2 people were in view at once")


def test_a_room_that_is_soon_recognised_again_was_not_left(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    rooms = ["kitchen", "", "kitchen", "", "", "", "", "", "", "kitchen", "office", "kitchen"]
    for clip, room in zip(record(store, "worn", START, len(rooms)), rooms, strict=True):
        seen = [Sighting(clip.span, "place", room, 0.9)] if room else []
        store.perceptions.write_sightings("sights", "1", {clip.id: seen})
        store.memories.write_caption(clip, "Nothing.", "composed", "caption", "1")
    answer = ask(Answerer(store.as_of), "Where was I this morning?")
    told = [sentence.text.split(" (")[0] for sentence in answer.sentences]
    assert told == [
        "You were in a kitchen from 09:30:00 to 09:31:30",
        "You were in a kitchen from 09:34:30 to 09:35:00",
        "You were in an office from 09:35:00 to 09:35:30",
        "You were in a kitchen from 09:35:30 to 09:36:00",
    ]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("How many people did I see in the living room?", "At least 3 people were in view at once"),
        ("What did I see in the kitchen?", "A dog was in view from 09:30:01"),
        ("Who was in the living room with me?", "At least 3 people were in view at once"),
        ("What did I hold in the kitchen today?", "You held and used a cup from 09:30:01"),
    ],
)
def test_what_is_asked_of_a_room_is_asked_of_the_time_there(
    answerer: Answerer, text: str, first: str
) -> None:
    assert ask(answerer, text).text.startswith(first)
    for nothing in ("What did I see in the garage?", "What did I hold in the living room?"):
        assert ask(answerer, nothing).abstained


@pytest.mark.parametrize("text", ["Where did I see a dog?", "Where did I use the cup?"])
def test_where_something_was_seen_has_its_room(answerer: Answerer, text: str) -> None:
    answer = ask(answerer, text)
    assert ["in a kitchen" in one.text for one in answer.sentences] == [False, True]
    assert all(one.citations for one in answer.sentences)


def test_a_place_that_was_seen_before_the_time_is_not_that_of_the_time(tmp_path: Path) -> None:
    late = Answerer(
        write_worn(tmp_path, START + 15).as_of
    )  # the living room is in view until 09:30:54
    assert ask(late, "Where was I this morning?").text.endswith(
        "from 09:30:46 to 09:30:54 (8 seconds)."
    )
    assert "living room" not in ask(late, "Where was I between 9:31 and 9:32?").text


@pytest.mark.parametrize(
    "text", ["Was I in the garage?", "When was I on a beach?", "How many people were at the table?"]
)
def test_what_was_not_recognised_is_not_made_up(answerer: Answerer, text: str) -> None:
    assert ask(answerer, text).abstained


@pytest.mark.parametrize(("what", "kind"), [("diaper", "baby"), ("taxi", "vehicle")])
def test_things_are_met_by_their_kinds(what: str, kind: str) -> None:
    assert kind in Unit("r", "c", Span(0, 1), "tag", what).words
    assert kind not in Unit("r", "c", Span(0, 1), "text", what).words


def say(store: Store, name: str, start: float, *words: tuple[str, str]) -> None:
    """A half minute in which these people say these words, one after the other."""
    (clip,) = record(store, name, start, 1)
    said = [
        Utterance(Span(start + 5 * n, start + 5 * n + 4), text, who)
        for n, (who, text) in enumerate(words)
    ]
    store.perceptions.write_utterances("speech", "1", {clip.id: said})
    seen = [Sighting(Span(start, start + 20), "face", "Dora", 0.9)] if name == "dinner" else []
    store.perceptions.write_sightings("sights", "1", {clip.id: seen})
    store.memories.write_caption(
        clip, " ".join(text for _, text in words), "composed", "caption", "1"
    )


def ask_at(store: Store, text: str, at: float = NOON) -> Answer:
    return Answerer(store.as_of).ask(Question(text, at, "UTC"))


def write_dinner(home: Path) -> Store:
    store = Store.open(home)
    say(store, "lunch", EVENING - 6 * 3600, ("Eve", "Pass me the bread."))
    say(store, "dinner", EVENING, ("Ada", "Nice soup."), ("Ben", "Yes."), ("Ada", "More?"))
    say(store, "later", NOON - 600, ("Carl", "Good morning."))
    return store


@pytest.fixture
def dinner(home_of: HomeOf) -> Store:
    return home_of(write_dinner)


def test_everybody_who_was_heard_or_seen_then_is_named_and_nobody_else(dinner: Store) -> None:
    answer = ask_at(dinner, "Who was at dinner on Tuesday?")
    first, *each = [sentence.text for sentence in answer.sentences]
    assert first == "Ada, Dora and Ben were there."
    assert [text.split()[0] for text in each] == ["Ada", "Dora", "Ben"]
    assert "heard 2 times" in each[0]
    assert "seen once" in each[1]
    assert all(sentence.citations for sentence in answer.sentences)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("How many people did I talk to on Tuesday?", "3 people: Ada, Eve and Ben."),
        ("Mit wie vielen Leuten habe ich am Dienstag gesprochen?", "3 Personen: Ada, Eve und Ben."),
        ("我周二和多少人说过话？", "3个人：Ada、Eve和Ben。"),
        ("How many people did I speak to today?", "1 person: Carl."),
    ],
)
def test_people_who_were_heard_are_counted_by_name(dinner: Store, text: str, first: str) -> None:
    answer = ask_at(dinner, text)
    assert answer.sentences[0].text == first
    assert all(sentence.citations for sentence in answer.sentences)


@pytest.mark.parametrize(
    "text",
    ["How much did I spend on Tuesday?", "How far did I walk today?", "How much was it today?"],
)
def test_an_amount_is_not_answered_by_a_list_of_what_was_said(dinner: Store, text: str) -> None:
    assert ask_at(dinner, text).abstained


def test_who_comes_later_than_the_question_was_not_there(dinner: Store) -> None:
    answer = ask_at(dinner, "Who was there at dinner today?", at=EVENING + 10)
    assert "Ben" not in answer.text
    assert "Carl" not in answer.text


def test_where_nobody_was_met_there_is_nobody_to_name(tmp_path: Path) -> None:
    store = diaries.write_diary(tmp_path / "home", [("2026-03-04T08:00", "I went for a walk.")])
    assert ask_at(store, "Who was there today?").citations == ()
    store.close()


def test_a_question_about_more_than_a_time_is_searched(dinner: Store) -> None:
    assert "Eve" not in ask_at(dinner, "Who talked about the soup on Tuesday?").text


def test_the_wearer_is_nobody_who_was_met(store: Store) -> None:
    say(store, "alone", EVENING, ("me", "Where is it?"))
    say(store, "later", EVENING + 7200, ("Ada", "Here."), ("me", "Thanks."))
    assert ask_at(store, "Who was there yesterday before 20:00?").text == "Only you were heard."
    text = ask_at(store, "Who did I talk to?").text
    assert text == "Ada was heard once, first yesterday at 21:00."
    assert ask_at(store, "昨天我和谁说话了？").text == "Ada：听到1次，最早是昨天21:00。"


def write_meetings(home: Path) -> Store:
    """Rosa speaks in the moments 1 and 5 of ten; somebody else speaks of her in the eighth."""
    store = Store.open(home)
    for number, clip in enumerate(lives.record(store, "worn", START, 10)):
        said = {1: ("Rosa", "Hello."), 5: ("Rosa", "Bye."), 8: ("Tim", "I saw Rosa last week.")}
        who, words = said.get(number, ("Tim", "It rains."))
        span = Span(clip.span.start + 1, clip.span.start + 3)
        store.perceptions.write_utterances(
            "speech", "1", {clip.id: [Utterance(span, words, speaker=who)]}
        )
        store.memories.write_caption(clip, "I stand in a street.", "test", "caption", "1")
    return store


@pytest.fixture
def meetings(home_of: HomeOf) -> Answerer:
    return Answerer(home_of(write_meetings).as_of)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("When did I last see Rosa?", "09:32 Rosa was heard, the last time"),
        ("When did I first meet Rosa?", "09:30 Rosa was heard, the first time"),
    ],
)
def test_the_last_time_is_read_off_who_was_there(meetings: Answerer, text: str, said: str) -> None:
    answer = meetings.ask(Question(text, START + 3600, "UTC"))
    assert said in answer.text
    assert len(answer.citations) == 1


def test_the_last_time_keeps_to_what_the_question_is_kept_to(meetings: Answerer) -> None:
    early = Scope(span=Span(START, START + 100))
    asked = Question("When did I last see Rosa?", START + 3600, "UTC", scope=early)
    assert "09:30" in meetings.ask(asked).text
