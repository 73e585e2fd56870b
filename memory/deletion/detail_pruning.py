"""Keeps of old recordings only what summaries tell: no sentence, picture, face or file of them.

The clips stay as an empty frame, so that it is still known when something was recorded and a
question about such a day is answered from its summary.
"""

from __future__ import annotations

from collections.abc import Sequence

from memory.db.without_pandas import Database
from memory.deletion.files import files_of, inside
from memory.repositories.tombstones import FileTask
from memory.store.store import Store
from memory.types.core import Recording

MODEL = "thinned"
TEXT = "Only the summary of this time was kept."
_CLIPS = "(SELECT id FROM clip WHERE recording_id = :id)"
_DETAILS = (
    f"DELETE FROM thumbnail WHERE clip_id IN {_CLIPS}",
    f"DELETE FROM storyboard WHERE clip_id IN {_CLIPS}",
    f"DELETE FROM utterance WHERE clip_id IN {_CLIPS}",
    f"DELETE FROM sighting WHERE clip_id IN {_CLIPS}",
    f"DELETE FROM print WHERE clip_id IN {_CLIPS}",
    f"DELETE FROM damage WHERE clip_id IN {_CLIPS}",
    f"DELETE FROM object_state WHERE clip_id IN {_CLIPS}",
    f"DELETE FROM conversation_clip WHERE clip_id IN {_CLIPS}",  # and what rests on them
    f"DELETE FROM conversation_weighed WHERE clip_id IN {_CLIPS}",
    "DELETE FROM event WHERE recording_id = :id",
    f"DELETE FROM vector WHERE memory_id IN (SELECT id FROM memory WHERE clip_id IN {_CLIPS})",
    f"UPDATE memory SET text = '{TEXT}', model = '{MODEL}' WHERE clip_id IN {_CLIPS}",
)
_UNTHINNED = (
    "SELECT DISTINCT recording_id AS id FROM memory WHERE clip_id IS NOT NULL AND model <> ?"
)


def prunable(store: Store, before: float) -> list[Recording]:
    """Recordings that ended before a moment (seconds UTC) and still have details.

    Those without a summary yet are passed over: nothing would be left of them.
    """
    rich = {row["id"] for row in store.database.rows(_UNTHINNED, [MODEL])}
    bare = {
        span for level in ("ten_minutes", "hour", "day") for span, _ in store.memories.stale(level)
    }
    return [
        recording
        for recording in store.recordings.all()
        if recording.id in rich
        and recording.span.end < before
        and not any(span.overlaps(recording.span) for span in bare)
    ]


def prune_details(store: Store, recordings: Sequence[Recording]) -> None:
    """Deletes the details of recordings at once, and writes down which files are to go."""
    with store.database.transaction() as db:
        for recording in recordings:
            _thin(db, recording)
            store.jobs.release(recording.id)
        db.conn.execute(
            "DELETE FROM apart WHERE one NOT IN (SELECT id FROM print) "
            "OR two NOT IN (SELECT id FROM print)"
        )
        db.conn.execute(
            "DELETE FROM person WHERE name = '' AND me = 0 "
            "AND id NOT IN (SELECT person_id FROM print)"
        )
        store.forgotten.begin(
            [task for recording in recordings for task in deletions(store, recording)],
            [recording.id for recording in recordings],
        )


def _thin(db: Database, recording: Recording) -> None:
    for sql in _DETAILS:
        db.conn.execute(sql, {"id": recording.id})


def deletions(store: Store, recording: Recording) -> list[FileTask]:
    """The deleting of every file of a recording that lies in the home."""
    return [
        FileTask(path, "delete", recording.sha256)
        for path in files_of(store, recording)
        if inside(store, path) and store.home.joinpath(path).is_file()
    ]
