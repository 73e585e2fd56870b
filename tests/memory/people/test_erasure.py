"""Forgetting a person leaves nothing of them: in no table, and in no byte of the home."""

from __future__ import annotations

import numpy as np

from memory.store.store import Store
from tests.memory.crowds import Met, crowd, direction, prints

NAME = "Zanzibarcanary"


def everything(store: Store) -> str:
    tables = [
        row["name"]
        for row in store.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    rows = (tuple(row) for table in tables for row in store.database.rows(f"SELECT * FROM {table}"))
    return "\n".join(map(repr, rows))


def test_no_row_of_a_forgotten_person_is_left(store: Store) -> None:
    found = crowd(store, [[Met(0), Met(90)], [Met(3)], [Met(6)]])
    store.people.split("1", found[2])
    store.people.name("1", NAME)
    store.people.name("3", "Bert")
    person = store.people.get(NAME)
    change = store.people.forget(person.id)
    assert len(change.clip_ids) == 2
    assert NAME not in change.what
    left = everything(store)
    for trace in (NAME, person.id, str(found[0][0]), str(found[1][0])):
        assert trace not in left, trace
    assert sorted(one.label for one in store.people.all()) == ["Bert", "Person 2"]
    assert store.people.undo().what == "Undone: Person 3 is now called Bert."


def test_the_faces_and_voices_of_a_forgotten_person_are_anonymous(store: Store) -> None:
    crowd(store, [[Met(0), Met(90), Met(0, kind="voice", says="good morning")]])
    anna, bert = (one for one in store.people.all() if one.faces)
    voice = next(one for one in store.people.all() if one.voices)
    store.people.name(anna.id, "Anna")
    store.people.name(voice.id, "anna")
    store.people.name(bert.id, "Bert")
    (clip,) = store.recordings.clips("walk-0123456789")
    store.people.forget("Anna")
    assert sorted(one.what for one in store.perceptions.sightings(clip.id)) == ["Bert", "face"]
    (said,) = store.perceptions.utterances(clip.id)
    assert (said.text, said.speaker, said.voice, said.print_id) == ("good morning", "", "", 0)


def test_no_byte_of_a_forgotten_face_or_name_stays_in_the_home(store: Store) -> None:
    crowd(store, [[Met(11)], [Met(90)]])
    vector = direction(11).tobytes()
    assert (
        vector
        == prints(store.recordings.clips("walk-0123456789")[0], [Met(11)])[0].vector.tobytes()
    )
    store.people.name("1", NAME)
    (clip, _) = store.recordings.clips("walk-0123456789")
    store.memories.write_caption(clip, f"{NAME} is in view.", "composed", "caption", "1")
    store.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert vector in store.database.path.read_bytes()
    store.people.forget(NAME)
    store.memories.write_caption(clip, "Somebody is in view.", "composed", "caption", "1")
    home = store.home
    store.close()
    for path in home.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert vector not in content, path
        assert NAME.lower().encode() not in content.lower(), path


def test_a_changes_history_holds_no_vectors(store: Store) -> None:
    crowd(store, [[Met(11)], [Met(90)]])
    store.people.merge("1", ["2"])
    kept = store.database.rows("SELECT undo FROM person_change")[0]["undo"]
    assert not any(f"{value:.4f}"[:6] in kept for value in np.abs(direction(11)) if value)
