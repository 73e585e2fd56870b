"""Whom "Anna's sister" names, from what is said of her."""

from __future__ import annotations

import pytest

from egorag.answering.bridge import find_bridge, substitute_name
from egorag.evidence.units import Unit, UnitKind
from memory.types.core import Span
from tests.egorag.conftest import plan


def unit(words: str, speaker: str = "", kind: UnitKind = "speech") -> Unit:
    return Unit("r", "r-0", Span(0, 5), kind, words, speaker)


@pytest.mark.parametrize(
    ("question", "words", "speaker", "name"),
    [
        ("Where does Anna's sister work?", "My sister Eve is here.", "Anna", "Eve"),
        ("Where does Anna's sister work?", "How is your sister Eve?", "Ben", "Eve"),
        ("Where does Anna's sister work?", "Anna's sister, Eve, called.", "Ben", "Eve"),
        ("Where does Anna's sister work?", "This is Eve, my sister.", "Anna Holm", "Eve"),
        ("What did Ben's dog eat?", "My dog's name is Bruno.", "Ben", "Bruno"),
        ("What did Ben's dog eat?", "my dog is called Bruno", "Ben", "Bruno"),
        ("Where did Paul's colleague go?", "This is Nadia, my new colleague.", "Paul", "Nadia"),
        ("Who is Clara's boss?", "Mr Keller is my boss.", "Clara", "Keller"),
        ("Where did my neighbour go?", "Is your neighbour Oskar away?", "Ben", "Oskar"),
        ("Who closed Ben's favourite restaurant?", "My favourite restaurant is called Olive Garden",
         "Ben", "Olive Garden"),
    ],
)  # fmt: skip
def test_whoever_is_named_as_described_is_meant(
    question: str, words: str, speaker: str, name: str
) -> None:
    found = find_bridge(plan(question), [unit("Good morning."), unit(words, speaker)])
    assert found is not None
    assert found.name == name
    assert found.unit.what == words


@pytest.mark.parametrize(
    ("question", "words", "speaker"),
    [
        ("Where does Anna's sister work?", "My sister Eve is here.", "Ben"),
        ("Where does Anna's sister work?", "How is your sister Eve?", "Anna"),
        ("Where does Anna's sister work?", "Ben's sister Eve is here.", "Anna"),
        ("Where does Anna's sister work?", "My sister comes on Monday.", "Anna"),
        ("Where does Anna's sister work?", "My sister. I like her.", "Anna"),
        ("Where does Anna's sister work?", "Monday is my sister's day.", "Anna"),
        ("Where does Anna's sister work?", "Yeah, my sister, I like her.", "Anna"),
        ("Where does Anna's sister work?", "I miss my sister, Ben.", "Anna"),
        ("Where does Anna's sister work?", "Ben, my sister is late.", "Anna"),
        ("What did Anna's sister, Eve, say?", "My sister Eve is here.", "Anna"),
        ("What is Anna's favourite film?", "My favourite Ice Age was on.", "Anna"),
        ("Where does my sister work?", "My sister Eve is here.", "Ben"),
        ("Where does my sister Eve work?", "How is your sister Eve?", "Ben"),
        ("Where does Eve work?", "My sister Eve is here.", "Anna"),
    ],
)
def test_nobody_is_named_who_is_not_told_to_be_meant(
    question: str, words: str, speaker: str
) -> None:
    assert find_bridge(plan(question), [unit(words, speaker)]) is None


def test_who_is_named_may_speak_but_who_is_spoken_to_is_not_named() -> None:
    asked = plan("Where does Anna's sister work?")
    said = [unit("My sister Eve is here.", "Anna"), unit("Hello!", "Eve")]
    found = find_bridge(asked, said)
    assert found is not None
    assert found.name == "Eve"
    spoken_to = [unit("I miss my sister, Ben, and you?", "Anna"), unit("So do I.", "Ben")]
    assert find_bridge(asked, spoken_to) is None


def test_of_two_sisters_none_is_guessed() -> None:
    said = [unit("My sister Eve called.", "Anna"), unit("My sister Ida wrote.", "Anna")]
    assert find_bridge(plan("Where does Anna's sister work?"), said) is None


def test_the_name_takes_the_place_of_its_description_at_the_same_time() -> None:
    asked = plan("What did Anna's sister say about the boat yesterday?")
    bridge = find_bridge(asked, [unit("My sister Eve called.", "Anna")])
    assert bridge is not None
    further = substitute_name(asked, bridge)
    assert further.text == "What did Eve say about the boat yesterday?"
    assert further.time == asked.time
