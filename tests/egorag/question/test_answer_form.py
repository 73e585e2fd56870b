from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.question.answer_form import ReplyForm, once, reply_form
from egorag.question.plan import make_plan
from memory.types.core import Question


def form(text: str) -> ReplyForm:
    return reply_form(make_plan(Question(text, 1_772_445_525.0, "UTC")))


@pytest.mark.parametrize(
    "text",
    [
        "What books has Tim read?",
        "Which instruments does Mel play?",
        "What kinds of games has James tried?",
        "What has John cooked?",
        "What do the kids like?",
        "Who were the guests at dinner?",
        "What are Ann's dogs' names?",
        "Which bands/singers has Mel heard?",
        "What were some difficulties James faced?",
        "Which people were at the table?",
    ],
)
def test_questions_after_several_things_ask_for_every_one(text: str) -> None:
    assert form(text).several
    assert form(text).hint == "List every one."


@pytest.mark.parametrize(
    "text",
    [
        "What is the dog called?",
        "Which song was playing?",
        "Where are my glasses?",
        "How many cups did I drink?",
        "What does this sign say?",
        "What game was James playing?",
        "What decision did James and Ann make?",
        "What news did Ann tell?",
        "Which company's phones did Ann choose?",
        "What kind of place does Ann want for people?",
        "What makes Tim happy?",
        "Which bus did I take?",
    ],
)
def test_questions_after_one_thing_do_not(text: str) -> None:
    assert not form(text).several


def test_what_somebody_would_do_is_a_guess_and_said_to_be_likely() -> None:
    assert form("Would Ann enjoy a concert?") == ReplyForm(
        "Reply Likely yes or Likely no.", guess=True
    )
    assert form("What might Sam cook?").guess
    assert not form("Does Ann enjoy concerts?").guess
    assert form("Would Ann rather swim or run?").hint == ""


@pytest.mark.parametrize(
    "text",
    [
        "Could you tell me where I left the charger?",
        "Would you show me what Ann cooked?",
        "Where might my keys be?",
        "What could I see from the window?",
        "Who would have been at dinner?",
    ],
)
def test_a_polite_question_and_one_that_the_recordings_tell_is_no_guess(text: str) -> None:
    assert not form(text).guess
    assert "Likely" not in form(text).hint


def test_when_asks_for_a_date() -> None:
    assert form("When did Ann adopt a dog?").hint == "Reply with a date."


def test_a_list_names_each_thing_once() -> None:
    assert once("Soup, roast, Roast, soup, tea") == "Soup, roast, tea"
    assert once("It was cold.") == "It was cold."


@given(st.lists(st.text("abcAB ", max_size=4), max_size=6))
def test_nothing_of_a_list_is_lost(parts: list[str]) -> None:
    kept = [part.strip().lower() for part in once(",".join(parts)).split(",")]
    assert {part.strip().lower() for part in parts} - {""} <= set(kept)
    assert len(kept) == len(set(kept))
