"""Opening the database of a home: pragmas, migrations, one connection writes, others read.

SQLite before 3.51.3 can corrupt a write-ahead log when two connections write or checkpoint at once.
So every transaction holds a lock between processes; checkpoints happen inside it only. Connections
that merely read are opened read-only: SQLite lets them neither write nor checkpoint. Each read sees
what was committed when it began, and waits neither for a writer nor in a queue.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from memory.db.migrations import migrate, newest
from memory.db.read_only import READING, connect, readable
from memory.db.sqlite_errors import explain, of_the_file
from memory.db.without_pandas import Database
from memory.db.writer_lock import WriterLock
from memory.types.errors import StoreError, StoreReadOnly, StoreTooNew
from memory.types.paths import HomePaths

if TYPE_CHECKING:
    from memory.db.fence import Fence

FILE_NAME = "memory.sqlite3"
PATIENCE = 60.0  # seconds that a writer waits for another one before it gives up
MOST = 8  # reads at once; more would only share the same few cores
_CACHE = 8_000  # kilobytes of pages that each reading connection may hold
_CLOSING = 30.0  # seconds that closing waits for reads in hand
# Errors of what is written, not of where: they go on to whoever wrote it.
_OURS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)
_READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_log = logging.getLogger(__name__)


def is_database(path: str | Path) -> bool:
    """Whether a path leads to a database of ours, or to its log.

    Only SQLite may open it: to close it as a plain file takes away this process's locks (POSIX).
    """
    return ".sqlite3" in os.path.basename(os.path.realpath(path))


class HomeDatabase:
    """A home's database: one connection writes, behind a lock; reads of other threads go beside it.

    A thread inside ``transaction`` reads what it has written itself; all others what is committed.
    ``path`` is the file that is read: for a home that is only read it may be a copy elsewhere.
    """

    def __init__(
        self,
        home: Path,
        patience: float = PATIENCE,
        *,
        barred: str = "",
        fence: Fence | None = None,
    ) -> None:
        """``barred`` is why the home can only be read; empty where it can be written.

        ``fence`` is asked whether this machine may write, where another could.
        """
        self._fenced = fence is not None
        self._check_fence = fence.check if fence is not None else lambda: None
        self.path, self.reading = home / FILE_NAME, READING
        self.paths = HomePaths(home)
        self.barred = barred
        self._home = home
        self._copies = ExitStack()
        if barred:
            self.path, self.reading = readable(self.path, self._copies)
        self._guard = threading.RLock()
        self._turn = threading.RLock()  # whoever waits for other processes must not hold up readers
        self._writer = WriterLock(self.path.parent, patience)
        self._writing = 0
        self._inside = 0  # the thread that is in a transaction
        try:
            in_place = barred and self.path.parent == home
            self._db = self._open_in_place() if in_place else self._open()
        except BaseException:
            self._copies.close()
            raise
        self._readers = ReadConnectionPool(self.path, self.reading)

    def _open_in_place(self) -> Database:
        """The database of a home that is only read; it is up to date."""
        db = Database(connect(self.path, self.reading))
        if {name for (name,) in db.execute("SELECT name FROM _sqlite_migrations")} - newest():
            db.close()
            raise StoreTooNew(self.path)
        return db

    def _open(self) -> Database:
        try:
            connection = sqlite3.connect(self.path, timeout=30.0, check_same_thread=False)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        try:
            for pragma in (
                "journal_mode=WAL",
                "synchronous=NORMAL",
                "foreign_keys=ON",
                "secure_delete=ON",  # what a person deletes must not linger in free pages
            ):
                connection.execute(f"PRAGMA {pragma}")
            db = Database(connection)
            if not migrate(db, lambda: self._writer):
                raise StoreTooNew(self._home / FILE_NAME)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise explain(error, self.path) from error
        except BaseException:
            connection.close()
            raise
        return db

    def require_writable(self) -> None:
        """Does nothing where the home can be written. Raises StoreReadOnly."""
        if self.barred:
            raise StoreReadOnly(self._home, self.barred)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the home's writer lock: at most one process at a time adds or deletes.

        Waits for its turn, at most a minute.

        Raises:
            StoreReadOnly: the home can only be read.
            StoreBusy: another process kept it too long; the text names its process id.
            FenceLost: another machine may write to it now.
        """
        self.require_writable()
        self._check_fence()
        with self._turn:
            if self._writing == 0:
                self._writer.acquire()
            self._writing += 1
        try:
            yield
        finally:
            with self._turn:
                self._writing -= 1
                if self._writing == 0:
                    self._writer.release()

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """All or nothing: what is written inside is visible to others only at the end."""
        with self.writing(), self._guard:
            try:
                with self._begun():
                    yield self._db
            except sqlite3.DatabaseError as error:
                if isinstance(error, _OURS):
                    raise
                raise explain(error, self.path) from error

    @contextmanager
    def _begun(self) -> Iterator[None]:
        """Takes the write lock at the outset.

        A transaction that begins by reading and then finds another connection writing fails at
        once; one that begins as a writer waits its turn.
        """
        connection = self._db.conn
        if connection.in_transaction:
            with self._db.atomic():
                yield
            return
        connection.execute("BEGIN IMMEDIATE")
        self._inside = threading.get_ident()
        try:
            yield
            self._check_fence()
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite itself gives some up, as on a full disk
                connection.execute("ROLLBACK")
            raise
        finally:
            self._inside = 0

    def rows(self, sql: str, parameters: object = ()) -> list[sqlite3.Row]:
        """All rows of a query, by column name.

        Raises:
            StoreError: the part of the file that holds them cannot be read.
        """
        try:
            if self._inside != threading.get_ident() and _READS.match(sql):
                rows = self._readers.fetch(sql, parameters)
                if rows is not None:
                    return rows
            with self._guard:
                return fetch(self._db.conn, sql, parameters)
        except sqlite3.DatabaseError as error:
            if of_the_file(error):
                raise explain(error, self.path) from error
            raise

    def version(self) -> int | None:
        """A number that changes with every commit, whoever wrote; None where it is not known."""
        return self._readers.version()

    def forget_log(self) -> None:
        """Empties the write-ahead log, where what was deleted would linger until it is full."""
        with suppress(sqlite3.DatabaseError), self.writing(), self._guard:
            if not self._db.conn.in_transaction:  # nor while a reader or a full disk is in the way
                self._db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def compact(self) -> bool:
        """Writes the file again without what was deleted, and empties the log beside it.

        Returns:
            Whether the log is empty: not while another process reads, who then empties it later.

        Raises:
            StoreError: a part of the file cannot be read, or there is no room.
        """
        with self.writing(), self._guard:
            try:
                self._db.conn.execute("VACUUM")
            except sqlite3.DatabaseError as error:
                raise explain(error, self.path) from error
            for _ in range(20):
                busy = self._db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                if not busy:
                    return True
                time.sleep(0.1)
            return False

    def integrity(self, *, quick: bool = False) -> str:
        """``ok``, or what SQLite finds wrong with the file; ``quick`` leaves the indexes out.

        Looked at through a fresh connection: one that has searched before another process writes
        calls a sound text index malformed (SQLite 3.46).
        """
        fresh = connect(self.path, self.reading if self.barred else "mode=rw")
        try:
            check = "quick_check(1)" if quick else "integrity_check"
            return str(fresh.execute(f"PRAGMA {check}").fetchone()[0])
        except sqlite3.DatabaseError as error:
            raise explain(error, self.path) from error
        finally:
            fresh.close()

    def close(self) -> None:
        """Closes the connection; the object cannot be used afterwards.

        The last connection of all takes the write-ahead log in, which is writing.
        """
        self._readers.close()
        with suppress(StoreError), self.writing(), self._guard:
            self._db.conn.close()
            return
        if self._fenced:  # it goes with the process, which takes in no log
            return
        with self._guard:
            self._db.conn.close()
        self._copies.close()


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
    def connection(self) -> Iterator[sqlite3.Connection | None]:
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
        with self.connection() as connection:
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
        held = [self._turns.acquire(timeout=_CLOSING) for _ in range(MOST)]
        for _ in filter(None, held):
            self._turns.release()


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever it is called."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def fetch(connection: sqlite3.Connection, sql: str, parameters: object) -> list[sqlite3.Row]:
    """All rows of a query, by column name."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cast("list[sqlite3.Row]", cursor.execute(sql, cast(Any, parameters)).fetchall())
