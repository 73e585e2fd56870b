""" "My next …" is the nearest that is to come; a deed is told by who did it; sums, and places."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.derived import events
from memory.store.store import Store
from tests.egorag.tasks.test_answer import DAY, HOUR, Line, ask, write

LIFE: tuple[Line, ...] = (
    (9 * DAY, "Eve", "I booked the dentist for you, on Monday at half past ten."),
    (2 * DAY, "me", "I have to call the insurance about the theft at noon."),
    (DAY, "me", "I called the insurance, it takes ten days."),
    (DAY - HOUR, "Ben", "I called the bank for my mother."),
    (20 * HOUR, "me", "Tomorrow I need to buy a present for Eve."),
    (5 * HOUR, "the dentist", "We'll fill it on the ninth of March at quarter past eight."),
    (4 * HOUR, "the dentist", "The check is on 20 April at nine."),
    (3 * HOUR, "me", "I ran six kilometres along the canal."),
    (2 * HOUR, "me", "Ran twenty five kilometres today, my knee hurts."),
    (4 * DAY, "me", "I put the bike key in the tin on the shelf."),
    (20 * 60, "me", "I moved the bike key, it's in the drawer of my desk now."),
    (HOUR, "me", "No run now, my knee still hurts."),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = write(tmp_path_factory.mktemp("deeds") / "home", LIFE, device="")
    events.rebuild(opened)
    yield opened
    opened.close()


def test_a_deed_is_told_by_what_was_said_of_it(store: Store) -> None:
    answer = ask(store, "Did I call the insurance?")
    assert "I called the insurance, it takes ten days." in answer.text


def test_the_next_appointment_is_the_nearest_to_come(store: Store) -> None:
    answer = ask(store, "When is my next dentist appointment?")
    assert answer.text.startswith("Monday 9 March at 08:15: at 07:00 the dentist said")
    assert "half past ten" not in answer.text
    assert ask(store, "When is my next haircut?").abstained


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("How far did I run altogether this week?", "31 kilometres in all (6 + 25)"),
        ("How many miles did I run this week?", "19.26 miles in all (3.72823 + 15.5343)"),
        ("How many times did I run this week?", "2 times"),
        # A thing is where it was moved to, and was where it had been put.
        ("Where is the bike key?", "In the drawer of your desk, the last time that I know of."),
        ("Where was the bike key yesterday?", "In the tin on the shelf,"),
    ],
)
def test_numbers_are_added_up_and_things_are_where_they_were_put_last(
    store: Store, question: str, begins: str
) -> None:
    assert ask(store, question).text.startswith(begins)
