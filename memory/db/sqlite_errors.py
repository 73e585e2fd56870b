"""Translate SQLite's error codes into errors that the person understands."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from memory.types.errors import StoreBusy, StoreDamaged, StoreError, StoreUnwritable
from memory.types.messages import UserMessage

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_BARRED = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
# Some quotas and limits of the system come as these: SQLite cannot tell them from a broken disk.
_WRITES = ("WRITE", "FSYNC", "TRUNCATE", "SHMSIZE", "SHMMAP", "SHMOPEN", "DIR_FSYNC")


def code(error: sqlite3.Error) -> int:
    """The primary result code of SQLite; 0 for an error that did not come from it."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def is_full(error: sqlite3.Error) -> bool:
    """Whether there was no room on a disk."""
    return code(error) == sqlite3.SQLITE_FULL


def in_writing(error: sqlite3.Error) -> bool:
    """Whether a file could not be written, for want of room, a quota, or a disk that fails."""
    name = str(getattr(error, "sqlite_errorname", ""))
    return is_full(error) or name.removeprefix("SQLITE_IOERR_").startswith(_WRITES)


def of_the_file(error: sqlite3.Error) -> bool:
    """Whether the file, its disk or its lock is at fault, and not what was asked of it."""
    error_code = code(error)
    failed = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CORRUPT)
    return error_code in (*failed, sqlite3.SQLITE_NOTADB, *_BUSY, *_BARRED)


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """The error as one that a person can read; ``path`` is the database."""
    folder, error_code = path.parent, code(error)
    if is_full(error):
        return StoreUnwritable(UserMessage("memory.disk-full", folder=folder, why=error))
    if in_writing(error):
        return StoreUnwritable(UserMessage("memory.disk-or-quota-full", folder=folder, why=error))
    if error_code == sqlite3.SQLITE_IOERR:
        return StoreUnwritable(UserMessage("memory.disk-unreadable", folder=folder, why=error))
    if error_code in _BARRED:
        return StoreUnwritable(UserMessage("memory.folder-unwritable", folder=folder, why=error))
    if error_code in _BUSY or (not error_code and isinstance(error, sqlite3.OperationalError)):
        return StoreBusy(UserMessage("memory.database-in-use", path=path, why=error))
    return StoreDamaged(path, str(error))
