"""What comes next is learned from a routine, and is not told where there is none."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.days.next_activity import FEWEST_TRIED, NextActivity, split, steps, try_out
from memory.types.core import Span
from memory.types.events import Event

HOUR, DAY = 3600.0, 86_400.0
FIRST = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
ROUTINE = (
    *((7, "breakfast"), (8, "driving"), (9, "using a computer"), (12, "eating")),
    *((13, "using a computer"), (17, "driving"), (18, "cooking"), (20, "watching tv")),
)


def event(day: int, hour: float, activity: str, doer: str = "") -> Event:
    at = FIRST + day * DAY + hour * HOUR
    return Event(Span(at, at + 30), activity, (f"c{day}-{hour}",), "r", activity, doer=doer)


def routine(days: int) -> Iterable[Event]:
    """The same day again and again; the computer is followed by two things, by the hour."""
    return [event(day, hour, what) for day in range(days) for hour, what in ROUTINE]


def chance(days: int) -> Iterable[Event]:
    """The same activities in any order."""
    dice = random.Random(3)
    return [event(day, hour, dice.choice(ROUTINE)[1]) for day in range(days) for hour, _ in ROUTINE]


def test_a_routine_is_learned_where_the_last_activity_alone_does_not_tell() -> None:
    trial = try_out(steps(routine(20), "UTC"))
    assert (trial.days, trial.tried, trial.right) == (20, 48, 48)
    assert trial.markov_right < 48, "the computer comes before eating and before driving"
    assert not trial.passed, "48 are too few to judge by"
    assert try_out(steps(routine(30), "UTC")).passed


def test_two_weeks_are_needed() -> None:
    twice = [replace(e, span=Span(e.span.start + 900, e.span.end + 900)) for e in routine(14)]
    twice = [replace(e, activity=f"{e.activity} again") for e in twice]
    two_weeks = [*routine(14), *twice]
    assert try_out(steps(two_weeks, "UTC")).passed
    trial = try_out(steps([e for e in two_weeks if e.span.start < FIRST + 13 * DAY], "UTC"))
    assert trial.right > trial.markov_right
    assert trial.tried >= FEWEST_TRIED
    assert not trial.passed


def test_nothing_is_claimed_of_no_days() -> None:
    assert not try_out([]).passed


def test_what_follows_nothing_is_not_told() -> None:
    trial = try_out(steps(chance(60), "UTC"))
    assert trial.tried > 100
    assert trial.right < 0.4 * trial.tried


def test_the_hour_and_what_was_done_lately_count() -> None:
    model = NextActivity(steps(routine(10), "UTC"))
    noon = model.shares("using a computer", 12, ["using a computer"])
    evening = model.shares("using a computer", 17, ["using a computer"])
    assert model.kinds[noon.argmax()] == "eating"
    assert model.kinds[evening.argmax()] == "driving"
    assert noon.sum() == pytest.approx(1.0)
    before, after = (
        model.shares(None, 7, lately)[model.index("cooking")] for lately in ([], ["cooking"] * 3)
    )
    assert after > before


def test_steps_are_the_wearer_s_own_on_their_clock_and_the_same_once() -> None:
    events = [
        event(1, 1.0, "eating"),
        event(0, 23.9, "eating"),
        event(0, 22.0, "cooking", doer="Anna"),
        event(0, 23.0, "eating"),
    ]
    taken = steps(events, "UTC")
    assert [(step.day, step.hour) for step in taken] == [
        (date(2026, 3, 2), 23),
        (date(2026, 3, 3), 1),
    ]
    assert [step.day for step in steps(events, "America/New_York")] == [date(2026, 3, 2)]


def test_days_are_parted_in_order() -> None:
    learned, others = split(steps(routine(10), "UTC"))
    assert max(step.day for step in learned) < min(step.day for step in others)
    assert len(others) == 3 * len(ROUTINE)
