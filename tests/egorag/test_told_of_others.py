"""What others did is told, later, and in words that count for themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import Answer, Question, Span, Utterance
from tests.egorag.conftest import HomeOf
from tests.egorag.lives import record

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()
DAY = 86_400.0
TALK = [
    ("Ann", "I work out with my family three times a week, you know."),
    ("Bob", "Good for you! I never work out with anybody."),
    ("Ann", "On the first of March my teammates gave me a signed basketball."),
    ("Bob", "I finished my first mobile game in February, by the way."),
]


def write_friends(home: Path) -> Store:
    """A talk of two friends that took place on 4 March."""
    store = Store.open(home)
    (clip,) = record(store, "talk", NOON, 1)
    said = [
        Utterance(Span(NOON + 6 * n, NOON + 6 * n + 5), text, who)
        for n, (who, text) in enumerate(TALK)
    ]
    store.perceptions.write_utterances("speech", "1", {clip.id: said})
    store.perceptions.write_sightings("sights", "1", {clip.id: []})
    store.memories.write_caption(
        clip, " ".join(text for _, text in TALK), "composed", "caption", "1"
    )
    return store


@pytest.fixture
def ask(home_of: HomeOf) -> Callable[[str], Answer]:
    answerer = Answerer(home_of(write_friends).as_of)
    return lambda text: answerer.ask(Question(text, NOON + DAY, "UTC"))


def test_how_often_somebody_does_a_thing_is_answered_by_what_was_told(
    ask: Callable[[str], Answer],
) -> None:
    found = ask("How often does Ann work out with her family?")
    assert not found.abstained
    assert "three times a week" in found.text


def test_what_i_did_myself_is_counted_and_not_looked_up(ask: Callable[[str], Answer]) -> None:
    found = ask("How often did I go swimming?")
    assert found.abstained


def test_a_day_without_recordings_may_be_told_of_in_the_weeks_after(
    ask: Callable[[str], Answer],
) -> None:
    found = ask("What did Ann's teammates give her on March 1, 2026?")
    assert not found.abstained
    assert "signed basketball" in found.text


def test_my_own_day_without_recordings_is_said_to_have_none(ask: Callable[[str], Answer]) -> None:
    found = ask("What did I eat on March 1, 2026?")
    assert found.abstained
    assert "no recording" in found.text


def test_a_month_named_beside_recently_is_the_time_that_is_asked_about(
    ask: Callable[[str], Answer],
) -> None:
    found = ask("What did Bob finish recently in February 2026?")
    assert not found.abstained
    assert "mobile game" in found.text
    assert found.searched is not None
    assert found.searched.start == datetime(2026, 2, 1, tzinfo=UTC).timestamp()
