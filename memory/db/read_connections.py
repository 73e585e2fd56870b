"""Connections that only read, so that whoever reads waits neither for a writer nor in a queue.

They are opened read-only: SQLite lets such a connection neither write nor checkpoint, so they do
not touch what ``database`` says of the write-ahead log. Each read sees what was committed when it
began.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

MOST = 8  # reads at once; more would only share the same few cores
_CACHE = 8_000  # kilobytes of pages that each connection may hold
_PATIENCE = 30.0  # seconds that closing waits for reads in hand


class ReadConnectionPool:
    """The reading connections of one open database. Threads share them, each read has one alone."""

    def __init__(self, path: Path, reading: str = "mode=ro") -> None:
        """``path`` is a database that somebody holds open as long as this lives.

        ``reading`` is how SQLite opens it.
        """
        self._path, self._file, self._reading = path, _identity(path), reading
        self._turns = threading.BoundedSemaphore(MOST)
        self._guard = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._watching: sqlite3.Connection | None = None  # numbers of two connections differ
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[sqlite3.Connection | None]:
        """A connection for one read; None where there is none to be had."""
        with self._turns:
            connection = self._taken()
            try:
                yield connection
            finally:
                if connection is not None:
                    self._give(connection)

    def fetch(self, sql: str, parameters: object) -> list[sqlite3.Row] | None:
        """All rows of a query; None where no connection is to be had."""
        with self.one() as connection:
            return None if connection is None else fetch(connection, sql, parameters)

    def version(self) -> int | None:
        """A number that is another one after every commit, of any process; None where unknown."""
        with self._guard:
            if self._watching is None and not self._closed:
                self._watching = self._opened()
            if self._watching is None:
                return None
            return int(self._watching.execute("PRAGMA data_version").fetchone()[0])

    def _taken(self) -> sqlite3.Connection | None:
        with self._guard:
            if self._closed:
                return None
            if self._idle:
                return self._idle.pop()  # the last one used: its pages are the newest
        return self._opened()

    def _give(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _opened(self) -> sqlite3.Connection | None:
        if _identity(self._path) != self._file:  # another home took its place: that one is not ours
            return None
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?{self._reading}",
                uri=True,
                timeout=30.0,
                check_same_thread=False,
            )
            connection.execute(f"PRAGMA cache_size = -{_CACHE}")
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        except sqlite3.Error:  # the shared connection says what is wrong, if anything is
            if connection is not None:
                connection.close()
            return None
        return connection

    def close(self) -> None:
        """Ends the reads in hand, waiting for them, and closes every connection."""
        with self._guard:
            self._closed = True
            idle, self._idle = [*self._idle, self._watching], []
            self._watching = None
        for connection in filter(None, idle):
            connection.close()
        held = [self._turns.acquire(timeout=_PATIENCE) for _ in range(MOST)]
        for _ in filter(None, held):
            self._turns.release()


def fetch(connection: sqlite3.Connection, sql: str, parameters: object) -> list[sqlite3.Row]:
    """All rows of a query, by column name."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cast("list[sqlite3.Row]", cursor.execute(sql, cast(Any, parameters)).fetchall())


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever it is called."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
