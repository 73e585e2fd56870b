"""Before and after an event."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.retrieval.before_after import beside, find_anchor, within_named
from egorag.retrieval.registry import load_retriever
from memory.store.store import Store
from memory.types.core import Memory, Span
from tests.egorag import lives
from tests.egorag.conftest import plan

_MORNING = datetime(2026, 3, 2, 8, tzinfo=ZoneInfo(lives.ZONE)).timestamp()


def _memories(count: int) -> list[Memory]:
    return [Memory(at, "clip", Span(60.0 * at, 60.0 * at + 30), "") for at in range(count)]


@pytest.mark.parametrize(
    ("question", "event", "side"),
    [
        ("What did I do after parking the car?", "parking the car", "after"),
        ("Where was I before having lunch with Ada?", "having lunch with Ada", "before"),
    ],
)
def test_the_event_that_is_named_is_searched_for(question: str, event: str, side: str) -> None:
    anchor = find_anchor(plan(question))
    assert anchor is not None
    assert (anchor.plan.query, anchor.side) == (event, side)


@pytest.mark.parametrize(
    "question",
    [
        *("What did I do after 6 pm?", "What happened after that?"),
        # What others did is told with the event, and not beside it.
        *("What did Ann do after the road trip?", "How long did James wait before buying the car?"),
    ],
)
def test_a_time_is_no_event_nor_is_what_others_did(question: str) -> None:
    assert find_anchor(plan(question)) is None


def test_what_comes_after_an_event_of_several_clips_is_behind_the_last() -> None:
    scores = beside(np.array([0.0, 1.0, 1.0, 0.0, 0.0]), _memories(5), "after")
    assert int(scores.argmax()) == 3


def test_what_came_before_is_in_front() -> None:
    scores = beside(np.array([0.0, 0.0, 1.0, 0.0]), _memories(4), "before")
    assert int(scores.argmax()) == 1


def test_what_is_hours_away_is_no_neighbour() -> None:
    one, other = _memories(2)
    far = Memory(1, "clip", Span(90_000.0, 90_030.0), other.text)
    assert not beside(np.array([1.0, 0.0]), [one, far], "after").any()


@given(st.lists(st.floats(0, 1), max_size=12))
def test_after_is_before_read_backwards(scores: list[float]) -> None:
    values = np.array(scores)
    after = beside(values, _memories(len(scores)), "after")
    before = beside(values[::-1], _memories(len(scores)), "before")[::-1]
    assert np.allclose(after, before)
    assert (after >= 0).all()


def test_the_neighbour_is_found_before_the_event_itself(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home")
    told = ["I drink tea.", "I park the car.", "I buy bread.", "I cook soup."]
    for clip, text in zip(lives.record(store, "morning", _MORNING, 4), told):
        lives.perceive(store, clip, text)
    view = store.as_of(lives.ASKED)
    after = load_retriever().retrieve(view, plan("What did I do after parking the car?"), None)
    before = load_retriever().retrieve(view, plan("What did I do before parking the car?"), None)
    assert after[0].memory.text == "I buy bread."
    assert before[0].memory.text == "I drink tea."
    store.close()


def test_the_day_that_is_named_with_an_event_bounds_what_is_found() -> None:
    named = plan("What did I do after parking the car on 2 March 2026?")
    bounded = within_named(named)
    assert bounded.time is not None
    assert bounded.time.exact
    assert within_named(plan("What did I do after parking the car?")).time == (
        plan("What did I do after parking the car?").time
    )


def test_the_day_of_somebody_elses_event_does_not_bound_what_is_told_of_it() -> None:
    asked = plan("What did Ann do on 3 March after the road trip?")
    assert within_named(asked).time == asked.time


def test_what_stands_beside_an_event_lies_in_the_day_that_was_named() -> None:
    asked = plan("What did I do after parking the car yesterday?")
    assert asked.time is not None
    assert asked.time_filter is None
    anchor = find_anchor(within_named(asked))
    assert anchor is not None
    assert anchor.plan.time_filter == asked.time.span
