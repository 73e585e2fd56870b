"""Notes of recordings in an export: readable, and the same when they come back."""

from __future__ import annotations

import json

import pytest

from memory.exchange.json_rows import columns, lines, row_of
from memory.store.store import Store
from memory.types.core import RecordingState
from memory.types.messages import UserMessage
from tests.memory.lives import add, recording


@pytest.mark.parametrize("keyed", [True, False])
def test_a_note_is_readable_english_and_comes_back_as_it_was(store: Store, keyed: bool) -> None:
    message = UserMessage("ingest.breaks-off", length="0:10")
    walk = recording()
    add(store, walk, ["I walked."])
    note = message if keyed else f"{message} "[:-1]
    store.recordings.set_state(walk.id, RecordingState.PARTIAL, note)
    with store.database.transaction() as database:
        db = database.conn
        (line,) = lines(db, "recording", {})
        note = json.loads(line)["note"]
        assert (note["text"] if keyed else note) == message
        row, _ = row_of(line, "recording", columns(db, "recording"))
        assert row["note"] == db.execute("SELECT note FROM recording").fetchone()[0]
    kept = store.recordings.get(walk.id)
    assert kept is not None
    assert isinstance(kept.note, UserMessage) == keyed
