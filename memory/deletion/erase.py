"""Forgets parts of a life: every row that was made from them goes, in one transaction.

    loss = losses(store, Wanted(span=Span(start, end)))    # what would go
    erase(store, loss)                                     # it is gone from every table

Files are the second half: ``erase`` writes down what is to be done with them, so that a process
that dies at it is taken up. Summaries that spoke of what goes are deleted at once and marked stale,
so that none quotes it even before ``summaries.rebuild`` has made them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import cast

from memory.db.database import HomeDatabase
from memory.db.without_pandas import Database
from memory.deletion.deletion_plan import REACHING
from memory.deletion.files import tasks
from memory.people.erasure import erase as erase_person
from memory.repositories.conversations import forget_clips
from memory.repositories.events import STAGE as EVENTS
from memory.store.store import Store
from memory.types.core import Level, Span
from memory.types.deletion import DeletionPlan, RecordingPart
from memory.types.timezones import SUMMARY_LEVELS, bucket

_DAY = 26 * 3600.0  # seconds: no summary covers more
_TRIM = (
    "DELETE FROM {table} WHERE clip_id IN (SELECT value FROM json_each(:clips)) AND "
    '((start < :end AND "end" > :start) OR (start >= :start AND start < :end))'
)
_GONE_PRINTS = (
    "UPDATE {table} SET print_id = 0 WHERE print_id <> 0 "
    "AND clip_id IN (SELECT value FROM json_each(:clips)) "
    "AND print_id NOT IN (SELECT id FROM print)"
)


_NEAR = (
    'SELECT id, start, "end", source_ids FROM memory WHERE level = ? AND start > ? AND start < ?'
)
_LEFT = (
    "SELECT clip.start, timezone FROM clip JOIN recording ON recording.id = clip.recording_id "
    "JOIN memory ON memory.clip_id = clip.id WHERE clip.start >= ? AND clip.start < ?"
)
_HAS = "SELECT 1 FROM memory WHERE level = ? AND start >= ? AND start < ?"


def erase(store: Store, loss: DeletionPlan) -> int:
    """Deletes all rows of what goes, and returns the number of the forgetting that is left to do.

    What is remembered of ``RecordingPart.trimmed`` clips goes, too: whoever can tells it again.
    """
    with store.database.transaction() as db:
        dropped = _drop_summaries(db, loss)
        for part in loss.parts:
            _trim(db, part)
            _delete(store, db, part)
        _mark_stale(db, dropped)
        _forget_people(db, loss)
        _sweep_tables(store, db)
        return store.forgotten.begin(tasks(loss), [part.recording.id for part in loss.parts])


def _delete(store: Store, db: Database, part: RecordingPart) -> None:
    recording = part.recording
    if part.whole:
        store.forgotten.mark(recording.sha256, "", part.spans)
        db.conn.execute("DELETE FROM recording WHERE id = ?", [recording.id])
        store.forgotten.unname(recording.id)
        _hand_take_on(db, recording.id)
        store.jobs.delete_for_recording(recording.id)
        return
    store.forgotten.mark(recording.sha256, recording.id, part.spans)
    db.conn.executemany("DELETE FROM clip WHERE id = ?", [(clip.id,) for clip in part.clips])
    # Events may span clips, and are read off what is left by whoever reads them next.
    db.conn.execute("DELETE FROM event WHERE recording_id = ?", [recording.id])
    db.conn.execute(
        "DELETE FROM ledger WHERE stage = ? AND clip_id IN "
        "(SELECT id FROM clip WHERE recording_id = ?)",
        [EVENTS, recording.id],
    )
    store.jobs.release(recording.id)


def _hand_take_on(db: Database, recording_id: str) -> None:
    """The id of a take is that of its first part, and tells its name: the next part gives it."""
    rows = db.execute(
        "SELECT id FROM recording WHERE take = ? ORDER BY start, id", [recording_id]
    ).fetchall()
    name = rows[0][0] if len(rows) > 1 else ""
    db.conn.execute("UPDATE recording SET take = ? WHERE take = ?", [name, recording_id])


def _trim(db: Database, part: RecordingPart) -> None:
    if not part.trimmed:
        return
    forget_clips(db, part.trimmed)
    clips = json.dumps(part.trimmed)
    for span in part.spans:
        values = {"clips": clips, "start": span.start, "end": span.end}
        for table in REACHING:
            db.conn.execute(_TRIM.format(table=table), values)
    for table in ("utterance", "sighting"):
        db.conn.execute(_GONE_PRINTS.format(table=table), {"clips": clips})
    for sql in (
        "DELETE FROM memory WHERE clip_id IN (SELECT value FROM json_each(?))",
        "DELETE FROM ledger WHERE stage = 'caption' "
        "AND clip_id IN (SELECT value FROM json_each(?))",
    ):
        db.conn.execute(sql, [clips])


def _drop_summaries(db: Database, loss: DeletionPlan) -> list[tuple[str, Span]]:
    """Deletes the summaries that overlap what goes, or were made from something that goes.

    Returns:
        Their levels and spans.
    """
    ids = [clip.id for part in loss.parts for clip in part.clips]
    ids += [clip for part in loss.parts for clip in part.trimmed]
    cursor = db.execute(
        "SELECT id FROM memory WHERE clip_id IN (SELECT value FROM json_each(?))",
        [json.dumps(ids)],
    )
    gone = {row[0] for row in cursor.fetchall()}
    dropped = {}
    for level in SUMMARY_LEVELS:
        for span in loss.spans:
            rows = db.execute(_NEAR, [level, span.start - 2 * _DAY, span.end + _DAY]).fetchall()
            for memory_id, start, end, sources in rows:
                over = start < span.end and end > span.start
                if over or not gone.isdisjoint(json.loads(sources)):
                    gone.add(memory_id)
                    dropped[memory_id] = (level, Span(start, end))
    db.conn.executemany("DELETE FROM memory WHERE id = ?", [(memory_id,) for memory_id in dropped])
    return list(dropped.values())


def _mark_stale(db: Database, dropped: Iterable[tuple[str, Span]]) -> None:
    """Marks what has no summary any more, so that it gets one of what is left there."""
    stale: set[tuple[str, float, float, str]] = set()
    for level, span in dropped:
        lower = SUMMARY_LEVELS[: SUMMARY_LEVELS.index(cast("Level", level)) + 1]
        for start, timezone in db.execute(_LEFT, [span.start - 1, span.end]).fetchall():
            places = ((lower_level, bucket(lower_level, start, timezone)) for lower_level in lower)
            stale |= {
                (lower_level, place.start, place.end, timezone) for lower_level, place in places
            }
    missing = [entry for entry in sorted(stale) if db.execute(_HAS, entry[:3]).fetchone() is None]
    db.conn.executemany("INSERT OR IGNORE INTO stale VALUES (?, ?, ?, ?)", missing)


def _forget_people(db: Database, loss: DeletionPlan) -> None:
    """Those of whom nothing is left are forgotten, too, with their names."""
    db.conn.execute(
        "DELETE FROM apart WHERE one NOT IN (SELECT id FROM print) "
        "OR two NOT IN (SELECT id FROM print)"
    )
    for person in loss.people:
        cursor = db.execute("SELECT 1 FROM print WHERE person_id = ? LIMIT 1", [person.id])
        if cursor.fetchone() is None:
            erase_person(db, person, (), ())


def _sweep_tables(store: Store, db: Database) -> None:
    """Deletes rows of tables that name a clip, recording or memory without being bound to it."""
    for table, column, owner in loose_columns(store.database):
        db.conn.execute(
            f"DELETE FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN ('', 0) "
            f"AND {column} NOT IN (SELECT id FROM {owner})"
        )


_OWNERS = {"clip_id": "clip", "recording_id": "recording", "memory_id": "memory"}
# A job may name a recording before it is there; "forgotten" is seen to by hand.
_BY_HAND = frozenset({"job", "forgotten", "vector_code"})


def loose_columns(database: HomeDatabase) -> list[tuple[str, str, str]]:
    """Table, column and owner of every reference that the database itself does not keep."""
    references = []
    tables = database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    )
    for (table,) in tables:
        bound = {row[3] for row in database.rows(f"PRAGMA foreign_key_list({table})")}
        columns = {row[1] for row in database.rows(f"PRAGMA table_info({table})")}
        references += [
            (table, column, owner)
            for column, owner in _OWNERS.items()
            if column in columns - bound and table not in _BY_HAND
        ]
    return references
