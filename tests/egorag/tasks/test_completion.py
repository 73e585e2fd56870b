"""What tells that a task was done, and what only speaks of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.tasks.commitments import commitments
from egorag.tasks.completion import tells_done

CALL, BUY, PAY = (
    "I have to call the dentist tomorrow.",
    "I need to buy more milk.",
    "I still have to pay the rent.",
)


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (CALL, "I called the dentist this morning."),
        (CALL, "I am calling the dentist."),
        (CALL, "I spoke to the dentist."),
        (BUY, "I bought milk and bread."),
        (BUY, "I got the milk."),
        (PAY, "The rent is paid."),
        (PAY, "Just paid the rent."),
        ("I have to turn off the heating.", "I turned off the heating."),
        ("我还要买牛奶。", "我买了牛奶。"),
    ],
)
def test_the_deed_told_as_done_is_done(task: str, told: str) -> None:
    assert tells_done(commitments(task)[0], told)


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (CALL, "I didn't call the dentist."),
        (CALL, "I forgot to call the dentist."),
        (CALL, "Did you call the dentist?"),
        (CALL, "I'll call the dentist on Monday."),
        (CALL, "I called my mother."),
        (CALL, "The dentist was nice."),
        (BUY, "I drank the milk."),
        (PAY, "I should have paid the rent."),
        (PAY, "He paid the rent."),
        (PAY, "Pay the rent."),
        ("I have to turn off the heating.", "I turned on the heating."),
        ("I have to sweep the room.", "I looked round the room, sweeping the ceiling."),
        ("Remember to call my aunt when you are in Rome.", "I called a taxi in Rome."),
        ("我还要买牛奶。", "我没买牛奶。"),
    ],
)
def test_what_only_speaks_of_it_is_not(task: str, told: str) -> None:
    assert not tells_done(commitments(task)[0], told)


def test_an_account_tells_it_in_the_present() -> None:
    (found,) = commitments(PAY)
    assert tells_done(found, "I pay the rent.", told=True)
    assert not tells_done(found, "Tasha pays the rent.", told=True)


@given(st.sampled_from([CALL, BUY, PAY]), st.text(max_size=60))
def test_no_task_is_done_by_its_own_words_or_by_noise(task: str, noise: str) -> None:
    (found,) = commitments(task)
    assert not tells_done(found, task)
    assert not tells_done(found, noise.translate(str.maketrans("", "", "aeiou")))
