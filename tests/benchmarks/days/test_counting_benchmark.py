"""The numbers of answers are read and compared with the true ones."""

from __future__ import annotations

from datetime import date

import pytest

from benchmarks.datasets.counting_data import CountingQuestion
from benchmarks.days.counting import number_told, outcome
from memory.types.core import Answer, Coverage, Sentence


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("At least 3 times, on Monday 9 March, Tuesday 10 March and Friday 13 March.", 3),
        ("At least once, on Monday 9 March.", 1),
        ("Mindestens einmal, am Montag, 9. März.", 1),
        ("至少2次：3月9日周一和3月11日周三。", 2),
        ("1 hour 20 minutes (50 + 30).", 80),
        ("95 minutes (40 + 55).", 95),
        ("1,5 Stunden (90 Minuten).", 90),
        ('On Tuesday 3 March at 10:00 you said: "Forty lengths."', None),
    ],
)
def test_the_number_that_an_answer_begins_with_is_read(text: str, number: float | None) -> None:
    answer = Answer((Sentence(text, ()),), (), 0.9, Coverage((), ()))
    assert number_told(answer) == number


def test_an_abstention_tells_of_none() -> None:
    sentence = Sentence("I did not find 3 times.", ())
    assert number_told(Answer((sentence,), (), 0.9, Coverage((), ()), abstained=True)) == 0


@pytest.mark.parametrize(
    ("occasions", "number", "name"),
    [
        (2, 2, "exact"), (2, 1, "low"), (2, 3, "high"), (2, 0, "missed"), (2, None, "quoted"),
        (0, 0, "refused"), (0, 1, "invented"), (0, None, "invented"),
    ],
)  # fmt: skip
def test_too_low_a_number_is_told_from_too_high_a_one(
    occasions: int, number: float | None, name: str
) -> None:
    day = date(2026, 3, 9)
    asked = CountingQuestion("how often?", 0.0, day, day, ((1,),) * occasions, None)
    assert outcome(asked, number) == name
