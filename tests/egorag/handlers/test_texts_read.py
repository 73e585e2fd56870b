from __future__ import annotations

import pytest

from egorag.answering.answerer import Answerer
from egorag.language.language import language_of
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag import diaries
from tests.egorag.conftest import HomeOf

LINES = [
    ("2025-01-05T08:00", "I spent 13 minutes reading social media."),
    ("2025-01-06T08:00", "I spent 20 minutes on social media."),
]


@pytest.fixture
def store(home_of: HomeOf) -> Store:
    return home_of(diaries.write_diary, LINES)


def ask(store: Store, text: str) -> Answer:
    return Answerer(store.as_of).ask(Question(text, diaries.ASKED, diaries.ZONE))


@pytest.mark.parametrize("question", ["What did I read", "Did I read"])
def test_whatever_is_told_to_be_read_was_read(store: Store, question: str) -> None:
    assert "reading social media" in ask(store, f"{question} on 5 January 2025?").text


def test_whether_anything_was_read_is_searched_for_where_no_event_tells_of_it(store: Store) -> None:
    assert ask(store, "Did I read on 6 January 2025?").explanation.evidence
    assert not ask(store, "What did I read on 6 January 2025?").explanation.evidence


def asks_for_formulas(question: str) -> bool:
    pattern = language_of(question).pattern("question", "formula")
    return pattern.match(question.lower()) is not None


@pytest.mark.parametrize(
    "question",
    [
        "What was the formula on the whiteboard?",
        "Which equation did the teacher write on the blackboard?",
        "Show me the formula on the slide",
        "Which formulas did I see?",
        "What was the formula?",
        "Was war die Formel auf dem Whiteboard?",
        "Welche Formel stand an der Tafel?",
        "Wie lautete die Gleichung?",
        "Welche Formel hat der Lehrer angeschrieben?",
        "白板上的公式是什么？",
        "黑板上写了什么公式？",
        "老师写的方程是什么？",
        "那个公式是什么？",
    ],
)
def test_formulas_are_asked_for_in_three_languages(question: str) -> None:
    assert asks_for_formulas(question)


@pytest.mark.parametrize(
    "question",
    [
        "How much formula did the baby drink?",
        "What Formula One team won?",
        "Which baby formula did I buy?",
        "What was the formula for success that she mentioned?",
        "Where is the formula?",
        "Who wrote the formula on the board?",
        "When did I see the formula?",
        "What was on the whiteboard?",
        "Welche Formel 1 Strecke war das?",
        "Was kostet die Formel?",
        "Wer schrieb die Formel an die Tafel?",
        "Welche Formel brauche ich für den Rabatt?",
        "Wo stand die Formel?",
        "Was stand an der Tafel?",
        "一级方程式赛车是什么时候？",
        "谁写了公式？",
        "什么时候看到公式的？",
        "宝宝喝了什么配方奶？",
        "我把公式写在哪里了？",
        "白板上写了什么？",
    ],
)
def test_other_formulas_and_other_things_of_a_formula_are_searched_for(question: str) -> None:
    assert not asks_for_formulas(question)
