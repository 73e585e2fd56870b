"""Chinese questions about what was said in English: words by a dictionary, where they help."""

from __future__ import annotations

import pytest

from egorag.answering.answerer import Answerer
from egorag.language.glossary import in_english, with_english_words
from egorag.question.plan import make_plan
from egorag.retrieval.registry import load_retriever
from memory.types.core import Question
from tests.egorag.conftest import HomeOf
from tests.egorag.spoken import DAY, write_talk

NOON = 1_772_625_600.0  # 2026-03-04 12:00 UTC
SAID = (
    (NOON - DAY, "Ada", "The charger is in the drawer of the desk."),
    (NOON - 2 * DAY, "Ada", "The dentist moved the appointment to Friday."),
    (NOON - 3 * DAY, "小林", "雨伞在门口的架子上。"),
    (NOON - 4 * DAY, "Ada", "The plumber wants ninety in cash."),
)


@pytest.mark.parametrize(
    ("word", "english"),
    [
        ("充电器", {"charger"}),
        ("牙医", {"dentist"}),
        ("多少", set()),  # "number", but it asks
        ("charger", set()),
        ("甲乙丙丁戊", set()),
    ],
)
def test_a_word_has_its_english_ones(word: str, english: set[str]) -> None:
    assert in_english(word) == english


def test_only_what_the_home_holds_in_english_is_put_so(home_of: HomeOf) -> None:
    store = home_of(write_talk, SAID)
    held = store.as_of(NOON).count_text
    assert with_english_words(held, "充电器放在哪里了？") == " charger 放在哪里了？"
    assert with_english_words(held, "水管工收了多少钱？") == " plumber 收了多少钱？"
    for text in ("雨伞在哪里？", "望远镜在哪里？", "Where is the charger?"):
        assert with_english_words(held, text) == text


def test_a_chinese_question_finds_the_english_line_by_its_words(home_of: HomeOf) -> None:
    store = home_of(write_talk, SAID)
    answer = Answerer(store.as_of).ask(Question("充电器在哪里？", NOON, "UTC"))
    assert [citation.quote for citation in answer.citations] == [SAID[0][2]]


def test_a_word_of_several_is_searched_as_the_home_holds_it(home_of: HomeOf) -> None:
    store = home_of(write_talk, SAID)
    plan = make_plan(Question("水管工收了多少钱？", NOON, "UTC"))
    best, *_ = load_retriever().retrieve(store.as_of(NOON), plan, None)
    assert SAID[3][2] in best.memory.text
