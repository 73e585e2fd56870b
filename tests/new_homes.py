"""New homes of tests begin with a copy of the schema, made once by the steps that make any.

The steps take thirty milliseconds of processor, of which the suite would spend minutes. Homes that
are old, and those of other processes, are brought up to date step by step.

Nor do databases of this process wait until what they wrote is on the disk, which outlives a cut of
the power: no test can see that, and thousands of homes waited longer than all else took.
"""

from __future__ import annotations

import sqlite3
import threading
from functools import cache, partial
from typing import Any

from memory.db.migrations import MIGRATIONS
from memory.db.without_pandas import Database

_apply = MIGRATIONS.apply
_one_by_one = threading.Lock()


@cache
def _schema() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:", check_same_thread=False)
    _apply(Database(made))
    return made


def _apply_or_copy(database: Database, **stop: str) -> None:
    """What ``MIGRATIONS.apply`` does; a whole copy where nothing is there."""
    (there,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if stop or there:
        _apply(database, **stop)
        return
    with _one_by_one:
        _schema().backup(database.conn)


def copy_schema() -> None:
    """From now on new homes in this process begin with a copy."""
    MIGRATIONS.apply = _apply_or_copy


class _Unsynced(sqlite3.Connection):
    """A connection that leaves it to the system when to write a home to the disk."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """Runs it; where a home asks for syncs, "OFF" from its first statement on."""
        if sql == "PRAGMA journal_mode=WAL":  # which syncs, too
            super().execute("PRAGMA synchronous=OFF")
        return super().execute("" if sql == "PRAGMA synchronous=NORMAL" else sql, *parameters)


def wait_for_no_disk() -> None:
    """From now on databases that this process opens are not synced."""
    sqlite3.connect = partial(sqlite3.connect, factory=_Unsynced)
