"""The database schema, as numbered steps that are each applied once and whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

from memory.db import picture_schema, reply_schema, schema
from memory.db.fts_schema import WORDS
from memory.db.relative_paths import make_relative
from memory.db.without_pandas import Database, Migrations
from memory.vectors.byte_codes import write_codes

Mend: TypeAlias = Callable[[sqlite3.Connection], object]

MIGRATIONS = Migrations("egobutler")

# The name of each step, the statements that it runs, and what it does to the rows thereafter, where
# one of these tables has any.
STEPS: tuple[tuple[str, str, Mend | None, tuple[str, ...]], ...] = (
    ("001_recordings_clips_memories", schema.SCHEMA, None, ()),
    ("002_people_damage_devices_jobs", schema.PEOPLE_AND_JOBS, None, ()),
    ("003_vector_codes", schema.VECTORS, write_codes, ("vector",)),
    ("004_days", schema.DAYS, None, ()),
    ("005_events", schema.EVENTS, None, ()),
    ("006_pictures", picture_schema.PICTURES, None, ()),
    ("007_written_summaries", schema.WRITTEN, None, ()),
    ("008_preferences_audit", schema.CHOICES, None, ()),
    ("009_feedback", schema.FEEDBACK, None, ()),
    ("010_timeline_revision", schema.TOLD, None, ()),
    ("011_forgetting", schema.FORGETTING, None, ()),
    ("012_notices_hooks", schema.NOTICES, None, ()),
    ("019_words_of_moments", WORDS, None, ()),
    ("020_prints_of_people", schema.PRINTS_OF_PEOPLE, None, ()),
    ("021_doubts", schema.DOUBTS, None, ()),
    ("022_relative_paths", "", make_relative, ("recording", "job", "forgetting")),
    ("026_undated", schema.UNDATED, None, ()),
    ("027_ends_of_utterances", schema.ENDS_OF_UTTERANCES, None, ()),
    ("034_file_sizes", schema.FILE_SIZES, None, ()),
    ("035_messages_by_key", "", None, ()),  # notes that an earlier version could not read
    ("037_conversations", schema.CONVERSATIONS, None, ()),
    ("038_vocabulary", schema.VOCABULARY, None, ()),
    ("039_counts_at_most", schema.COUNTS_AT_MOST, None, ()),
    ("040_storyboards", picture_schema.STORYBOARDS, None, ()),
    ("041_explanations", schema.EXPLANATIONS, None, ()),
    ("042_claimable_jobs", schema.CLAIMABLE_JOBS, None, ()),
    ("043_review_replies", reply_schema.REVIEW_REPLIES, None, ()),
    ("044_comparison_votes", reply_schema.COMPARISON_VOTES, None, ()),
)


def newest() -> frozenset[str]:
    """The names of all steps of the schema that this version knows."""
    return frozenset(name for name, *_ in STEPS)


def migrate(db: Database, writing: Callable[[], AbstractContextManager[Any]]) -> bool:
    """Apply the steps that a database lacks, inside ``writing()``: two processes may be at it.

    Returns:
        Whether the database is ours: False where a later version has written it; it is left alone.
    """
    if {migration.name for migration in MIGRATIONS.applied(db)} - newest():
        return False
    if MIGRATIONS.pending(db):
        with writing():
            MIGRATIONS.apply(db)
    return True


def _statements(script: str) -> list[str]:
    """Splits a script at the semicolons that end a statement, not at those inside a trigger."""
    statements, pending = [], ""
    for line in script.strip().splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements


def _step(script: str, mend: Mend | None, tables: tuple[str, ...]) -> Callable[[Any], None]:
    def apply(db: Any) -> None:
        # executescript() would commit the transaction that makes the migration atomic.
        for statement in _statements(script):
            db.execute(statement)
        rows = (db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)
        if mend is not None and any(rows):
            mend(db.conn)

    return apply


for _name, _script, _mend, _tables in STEPS:
    MIGRATIONS(name=_name)(_step(_script, _mend, _tables))
