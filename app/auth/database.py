"""Hold accounts, sessions, tokens and grants: in a file of the root home, or for several houses.

It is not the database of memories: those of several people never share a file, and this one goes
into no export. Statements are written once, in what SQLite and PostgreSQL (``postgres.py``) share,
with ``?`` for values. A rollback journal suits a file that is written a few times a day.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from app.auth.errors import AccountsChanged, AccountsUnreadable

if TYPE_CHECKING:
    from memory.db.fence import Fence

FILE_NAME = "accounts.sqlite3"
VERSION = 4  # 2: where accounts were signed in from; 3: grants; 4: houses
NEWER = "a newer version of EgoButler wrote it", "Update the one that runs here."
TABLES = ("account", "session", "token", "source", "home_grant")  # a row's references stand before
_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    id {number},
    name TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    home TEXT NOT NULL,
    created {real} NOT NULL,
    house TEXT NOT NULL DEFAULT '',
    epoch INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS session (
    hash {blob} PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    created {real} NOT NULL,
    seen {real} NOT NULL,
    device TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS token (
    hash {blob} PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account INTEGER REFERENCES account ON DELETE CASCADE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created {real} NOT NULL,
    expires {real},
    used {real}
);
CREATE TABLE IF NOT EXISTS source (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    hash {blob} NOT NULL,
    seen {real} NOT NULL,
    PRIMARY KEY (account, hash)
);
CREATE TABLE IF NOT EXISTS home_grant (
    id TEXT PRIMARY KEY,
    giver INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    taker INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    narrowed TEXT NOT NULL,
    given {real} NOT NULL,
    ends {real} NOT NULL,
    ended {real}
);
"""
_BEFORE_HOUSES = """ALTER TABLE account ADD COLUMN house TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0"""


def upgrades(version: int, number: str, blob: str, real: str) -> list[str]:
    """Statements for today's tables from those of a version; with types of ids, hashes, times."""
    script = _SCHEMA.format(number=number, blob=blob, real=real)
    script += _BEFORE_HOUSES if 0 < version < 4 else ""
    return [statement for statement in script.split(";") if statement.strip()]


class AccountsDatabase(Protocol):
    """Rows of accounts, sessions, tokens and grants. Threads may share one."""

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        """All rows of a query. Raises AccountsUnreadable."""

    def change(self) -> AbstractContextManager[Any]:
        """All or nothing, one at a time. Raises AccountsUnreadable, AccountsChanged."""

    def close(self) -> None:
        """Closes what is open of it; it opens again when it is needed."""


class AccountsFile:
    """Rows of the file. It comes into being with the first change; until then it is empty."""

    def __init__(self, root: Path, fence: Fence | None = None) -> None:
        self._fence = fence
        self.path = root / FILE_NAME
        self._guard = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        """All rows of a query; none where there is no file. Raises AccountsUnreadable."""
        with self._guard, self._explained():
            connection = self._opened(create=False)
            found = connection.execute(sql, parameters) if connection else ()
            return [dict(row) for row in found]

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; makes the file where there is none.

        Raises:
            AccountsUnreadable: it cannot be written.
            FenceLost: another machine may write it now.
        """
        with self._guard, self._explained():
            connection = self._opened(create=True)
            assert connection is not None
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                if self._fence is not None:
                    self._fence.check()
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Closes the file; it opens again when it is needed."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            self._connection = self._inode = None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise AccountsChanged from None
        except (sqlite3.Error, OSError) as error:
            raise AccountsUnreadable(self.path, str(error)) from error

    def _opened(self, *, create: bool) -> sqlite3.Connection | None:
        """The connection; a new one where the file came, went or was restored meanwhile."""
        identity = self._identity()
        if self._connection is not None and identity != self._inode:
            self.close()
        if self._connection is None and (create or identity is not None):
            self._connection = self._open()
            self._inode = self._identity()
        return self._connection

    def _identity(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return None
        return stat.st_dev, stat.st_ino

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(  # makes an empty file; what it will hold is for its owner
            self.path, timeout=10.0, check_same_thread=False, isolation_level=None
        )
        try:
            if os.stat(self.path).st_uid == os.geteuid():
                self.path.chmod(0o600)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA secure_delete=ON")
            if self._version(connection) < VERSION:
                connection.execute("BEGIN IMMEDIATE")
                types = "INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB", "REAL"
                for statement in upgrades(self._version(connection), *types):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
                connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _version(self, connection: sqlite3.Connection) -> int:
        """That of its tables. Raises AccountsUnreadable where a newer program wrote it."""
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise AccountsUnreadable(self.path, *NEWER)
        return version
