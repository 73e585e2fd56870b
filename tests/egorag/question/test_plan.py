from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.question.plan import make_plan
from memory.types.core import Question
from tests.egorag import lives
from tests.egorag.conftest import plan


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("What is the pocket for?", "lookup"),
        ("When did I use my phone?", "when"),
        ("What time did the train leave?", "when"),
        ("Who called about the car?", "who"),
        ("With whom did I eat?", "who"),
        ("Where did I leave the charger?", "where"),
        ("How many cups were on the table?", "count"),
        ("How often did I wash my hands?", "count"),
        ("How long did we talk?", "how_long"),
        ("What did I do yesterday?", "summarise"),
        ("Summarise my morning", "summarise"),
        ("What happened between 3 and 4?", "summarise"),
        ("What did I do with the charger?", "lookup"),
        ("Did I lock the door?", "yes_no"),
        ("Can you tell me where the keys are?", "where"),
        ("Do you know when I met Ann?", "when"),
        ("Please remind me who was there", "who"),
    ],
)
def test_a_question_asks_for_one_kind_of_answer(text: str, kind: str) -> None:
    assert plan(text).kind == kind


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("What colour was the elephant?", "elephant"),
        ("What is the pocket for?", "pocket"),
        ("What was it the season of?", "season"),
        ("When was I on the stairs?", "stairs"),
        ("When did I use my cell phone?", "phone"),
        ("Did I see a potted plant yesterday?", "plant"),
    ],
)
def test_the_head_is_the_thing_that_is_asked_about(text: str, head: str) -> None:
    assert plan(text).head == head


def test_what_the_answer_brings_need_not_be_in_a_memory() -> None:
    found = plan("What colour was the elephant?")
    assert found.asked_for == "colour"
    assert found.required == ("elephant",)


def test_time_words_are_taken_out_of_the_query() -> None:
    found = plan("What did Ann say yesterday evening about the train?")
    assert found.query == "What did Ann say about the train?"
    assert found.time is not None
    assert found.names == ("ann",)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("When did I last use my phone?", "last"),
        ("When did we first meet Ann?", "first"),
        ("When?", ""),
    ],
)
def test_first_and_last_are_heard(text: str, order: str) -> None:
    assert plan(text).order == order


@given(st.text(max_size=120))
def test_any_text_has_a_plan(text: str) -> None:
    made = make_plan(Question(text, lives.ASKED, lives.ZONE))
    assert set(made.required) <= {*made.terms, "person"}
    assert made.head == "" or made.head in made.required


def test_an_unknown_time_zone_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus"):
        make_plan(Question("What?", lives.ASKED, "Mars/Olympus"))


@pytest.mark.parametrize(
    ("question", "kind", "required"),
    [
        ("昨天发生了什么？", "summarise", ()),
        ("11月25日我都做了些什么事？", "summarise", ()),
        ("昨天过得怎么样？", "summarise", ()),
    ],
)
def test_chinese_questions_of_everyday_are_not_one_long_word(
    question: str, kind: str, required: tuple[str, ...]
) -> None:
    made = plan(question)
    assert (made.kind, made.required) == (kind, required)
    assert made.time is None or made.time.exact
