"""The database schema, as numbered steps that are each applied once and whole."""

from __future__ import annotations

import sqlite3
from typing import Any

from memory.db import schema
from memory.db.fts_schema import WORDS
from memory.db.relative_paths import make_relative
from memory.db.without_pandas import Migrations
from memory.vectors.byte_codes import write_codes

MIGRATIONS = Migrations("egobutler")


def newest() -> frozenset[str]:
    """The names of all steps of the schema that this version knows."""
    return frozenset(migration.name for migration in MIGRATIONS._migrations)


def _statements(script: str) -> list[str]:
    """Splits a script at the semicolons that end a statement, not at those inside a trigger."""
    statements, pending = [], ""
    for line in script.strip().splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements


def _run(db: Any, script: str) -> None:
    # executescript() would commit the transaction that makes the migration atomic.
    for statement in _statements(script):
        db.execute(statement)


@MIGRATIONS(name="001_recordings_clips_memories")
def _001(db: Any) -> None:
    _run(db, schema.SCHEMA)


@MIGRATIONS(name="002_people_damage_devices_jobs")
def _002(db: Any) -> None:
    _run(db, schema.PEOPLE_AND_JOBS)


@MIGRATIONS(name="003_vector_codes")
def _003(db: Any) -> None:
    _run(db, schema.VECTORS)
    write_codes(db.conn)


@MIGRATIONS(name="004_days")
def _004(db: Any) -> None:
    _run(db, schema.DAYS)


@MIGRATIONS(name="005_events")
def _005(db: Any) -> None:
    _run(db, schema.EVENTS)


@MIGRATIONS(name="006_pictures")
def _006(db: Any) -> None:
    _run(db, schema.PICTURES)


@MIGRATIONS(name="007_written_summaries")
def _007(db: Any) -> None:
    _run(db, schema.WRITTEN)


@MIGRATIONS(name="008_preferences_audit")
def _008(db: Any) -> None:
    _run(db, schema.CHOICES)


@MIGRATIONS(name="009_feedback")
def _009(db: Any) -> None:
    _run(db, schema.FEEDBACK)


@MIGRATIONS(name="010_timeline_revision")
def _010(db: Any) -> None:
    _run(db, schema.TOLD)


@MIGRATIONS(name="011_forgetting")
def _011(db: Any) -> None:
    _run(db, schema.FORGETTING)


@MIGRATIONS(name="012_notices_hooks")
def _012(db: Any) -> None:
    _run(db, schema.NOTICES)


@MIGRATIONS(name="019_words_of_moments")
def _019(db: Any) -> None:
    _run(db, WORDS)


@MIGRATIONS(name="020_prints_of_people")
def _020(db: Any) -> None:
    _run(db, schema.PRINTS_OF_PEOPLE)


@MIGRATIONS(name="021_doubts")
def _021(db: Any) -> None:
    _run(db, schema.DOUBTS)


@MIGRATIONS(name="022_relative_paths")
def _022(db: Any) -> None:
    make_relative(db.conn)


@MIGRATIONS(name="026_undated")
def _026(db: Any) -> None:
    _run(db, schema.UNDATED)


@MIGRATIONS(name="027_ends_of_utterances")
def _027(db: Any) -> None:
    _run(db, schema.ENDS_OF_UTTERANCES)


@MIGRATIONS(name="034_file_sizes")
def _034(db: Any) -> None:
    _run(db, schema.FILE_SIZES)
