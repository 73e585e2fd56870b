from __future__ import annotations

import pytest

from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag import diaries


def ask(store: Store, text: str, asked_at: float = diaries.ASKED) -> Answer:
    return Answerer(store.as_of).ask(Question(text, asked_at, diaries.ZONE))


@pytest.mark.parametrize(
    "question", ["Where did I leave my keys?", "Where are my keys?", "Where did I put the keys?"]
)
def test_the_last_place_is_said_and_who_took_it_since(diary: Store, question: str) -> None:
    answer = ask(diary, question)
    assert answer.text.startswith("On the windowsill, the last time that I know of.")
    assert "Ben took the keys" in answer.sentences[1].text
    assert answer.citations[0].quote == "I left the keys on the windowsill."
    assert all(sentence.citations for sentence in answer.sentences)


def test_what_was_moved_later_than_the_question_is_not_known(diary: Store) -> None:
    answer = ask(diary, "Where did I leave my keys?", diaries.at("2025-03-01T20:00"))
    assert answer.text.startswith("In the blue bowl")
    assert len(answer.citations) == 1


def test_who_took_it_is_said(diary: Store) -> None:
    answer = ask(diary, "Who took my keys?")
    assert "Ben took the keys from the windowsill" in answer.text


def test_a_named_day_bounds_what_is_said(diary: Store) -> None:
    assert "blue bowl" in ask(diary, "Where did I put my keys on 1 March 2025?").text


def test_a_thing_that_nothing_tells_of_is_left_to_the_search(diary: Store) -> None:
    assert ask(diary, "Where did I leave my passport?").abstained
