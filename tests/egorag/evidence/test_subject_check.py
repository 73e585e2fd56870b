"""Whose doings the evidence tells."""

from __future__ import annotations

import pytest

from egorag.evidence.scoring import Scored
from egorag.evidence.subject_check import ELSEWHERE, is_about_other_person, person_asked_about
from egorag.evidence.units import Unit, UnitKind
from memory.types.core import Span
from tests.egorag.conftest import plan


def _scored(*said: tuple[str, str], kind: UnitKind = "speech") -> list[Scored]:
    """Statements (speaker, words), the first the best, that all speak of the hiking boots."""
    return [
        Scored(
            Unit("r", f"r-{at}", Span(30.0 * at, 30.0 * at + 5), kind, words, speaker),
            1 - 0.1 * at,
            frozenset({"boots"} if "boots" in words else ()),
            1 - 0.1 * at,
        )
        for at, (speaker, words) in enumerate(said)
    ]


def _share(question: str, scored: list[Scored]) -> float:
    asked = plan(question)
    return is_about_other_person(asked, scored, dict.fromkeys(asked.required, 1.0))


def test_what_one_says_of_oneself_tells_nothing_of_the_other() -> None:
    said = _scored(
        ("Melanie", "I bought new hiking boots for our trip."), ("Caroline", "Nice! Good for you.")
    )
    assert _share("Which boots did Caroline buy?", said) > ELSEWHERE
    assert _share("Which boots did Melanie buy?", said) < ELSEWHERE


def test_you_is_whom_the_speaker_talks_to() -> None:
    said = _scored(("Melanie", "Your new boots look great!"), ("Caroline", "Thanks."))
    assert _share("Which boots did Caroline buy?", said) < ELSEWHERE


def test_only_the_sentence_that_speaks_of_it_counts() -> None:
    said = _scored(
        ("Melanie", "I am so glad for you. You got the boots at last."), ("Caroline", "Yes.")
    )
    assert _share("Which boots did Caroline get?", said) < ELSEWHERE


def test_somebody_who_is_named_is_meant() -> None:
    said = _scored(("Melanie", "I saw that Caroline bought boots."), ("Caroline", "Hm."))
    assert _share("Which boots did Caroline buy?", said) < ELSEWHERE


@pytest.mark.parametrize(
    "words",
    ["Thanks, Caroline! I bought boots too.", "Caroline, I love my boots!", "Boots. Yes Caroline."],
)
def test_who_is_only_called_by_name_is_not_meant(words: str) -> None:
    said = _scored(("Melanie", f"{words} I got the boots in town."), ("Melanie", "My feet hurt."))
    said += _scored(("Caroline", "Hm."))[-1:]
    assert _share("Which boots did Caroline buy?", said) > ELSEWHERE
    assert _share("Which boots did Melanie buy?", said) < ELSEWHERE


def test_a_question_tells_nothing_of_anybody() -> None:
    said = _scored(
        ("Melanie", "Which boots do I need?"), ("Caroline", "I wear boots."), ("Caroline", "Hm.")
    )
    assert _share("Which boots does Caroline wear?", said) == 0


def test_a_sentence_without_its_subject_is_of_the_speaker() -> None:
    said = _scored(
        ("Melanie", "Been wearing the boots you recommended."), ("Caroline", "Do you like them?")
    )
    assert _share("Which boots does Melanie wear?", said) < ELSEWHERE


@pytest.mark.parametrize(
    "question", ["Which boots did I buy?", "Which boots did Caroline and Melanie buy?"]
)
def test_no_one_person_asked_about_means_no_doubt(question: str) -> None:
    said = _scored(("Melanie", "I bought boots."), ("Caroline", "Nice."))
    assert person_asked_about(plan(question), [item.unit for item in said]) == ""
    assert _share(question, said) == 0


def test_a_person_who_never_speaks_is_left_to_the_words() -> None:
    said = _scored(("Melanie", "I bought boots."), ("Melanie", "They are red."))
    assert _share("Which boots did Caroline buy?", said) == 0
