"""A home on a disk that may only be read: how to read its database without a write beside it.

SQLite reads a write-ahead log through a file that it shares with others (``-shm``). Where that file
is there, it does so read-only; where there is no log, the database is all there is. Else, and where
the database is of an older version, a copy is read that takes the log in.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from memory.db import disk_space as disk
from memory.db.migrations import newest
from memory.db.snapshot import copy_to, scratch
from memory.db.sqlite_errors import explain
from memory.types.errors import StoreUnwritable
from memory.types.messages import UserMessage

READING = "mode=ro"  # SQLite's words for a connection that only reads
_LITTLE = 2**20  # bytes that SQLite needs to open a database for writing, at the very most
_UNCHANGING = "mode=ro&immutable=1"  # and for one that looks for no log


def barred(database: Path) -> str:
    """Why this process cannot write to a home that is there, in a few words; empty if it can."""
    home = database.parent
    if os.access(home, os.W_OK | os.X_OK) and os.access(database, os.W_OK):
        return ""
    with suppress(AttributeError):  # not on Windows
        if os.statvfs(home).f_flag & os.ST_RDONLY:
            return UserMessage("memory.disk-is-read-only")
    return UserMessage("memory.may-not-write")


def failed(database: Path, error: BaseException | None) -> str:
    """The same, of a home that should be writable and is not: its disk is full, or fails."""
    is_full = disk.free(database.parent) < _LITTLE
    return UserMessage("memory.disk-is-full") if is_full else str(error)


def note(home: Path, reason: str) -> str:
    """A sentence for whoever reads such a home."""
    return UserMessage("memory.read-only-note", home=home, reason=reason)


def readable(database: Path, until: ExitStack) -> tuple[Path, str]:
    """A database to read in place of ``database``, which may be itself, and SQLite's words for how.

    A copy is gone once ``until`` is closed.

    Raises:
        StoreError: it is damaged, or there is no room for a copy.
    """
    for query in _ways(database):
        with suppress(sqlite3.OperationalError), closing(connect(database, query)) as connection:
            if _up_to_date(connection):
                return database, query
    folder = until.enter_context(scratch(Path(tempfile.gettempdir())))
    try:
        return _copied(database, folder / database.name), READING
    except sqlite3.Error as error:
        raise explain(error, database) from error
    except OSError as error:
        raise StoreUnwritable(
            f"{database} can be neither written nor read ({error.strerror or error}). Become its "
            "owner, or choose another folder with --home."
        ) from error


def connect(path: Path, query: str) -> sqlite3.Connection:
    """Opens a database by SQLite's words for how."""
    uri = f"{path.absolute().as_uri()}?{query}"
    return sqlite3.connect(uri, uri=True, timeout=30.0, check_same_thread=False)


def _up_to_date(connection: sqlite3.Connection) -> bool:
    """Whether every step of the schema that this version knows was taken."""
    applied = {name for (name,) in connection.execute("SELECT name FROM _sqlite_migrations")}
    return applied >= newest()


def _ways(database: Path) -> Iterator[str]:
    if _beside(database, "-shm").exists():
        yield READING
    if not _has_log(database):
        yield _UNCHANGING


def _has_log(database: Path) -> bool:
    try:
        return _beside(database, "-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def _copied(database: Path, target: Path) -> Path:
    disk.require(target.parent, 2 * database.stat().st_size, reserve=0)
    for query in _ways(database):
        with suppress(sqlite3.OperationalError), closing(connect(database, query)) as live:
            copy_to(live, target)
            return target
    for name in (database, _beside(database, "-wal")):
        if name.exists():
            shutil.copyfile(name, target.with_name(name.name))
    return target


def _beside(database: Path, ending: str) -> Path:
    return database.with_name(database.name + ending)
