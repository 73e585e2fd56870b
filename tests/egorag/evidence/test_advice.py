from __future__ import annotations

import pytest

from egorag.evidence.advice import advisers_first
from tests.egorag.conftest import plan
from tests.egorag.spoken import scored


@pytest.mark.parametrize(
    ("question", "likeliest", "advice"),
    [
        (
            "Who recommended the dentist?",
            "My dentist is on holiday until Monday.",
            "You ought to go to Anna's dentist.",
        ),
        (
            "Who suggested the bakery?",
            "The bakery was closed this morning.",
            "If I were you, I'd try the bakery.",
        ),
        ("谁推荐了面包店？", "面包店今天关门了。", "你应该试试面包店。"),
    ],
)
def test_who_advised_something_is_told_by_the_advice(
    question: str, likeliest: str, advice: str
) -> None:
    statements = [scored("The tram was late.", 0.9), scored(likeliest, 0.8), scored(advice, 0.1)]
    first, second = advisers_first(plan(question), statements)
    assert (first.unit.what, first.score) == (advice, 0.9)
    assert second.unit.what == likeliest
    assert advisers_first(plan("Where is the dentist?"), statements) == statements
