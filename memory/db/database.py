"""Opening the database of a home: pragmas, migrations, one connection writes, others read.

SQLite before 3.51.3 can corrupt a write-ahead log when two connections write or checkpoint at once.
So every transaction holds a lock between processes; checkpoints happen inside it only, and those
who merely read leave the log alone.
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
from typing import Any, cast

from filelock import FileLock, Timeout
from sqlite_utils import Database

from memory.db.migrations import MIGRATIONS, newest
from memory.db.read_connections import ReadConnectionPool
from memory.db.read_only import READING, connect, readable
from memory.db.sqlite_errors import explain, of_the_file
from memory.types.errors import StoreBusy, StoreError, StoreReadOnly, StoreTooNew, StoreUnwritable
from memory.types.messages import UserMessage, os_reason
from memory.types.paths import HomePaths

FILE_NAME = "memory.sqlite3"
PATIENCE = 60.0  # seconds that a writer waits for another one before it gives up
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

    def __init__(self, home: Path, patience: float = PATIENCE, *, barred: str = "") -> None:
        """``barred`` is why the home can only be read; empty where it can be written."""
        self.path, self.reading = home / FILE_NAME, READING
        self.paths = HomePaths(home)
        self.barred = barred
        self._home = home
        self._copies = ExitStack()
        if barred:
            self.path, self.reading = readable(self.path, self._copies)
        self._patience = patience
        self._guard = threading.RLock()
        self._turn = threading.RLock()  # whoever waits for other processes must not hold up readers
        # Not per thread: whichever thread leaves last must be able to let go.
        self._writer = FileLock(self.path.with_name("writer.lock"), thread_local=False)
        self._writer_pid = self.path.with_name("writer.pid")
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
            self._migrate(db)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise explain(error, self.path) from error
        except BaseException:
            connection.close()
            raise
        return db

    def _migrate(self, db: Database) -> None:
        known = {migration.name for migration in MIGRATIONS.pending(db)}
        applied = {migration.name for migration in MIGRATIONS.applied(db)}
        if applied - newest():
            raise StoreTooNew(self._home / FILE_NAME)
        if known:
            with self._writer.acquire(timeout=30):  # two processes may open a new home at once
                MIGRATIONS.apply(db)

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
        """
        self.require_writable()
        with self._turn:
            if self._writing == 0:
                self._acquire_writer()
            self._writing += 1
        try:
            yield
        finally:
            with self._turn:
                self._writing -= 1
                if self._writing == 0:
                    self._writer.release()

    def _acquire_writer(self) -> None:
        try:
            self._writer.acquire(timeout=self._patience, poll_interval=0.005)
        except Timeout:
            pid = self._writer_pid.read_text() if self._writer_pid.exists() else "unknown"
            busy = UserMessage("memory.home-in-use", pid=pid, folder=self.path.parent)
            raise StoreBusy(busy) from None
        except OSError as error:
            why, folder = os_reason(error), self.path.parent
            unwritable = UserMessage("memory.folder-unwritable", folder=folder, why=why)
            raise StoreUnwritable(unwritable) from error
        self._sign()

    def _sign(self) -> None:
        """Leaves this process's number for whoever waits in vain."""
        mine = str(os.getpid())
        try:
            if not self._writer_pid.exists() or self._writer_pid.read_text() != mine:
                self._writer_pid.write_text(mine)
        except OSError:  # a full disk: nobody is told who it is, and nothing else is lost
            _log.info("the writer's process number could not be written", exc_info=True)

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """All or nothing: what is written inside is visible to others only at the end."""
        with self.writing(), self._guard:
            try:
                with self._begun(), self._db.atomic():
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
            yield
            return
        connection.execute("BEGIN IMMEDIATE")
        self._inside = threading.get_ident()
        try:
            yield
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
        if self._inside != threading.get_ident() and _READS.match(sql):
            with self._readers.one() as connection:
                if connection is not None:
                    return self._fetched(connection, sql, parameters)
        with self._guard:
            return self._fetched(self._db.conn, sql, parameters)

    def _fetched(
        self, connection: sqlite3.Connection, sql: str, parameters: object
    ) -> list[sqlite3.Row]:
        cursor = connection.cursor()
        cursor.row_factory = sqlite3.Row
        try:
            found = cursor.execute(sql, cast(Any, parameters)).fetchall()
        except sqlite3.DatabaseError as error:
            if of_the_file(error):
                raise explain(error, self.path) from error
            raise
        return cast("list[sqlite3.Row]", found)

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
        with self._guard:
            self._db.conn.close()
        self._copies.close()
