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


@pytest.mark.parametrize(
    ("text", "bounded"),
    [
        ("Who do I lend the drill to until spring?", False),
        ("What did I promise to keep until spring?", False),
        ("Who borrowed the ladder until next week?", False),
        ("Wem habe ich die Bohrmaschine bis zum Frühling geliehen?", False),
        ("直到春天我把电钻借给谁？", False),
        ("我答应保管什么直到春天？", False),
        ("What did I do until Friday?", True),
        ("What do I have to do by Friday?", True),
        ("Was habe ich bis Freitag gemacht?", True),
        ("Who visited the museum until 2020?", True),
        ("Who painted the fence this month until Wednesday?", True),
    ],
)
def test_how_long_a_deed_lasts_is_not_when_it_is_remembered(text: str, bounded: bool) -> None:
    found = plan(text)
    assert (found.time is not None) == bounded
    assert bounded or "spring" not in found.required


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


def test_a_determiner_makes_a_noun_of_a_word_that_says_little() -> None:
    assert plan("Which room is the meeting in?").required == ("meeting",)
    assert plan("What happened?").required == ()


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


@pytest.mark.parametrize(
    "text",
    ["is the rehearsal on Thursday?", "Is it in the morning? (When is the rehearsal)",
     "Ist die Probe am Donnerstag?", "which Sunday am I covering?",
     "What Sunday am I covering?", "Welchen Sonntag arbeite ich?", "哪个星期天我值班？",
     "What did she say about Friday?", "What did Tom tell me about next weekend?",
     "Was hat sie über Freitag gesagt?", "关于周五她说了什么？"],
)  # fmt: skip
def test_a_day_that_is_asked_for_or_spoken_of_is_no_time_of_the_question(text: str) -> None:
    made = plan(text)
    assert made.time is None
    assert made.query == text


def test_a_number_of_somebody_without_a_name_is_a_name_and_no_hour() -> None:
    made = plan("Where was person 1 yesterday?")
    assert made.names == ("person 1",)
    assert made.time is not None
    assert made.time.text == "yesterday"


@pytest.mark.parametrize(
    "text",
    ["What did I cover on Sunday?", "Which shift did I cover on Sunday?",
     "Which Sunday did I cover in February?", "What was Sunday like?",
     "What did she say about the car on Friday?", "What did she say about a week ago?"],
)  # fmt: skip
def test_a_day_beside_what_is_asked_for_is_its_time(text: str) -> None:
    assert plan(text).time is not None


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("Where was the key in the end?", "Where was the key?"),
        ("Who is at home right now pls?", "Who is at home?"),
        ("What exactly did Ann say?", "What did Ann say?"),
        ("Wo ist der Schlüssel eigentlich?", "Wo ist der Schlüssel?"),
        ("钥匙到底在哪里？", "钥匙在哪里？"),
        ("What was at the end of the film?", "What was at the end of the film?"),
        ("By the way, where are my keys?", "where are my keys?"),
        ("Where is the key, by the way?", "Where is the key?"),
        ("in the end", "in the end"),
        ("at all?", "at all?"),
    ],
)
def test_what_only_colours_a_question_is_no_part_of_its_core(text: str, core: str) -> None:
    made = plan(text)
    assert (made.text, made.core, made.query) == (text, core, core)


def test_a_contraction_is_read_in_full() -> None:
    assert plan("where's the torch now").query == "where is the torch now"
    assert plan("Who's been here?").query == "Who's been here?"


def test_what_is_so_at_the_moment_may_have_been_told_long_ago() -> None:
    assert plan("What book am I reading at the moment?").time is None
    assert plan("What am I doing at the moment?").time is not None


def test_how_far_something_was_done_asks_of_what_was_done() -> None:
    assert plan("How far did I walk?").required == ("walk",)
    assert plan("Did I walk?").required == ()


@pytest.mark.parametrize(
    ("text", "former"),
    [
        ("Where was the key before?", True),
        ("What was the wifi password until then?", True),
        ("Wo lag der Schlüssel vorher?", True),
        ("钥匙之前在哪里？", True),
        ("我的密码以前是什么？", True),
        ("Where was the key before lunch?", False),
        ("What did I say before?", False),
        ("Was habe ich vorher gemacht?", False),
        ("我开会之前在哪里？", False),
        ("吃饭之前做了什么？", False),
    ],
)
def test_before_without_an_event_asks_for_the_state_before_the_last(
    text: str, former: bool
) -> None:
    assert plan(text).of_former == former
    assert not former or plan(text).time is None
