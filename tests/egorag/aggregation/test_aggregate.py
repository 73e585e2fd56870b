from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from egorag.aggregation.operation import operation_of
from egorag.aggregation.predicate import predicate_of
from egorag.answering.answerer import Answerer
from egorag.question.plan import make_plan
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag import diaries
from tests.egorag.conftest import HomeOf


def ask(store: Store, text: str, asked_at: float = diaries.ASKED) -> Answer:
    return Answerer(store.as_of).ask(Question(text, asked_at, diaries.ZONE))


def value(store: Store, text: str, asked_at: float = diaries.ASKED) -> Any:
    return getattr(ask(store, text, asked_at).explanation.aggregate, "value", None)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many times did I run?", 3),
        ("How many times did I go for a jog?", 1),
        ("How often did I go running in February 2025?", 1),
        ("How many times did I exercise?", 4),
        ("How many times did Cleo run?", 1),
        ("How many times did I run with Ada?", 2),
        ("How many times did I have pasta for dinner?", 1),
        ("How many times did I have pasta for dinner in February 2025?", 0),
        ("How many minutes did I spend running?", 50.5),
        ("How many minutes did I talk to Ada?", 10),
        ("When did I first run?", "2025-01-05"),
        ("When was the last time that I ran with Ada?", "2025-02-03"),
        ("Who do I run with the most?", ["Ada"]),
        ("Who did I talk to the most?", ["Ada", "Ben"]),
        ("Which month did I exercise the most?", ["2025-01", "2025-02"]),
        ("In which year did I have pasta the most?", ["2025"]),
        ("What did I have for lunch the most?", ["pasta", "soup"]),
        ("How many times did I run in 2031?", 0),
        ("How many times did I run on Mondays?", 1),
        ("How many times did I have lunch on Thursdays?", 1),
        ("How many places did I visit in Rome, Italy?", 2),
        ("How many times did I travel to Rome?", 1),
        ("How many times did I visit the Pantheon?", 1),
    ],
)
def test_operators_over_events(diary: Store, question: str, expected: object) -> None:
    assert value(diary, question) == expected


def test_the_answer_says_the_value_and_lists_its_occasions_with_their_moments(
    diary: Store,
) -> None:
    answer = ask(diary, "How many times did I run?")
    first, *occasions = answer.sentences
    assert first.text.startswith("3 times")
    assert [answer.citations[s.citations[0]].span.start for s in occasions] == [
        diaries.at(moment) for moment, text in diaries.LINES
        if text.startswith(("I ran", "I went for a jog"))
    ]  # fmt: skip
    assert "On Sunday 5 January at 08:00" in occasions[0].text
    rows = answer.explanation.aggregate.rows
    assert len(rows) == 3
    assert all(sentence.citations for sentence in answer.sentences)


TABLE = (
    ("2025-03-01T08:05", "I eat porridge and laugh."),
    ("2025-03-01T18:30", "I took a bite of the pizza."),
    ("2025-03-01T18:40", "I'm eating a slice of pizza. I want to eat cake."),
    ("2025-03-01T19:45", "I ate a few more grapes. It was pretty good, I'm eating it right now."),
    ("2025-03-02T09:00", "We bought milk and bread."),
    ("2025-03-02T09:10", "Ben bought a kite."),
    ("2025-03-02T20:00", "I ordered takeout."),
)


@pytest.fixture
def table(home_of: HomeOf) -> Store:
    return home_of(diaries.write_diary, TABLE)


def test_glimpses_of_one_sitting_are_one_occasion(table: Store) -> None:
    assert value(table, "How often did I eat pizza?") == 1
    assert value(table, "How often did I eat?") == 3


@pytest.mark.parametrize(
    ("question", "times"),
    [
        ("How often did I eat ramen?", 2),
        ("How many times did we have ramen with Ada?", 1),
        ("How many times did I have a coffee?", 1),
        ("How often did I have pizza?", 0),
        ("How often did I have a beer?", 1),
    ],
)
def test_what_was_had_was_eaten_or_drunk(home_of: HomeOf, question: str, times: int) -> None:
    lines = (
        ("2025-03-01T12:30", "I had ramen again."),
        ("2025-03-02T19:00", "We had some ramen with Ada."),
        ("2025-03-03T08:00", "I had a coffee."),
        ("2025-03-04T09:00", "I had a meeting about the pizza place."),
        ("2025-03-05T19:00", "I had a lentil soup and a beer with dinner, nine euros together."),
    )
    store = home_of(diaries.write_diary, lines)
    assert value(store, question) == times


def test_takeout_is_no_shopping_trip(table: Store) -> None:
    assert value(table, "How many times did we go shopping?") == 1
    assert value(table, "How many times did we order takeout?") == 1


def test_the_length_of_a_thing_is_no_sum_of_what_was_done_with_it() -> None:
    asked = Question("How long is the run?", diaries.ASKED, diaries.ZONE)
    assert operation_of(make_plan(asked)) is None
    mine = operation_of(make_plan(replace(asked, text="How long was my run?")))
    assert mine is not None
    assert mine.op == "sum"


@pytest.mark.parametrize(("runs", "counted"), [(1, False), (3, True)])
def test_glimpses_are_no_length_of_time(home_of: HomeOf, runs: int, counted: bool) -> None:
    lines = [(f"2025-03-{day:02}T08:00", "I ran.") for day in range(1, runs + 1)]  # 30 s each
    store = home_of(diaries.write_diary, lines)
    assert ("in all" in ask(store, "How long did I run?").text) is counted


def test_the_answer_says_how_much_of_the_time_was_recorded(diary: Store) -> None:
    days = len({m[:10] for m, _ in diaries.LINES if m.startswith("2025-02")})
    text = ask(diary, "How many times did I run in February 2025?").text
    assert f" (recorded on {days} of 28 days)." in text
    assert "recorded" not in ask(diary, "How many times did I run on 5 January 2025?").text


def test_ties_are_all_said(diary: Store) -> None:
    text = ask(diary, "Who did I talk to the most?").text
    assert "Ada and Ben: 10 minutes each" in text


def test_none_is_said_to_be_none_and_not_made_up(diary: Store) -> None:
    answer = ask(diary, "How many times did I have pasta for dinner in February 2025?")
    assert answer.abstained
    assert answer.text.startswith("0")
    assert all(cited.span.start < diaries.at("2025-02-01T00:00") for cited in answer.citations)


def test_nothing_after_the_moment_of_asking_is_counted(diary: Store) -> None:
    assert value(diary, "How many times did I run?", diaries.at("2025-01-06T00:00")) == 1
    before = ask(diary, "How many times did I run?", diaries.at("2025-01-05T08:00:29"))
    assert getattr(before.explanation.aggregate, "value", 0) == 0


@pytest.mark.parametrize(
    "text",
    [
        "How many times did I run'; DROP TABLE event; --?",
        'How many times did I eat "pasta" OR 1=1?',
        "How many times did I run with Ada'); DELETE FROM event; --?",
    ],
)
def test_a_question_cannot_change_the_query(diary: Store, text: str) -> None:
    ask(diary, text)
    assert value(diary, "How many times did I run?") == 3


def test_what_the_life_never_tells_is_left_to_the_search(diary: Store) -> None:
    answer = ask(diary, "How many times did I meditate?")
    assert answer.explanation.aggregate is None


def test_a_part_of_a_day_that_only_words_tell_is_asked_of_its_day(home_of: HomeOf) -> None:
    lines = [
        ("2025-01-05T08:00", "I talked to Ada for 12 minutes in the early evening."),
        ("2025-01-05T08:01", "I talked to Ben for 5 minutes in the morning."),
    ]
    store = home_of(diaries.write_diary, lines)
    question = "How many minutes did I talk in the early evening on 5 January 2025?"
    assert value(store, question) == 12
    assert ask(store, "What did I do on 5 January 2025 in the night?").abstained


@pytest.mark.parametrize(
    ("question", "op", "of"),
    [
        ("How often do I swim?", "count", "occasion"),
        ("How many hours did I sleep last week?", "sum", "occasion"),
        ("What is my favorite hobby?", "argmax", "what"),
        ("When did I last see Ada?", "last", "occasion"),
        ("How many different people did I call?", "distinct", "who"),
    ],
)
def test_the_operator_is_read_from_the_question(question: str, op: str, of: str) -> None:
    found = operation_of(make_plan(Question(question, diaries.ASKED, diaries.ZONE)))
    assert found is not None
    assert (found.op, found.of) == (op, of)


@pytest.mark.parametrize(
    "question",
    [
        "What is on the table?",
        "Where are my keys?",
        "Who is Ada?",
        "How often do I swim per week?",
        "On how many days did I run?",
        "Who did I meet the least?",
    ],
)
def test_other_questions_are_not_counted(question: str) -> None:
    assert operation_of(make_plan(Question(question, diaries.ASKED, diaries.ZONE))) is None


@pytest.mark.parametrize(
    ("question", "activity", "words"),
    [
        ("How many times did I have toast and cheese for breakfast", "breakfast",
         ("toast and cheese",)),
        ("How often did I play chess with Ada", "board games", ()),
        ("How many movies have I watched", "watching tv", ("movies",)),
        ("How many times did I drink coffee", "hot drinks", ("coffee",)),
        ("How many times did I make carrot cake", "baking", ("carrot cake",)),
        ("How many times did I play tennis", "racket games", ("tennis",)),
    ],
)  # fmt: skip
def test_the_predicate_is_read_from_the_question(
    question: str, activity: str, words: tuple[str, ...]
) -> None:
    found = predicate_of(question)
    assert activity in found.activities
    assert found.words == words


@pytest.mark.parametrize(
    ("line", "question", "expected"),
    [
        ("I ran for the third time this week.", "How many times did I run this week?",
         3),
        ("I ran for the third time this week.", "How many times did I run today?",
         1),
        ("I ran today, the second time this week.", "How many times did I run?",
         2),
        ("I had to buy a tyre.", "How many times did I buy something?",
         1),
        ("I bought a hat. I bought a bicycle yesterday.", "How many times did I buy something?",
         1),
        ("I ran the third stage.", "How many times did I run?",
         1),
        ("I went swimming twice today.", "How often did I swim?",
         2),
        ("I ran four times today and swam twice.", "How often did I run?",
         1),
    ],
)  # fmt: skip
def test_what_holds_in_the_end_and_is_told_of_is_counted(
    home_of: HomeOf, line: str, question: str, expected: object
) -> None:
    store = home_of(diaries.write_diary, [("2025-03-12T12:00", line)])
    answer = ask(store, question, diaries.at("2025-03-12T21:00"))
    assert answer.explanation.aggregate is not None
    assert answer.explanation.aggregate.value == expected
    assert "no not" not in answer.text
