"""A copy of a database as it was at one instant, made while others read and write it.

It is plain text for as long as it is needed: what somebody deletes meanwhile would live on in it.
So it lies in a folder behind a lock that dies with its process, in the home or beside what is made
of it, and whoever opens the home, or copies to the same place, sweeps what a process that was
killed has left.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from memory.db import disk_space as disk
from memory.db import sqlite_errors
from memory.types.errors import StoreBusy, StoreError, StoreUnwritable
from memory.types.messages import UserMessage, os_reason

FOLDER = Path("tmp") / "keeping"
_LOCK = "keeping.lock"
_SCRATCH = ".egobutler-"  # how folders for copies are called outside a home


class KeepingBusy(StoreBusy):
    """Another backup or export of the same home is being made."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"another backup or export of {home} is being made. Wait until it has finished, then "
            "try again."
        )


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Keeps other backups and exports of a home away; one that can only be read needs no such.

    Raises:
        KeepingBusy: another one is at it.
    """
    if not os.access(home, os.W_OK):
        yield
        return
    lock = FileLock(home / _LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise KeepingBusy(home) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def keeping(home: Path) -> Iterator[Path]:
    """A folder of the home for copies, gone afterwards; one process and thread at a time has it.

    Raises:
        KeepingBusy: another one is at it.
    """
    folder = home / FOLDER
    with alone(home):
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, mode=0o700)
            yield Path(tempfile.mkdtemp(dir=folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(home: Path) -> None:
    """Removes the copies that a process left which was killed."""
    if not os.path.isdir(home / FOLDER) or not os.access(home, os.W_OK):
        return
    with suppress(KeepingBusy, OSError), keeping(home):
        pass


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A private folder in ``parent`` for copies, gone afterwards; first, those of the dead go.

    Raises:
        StoreUnwritable: nothing can be written there.
    """
    for lock_file in parent.glob(f"{_SCRATCH}*.lock"):
        with suppress(OSError, NotImplementedError, Timeout), _locked(lock_file):
            pass
    folder = parent / f"{_SCRATCH}{secrets.token_hex(8)}"
    with ExitStack() as until:
        try:
            with suppress(NotImplementedError):  # a file system without locks: nobody sweeps there
                until.enter_context(_locked(folder.with_suffix(".lock")))
            folder.mkdir(mode=0o700)
        except OSError as error:
            if disk.is_full(error):
                raise disk.DiskNearlyFull(parent, 0, disk.free(parent)) from error
            why = os_reason(error)
            refusal = UserMessage("memory.choose-another-place", folder=parent, why=why)
            raise StoreUnwritable(refusal) from error
        until.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Holds the lock of a folder for copies; both are gone afterwards."""
    lock = FileLock(file, thread_local=False)
    lock.acquire(timeout=0)
    try:
        yield
    finally:
        shutil.rmtree(file.with_suffix(""), ignore_errors=True)
        if os.name == "posix":  # elsewhere what is open has to be let go of first
            file.unlink(missing_ok=True)
        lock.release()
        file.unlink(missing_ok=True)


def copy_database(
    source: Path, target: Path, reading: str = "mode=ro", reserve: int = disk.RESERVE
) -> None:
    """Writes the database as it is now, in one file, checked.

    Those who use ``source`` go on meanwhile: whoever reads a write-ahead log holds up none.

    Args:
        source: the database.
        target: the file to write; its folder is private.
        reading: SQLite's words for how ``source`` is opened.
        reserve: bytes that must stay free on the disk of ``target``.

    Raises:
        StoreDamaged: it is not sound; no copy is left.
        DiskNearlyFull: there is no room for the copy.
        StoreError: it cannot be read or written for another reason.
    """
    size = source.stat().st_size
    disk.require(target.parent, size, reserve)
    try:
        # Read only: a connection that may write would take the log in when it is closed.
        uri = f"{source.absolute().as_uri()}?{reading}"
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as live:
            copy_to(live, target)
    except sqlite3.DatabaseError as error:
        target.unlink(missing_ok=True)
        raise _explained(error, source, target, size) from error


def _explained(error: sqlite3.Error, source: Path, target: Path, size: int) -> StoreError:
    if sqlite_errors.is_full(error):
        return disk.DiskNearlyFull(target, size, disk.free(target))
    return sqlite_errors.explain(error, target if sqlite_errors.in_writing(error) else source)


def copy_to(live: sqlite3.Connection, target: Path) -> None:
    """Copies what a connection reads to a new file, and checks it. Raises sqlite3.DatabaseError."""
    target.touch(mode=0o600)
    with closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        verdict = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise sqlite3.DatabaseError(str(verdict))


class Snapshot:
    """A database as it was at one instant: ``file`` is its bytes, ``rows`` its contents.

    Where the system lets it, it has no name on the disk: it is gone when its process dies.
    """

    def __init__(
        self, source: Path, folder: Path, reading: str, reserve: int = disk.RESERVE
    ) -> None:
        """Copies ``source`` into ``folder``, with the arguments and errors of ``copy_database``."""
        with ExitStack() as until:
            path = until.enter_context(scratch(folder)) / source.name
            copy_database(source, path, reading, reserve)
            self.file = until.enter_context(path.open("rb"))
            self.rows = until.enter_context(closing(sqlite3.connect(path)))
            self.rows.execute("SELECT 1 FROM sqlite_master").fetchone()
            if os.name == "posix":
                shutil.rmtree(path.parent)
            self._until = until.pop_all()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *error: object) -> None:
        self._until.close()
