"""In talk of two, the judgement is seen in view of whom the statements tell of."""

from __future__ import annotations

import pytest

from egorag.answerability.judge import AnswerJudgement, talk_of_two
from egorag.evidence.reading import agreement
from egorag.evidence.units import Unit
from memory.types.core import Span

QUESTION = "Which boots did Melanie buy?"
JUDGEMENT = AnswerJudgement(0.8, 0.78, {0: 0.9, 1: 0.1})


def said(speaker: str, text: str) -> Unit:
    return Unit("r", "c", Span(0, 5), "speech", text, speaker)


MELANIE, CAROLINE = said("Melanie", "I bought boots."), said("Caroline", "I bought new boots.")


@pytest.mark.parametrize(
    ("units", "told"),
    [
        ([MELANIE, CAROLINE], 0.8),
        ([CAROLINE, MELANIE], -0.8),
        ([MELANIE, said("Melanie", "They are red.")], None),
        ([MELANIE, CAROLINE, said("Ben", "Boots!")], None),
        ([MELANIE, said("me", "I bought boots.")], None),
    ],
)
def test_it_counts_of_whom_two_tell_and_not_of_whom_many_do(
    units: list[Unit], told: float | None
) -> None:
    found = agreement(QUESTION, units, JUDGEMENT)
    assert found == (None if told is None else pytest.approx(told))


def test_what_tells_of_the_other_is_believed_less() -> None:
    of_her, of_the_other = (JUDGEMENT.in_view_of(told).probability for told in (1.0, -1.0))
    assert of_the_other < of_her - 0.1
    assert JUDGEMENT.in_view_of(None) == JUDGEMENT
    assert talk_of_two()["agreement"] > 0
