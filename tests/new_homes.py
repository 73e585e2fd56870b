"""New homes of tests begin with a copy of the schema, made once by the steps that make any.

The steps take thirty milliseconds of processor, of which the suite would spend minutes. Homes that
are old, and those of other processes, are brought up to date step by step.
"""

from __future__ import annotations

import sqlite3
import threading
from functools import cache

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
