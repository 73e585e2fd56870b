from __future__ import annotations

import pytest

from memory.people.errors import BadName, SeenTogether, UnknownPerson, WrongPrints
from memory.people.reassignment import reassign
from memory.store.store import Store
from tests.memory.crowds import Met, crowd, holder, state

MARIA, ANNA = 0.0, 90.0


def met(store: Store) -> list[str]:
    """Maria in three clips, Anna in a fourth. Returns the clips."""
    found = crowd(store, [[Met(MARIA)], [Met(MARIA)], [Met(MARIA)], [Met(ANNA)]])
    store.people.name(holder(store, found[0][0]), "Maria")
    store.people.name(holder(store, found[3][0]), "Anna")
    rows = store.database.rows("SELECT id FROM clip ORDER BY start")
    return [row["id"] for row in rows]


def names(store: Store, clips: list[str]) -> list[str]:
    return [
        store.people.get(p.person_id).label
        for clip in clips
        for p in store.perceptions.prints(clip)
    ]


def test_one_moment_was_of_somebody_known_and_that_is_undone(store: Store) -> None:
    clips = met(store)
    before = state(store)
    change = reassign(store.database, store.people, [clips[1]], "maria", "Anna")
    assert change.clip_ids == (clips[1],)
    assert names(store, clips) == ["Maria", "Anna", "Maria", "Anna"]
    store.people.undo()
    assert state(store) == before


def test_one_moment_was_of_somebody_new_and_that_is_undone(store: Store) -> None:
    clips = met(store)
    before = state(store)
    reassign(store.database, store.people, [clips[1]], "Maria", " Eve ")
    assert names(store, clips) == ["Maria", "Eve", "Maria", "Anna"]
    store.people.undo()
    assert state(store) == before


def test_moved_prints_stay_moved_when_more_are_met(store: Store) -> None:
    clips = met(store)
    reassign(store.database, store.people, [clips[1]], "Maria", "Anna")
    store.people.assign(clips)
    assert names(store, clips)[1] == "Anna"


def test_what_cannot_be_is_refused_and_changes_nothing(store: Store) -> None:
    clips = met(store)
    before = state(store)
    for who, to, error in (
        ("Anna", "Maria", WrongPrints),
        ("Maria", "maria", WrongPrints),
        ("Zoe", "Anna", UnknownPerson),
        ("Maria", "  ", BadName),
        ("Maria", "77", BadName),
    ):
        with pytest.raises(error):
            reassign(store.database, store.people, [clips[1]], who, to)
    assert state(store) == before


def test_nobody_is_in_one_picture_twice(store: Store) -> None:
    found = crowd(store, [[Met(MARIA), Met(ANNA)]])
    maria, anna = (holder(store, one) for one in found[0])
    store.people.name(anna, "Anna")
    clips = [row["id"] for row in store.database.rows("SELECT id FROM clip")]
    with pytest.raises(SeenTogether):
        reassign(store.database, store.people, clips, maria, "Anna")
