"""A line that completes a statement is told behind it; lines of another talk are none beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from egorag.answerability.exchange import PAUSE, Beside
from egorag.answerability.pool import Statement
from egorag.evidence.exchange import completed, exchange_around
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit, clip_units
from egorag.generation.generative import validate
from egorag.question.plan import make_plan
from memory.types.core import Question, Span
from tests.egorag.spoken import import_talk

NOON = 1_772_625_600.0
SAID = (
    (NOON, "Tom", "The bike is in good shape."),
    (NOON + 40, "me", "How much?"),
    (NOON + 80, "Tom", "Two hundred and forty."),
    (NOON + 80 + 3 * PAUSE, "Ada", "The lamp was thirty."),
)


def test_the_lines_of_one_exchange_are_those_without_a_long_pause(tmp_path: Path) -> None:
    view = import_talk(tmp_path, SAID).as_of(NOON + 90_000)
    units = [unit for memory in view.memories("clip") for unit in clip_units(view, memory)]
    bike, asked, price, lamp = sorted(units, key=lambda unit: unit.span)
    assert exchange_around(view, bike) == [asked, price]
    assert exchange_around(view, price) == [bike, asked]
    assert exchange_around(view, lamp) == []
    assert exchange_around(view, bike, Span(NOON, NOON + 60)) == [asked]


def scored(what: str, at: float, score: float) -> Scored:
    return Scored(Unit("r", f"c{at}", Span(at, at + 5), "speech", what), score, frozenset())


def test_what_completes_the_best_statement_is_right_behind_it() -> None:
    bike, lamp = scored("The bike is fine.", 0, 1.0), scored("The lamp was thirty.", 900, 0.3)
    price = scored("Two hundred.", 80, 0.01)
    for known in ([bike, lamp, price], [bike, lamp]):
        told = completed(known, bike.unit, [price.unit])
        assert [item.unit for item in told] == [bike.unit, price.unit, lamp.unit]
    assert completed([bike, lamp], bike.unit, []) == [bike, lamp]
    assert completed([lamp, bike], bike.unit, [price.unit]) == [lamp, bike]


def test_a_short_answer_may_rest_on_what_completes_the_statement() -> None:
    plan = make_plan(Question("How much was the bike?", NOON, "UTC"))
    bike = scored("The bike is in good shape.", 0, 1.0).unit
    price = scored("I want two hundred and forty.", 80, 0.9).unit
    answer = "Two hundred and forty."
    assert validate(answer, plan, [bike, price]) is None
    draft = validate(answer, plan, [bike, price], completing=[price])
    assert draft is not None
    assert draft.citations[0] == price.citation()
    assert validate("Three hundred.", plan, [bike, price], completing=[price]) is None


@pytest.mark.parametrize(
    ("text", "surer", "alone", "completes"),
    [
        ("Two hundred and forty.", 2.0, -0.2, True),
        ("Let me check.", -0.8, -1.6, False),
        ("How much?", -0.5, -3.0, False),
    ],
)
def test_a_line_completes_that_makes_the_judge_surer(
    text: str, surer: float, alone: float, completes: bool
) -> None:
    line = Statement(text, "Tom", 0.0, 0.8, 0.5)
    assert Beside(line, True, surer, alone).completes is completes
