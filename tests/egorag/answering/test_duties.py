"""What somebody has to do is what they take on, before what others tell them to do."""

from __future__ import annotations

from egorag.answering.duties import duties_first
from tests.egorag.conftest import plan
from tests.egorag.spoken import scored

ADVICE = scored("Alice, you must read that book.", speaker="Ben", score=0.9)
DUTY = scored("I have to send the report by Friday.", speaker="Alice", score=0.3)


def test_what_they_take_on_comes_first_and_scores_as_the_best() -> None:
    first, second = duties_first(plan("What does Alice have to do?"), [ADVICE, DUTY])
    assert (first.unit, first.score, second) == (DUTY.unit, 0.9, ADVICE)


def test_of_other_questions_the_order_stays() -> None:
    assert duties_first(plan("What did Alice say?"), [ADVICE, DUTY]) == [ADVICE, DUTY]
