from __future__ import annotations

import pytest

from memory.store.store import Store
from memory.types.core import Clip, Recording, Span, TimeSource
from memory.types.events import Event, EventFilter, ObjectState

DAY = 1_700_000_000.0


@pytest.fixture
def told(store: Store) -> Store:
    """Three events: a talk with Ada, a pasta dinner, and one that ends a day later."""
    clips = [Clip(f"c{n}", "r", Span(DAY + 30 * n, DAY + 30 * n + 30)) for n in range(3)]
    source = TimeSource.USER
    store.recordings.add(Recording("r", "s" * 64, "/v/r.mp4", DAY, "UTC", 90.0, source), clips)
    events = [
        _event(clips[0], "conversation", "I talked to Ada O'Neil.", people=("Ada O'Neil",)),
        _event(clips[1], "dinner", "I had pasta for dinner.", object="pasta"),
        _event(clips[2], "dinner", "Ben had soup for dinner.", object="soup", doer="Ben"),
    ]
    states = [
        ObjectState("key", clips[0].span, "put", "in the bowl", "", "c0", "r", "I put the key …"),
        ObjectState("key", clips[1].span, "taken", "", "Ben", "c1", "r", "Ben took the key."),
    ]
    store.events.write("r", [clip.id for clip in clips], events, states, "1")
    return store


def _event(clip: Clip, activity: str, quote: str, **more: object) -> Event:
    return Event(clip.span, activity, (clip.id,), "r", quote, **more)  # type: ignore[arg-type]


def found(store: Store, wanted: EventFilter, asked_at: float = 9e9) -> list[str]:
    return [event.activity for event in store.as_of(asked_at).events(wanted)]


def test_events_are_found_by_activity_words_people_and_time(told: Store) -> None:
    assert found(told, EventFilter(("dinner",))) == ["dinner"]
    assert found(told, EventFilter(("dinner",), doer=None)) == ["dinner", "dinner"]
    assert found(told, EventFilter(words=("pasta",))) == ["dinner"]
    assert found(told, EventFilter(words=("pasta", "soup"), doer=None)) == []
    assert found(told, EventFilter(people=("ada o'neil",))) == ["conversation"]
    assert found(told, EventFilter(spans=(Span(DAY, DAY + 30),))) == ["conversation"]
    assert found(told, EventFilter(spans=(Span(0, 1), Span(DAY + 30, DAY + 60)))) == ["dinner"]


def test_what_ended_after_the_question_is_not_there(told: Store) -> None:
    assert found(told, EventFilter(doer=None), asked_at=DAY + 60) == ["conversation", "dinner"]
    assert found(told, EventFilter(doer=None), asked_at=DAY + 59) == ["conversation"]
    assert not told.as_of(DAY + 59).object_states(["key"], ["taken"])


def test_the_latest_state_of_a_thing_comes_first(told: Store) -> None:
    states = told.as_of(9e9).object_states(["key"], ["put", "taken"])
    assert [state.state for state in states] == ["taken", "put"]


INJECTIONS = [
    "x'; DROP TABLE event; --",
    '"; DELETE FROM event; --',
    "pasta OR 1=1",
    '" OR quote : *',
    "NEAR(pasta soup)",
    "%",
    "\x00",
    "*",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_text_cannot_change_the_query(told: Store, text: str) -> None:
    view = told.as_of(9e9)
    for wanted in (
        EventFilter((text,), doer=None),
        EventFilter(people=(text,), doer=None),
        EventFilter(doer=text),
        EventFilter(kind=text, doer=None),
    ):
        assert view.events(wanted) == []
    view.events(EventFilter(words=(text,), doer=None))
    view.object_states([text], ["put"])
    assert len(view.events(EventFilter(doer=None))) == 3


def test_text_that_is_stored_cannot_change_it_either(told: Store) -> None:
    clip = told.recordings.clips("r")[0]
    evil = _event(clip, "dinner'); DROP TABLE event; --", "x\x1fy", people=("a'); --",))
    told.events.write("r", [clip.id], [evil], [], "2")
    (event,) = told.as_of(9e9).events(EventFilter(people=("a'); --",)))
    assert event.activity == evil.activity
