"""How well a statement lies in the time asked about: by when it was said, or what it tells of."""

from __future__ import annotations

import pytest

from egorag.evidence.time_match import in_time
from memory.types.core import Span
from tests.egorag import diaries
from tests.egorag.conftest import plan

SUNDAY = diaries.at("2026-03-08T15:00")
ASKED = diaries.at("2026-03-13T20:00")


@pytest.mark.parametrize(
    ("said", "matches"),
    [
        ("I'm off tomorrow.", 1.0),
        ("I'm off on Monday.", 1.0),
        ("I was off on Friday.", 0.0),
        ("Marcus is off until winter.", 0.0),
        ("The soup is good.", 0.0),
    ],
)
def test_what_is_told_of_a_day_is_of_that_day(said: str, matches: float) -> None:
    asked = plan("Why was Marcus off on Monday?", ASKED)
    spoken = Span(SUNDAY - 28_800, SUNDAY - 28_795)
    assert in_time(asked, said, spoken) == matches


def test_what_is_said_then_is_of_that_time_whatever_it_tells() -> None:
    asked = plan("Why was Marcus off on Sunday?", ASKED)
    assert in_time(asked, "I'm off tomorrow.", Span(SUNDAY, SUNDAY + 5)) == 1
    assert in_time(plan("Why was Marcus off?", ASKED), "Hm.", Span(SUNDAY, SUNDAY + 5)) == 0.5
