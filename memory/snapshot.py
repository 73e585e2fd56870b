"""A copy of a database as it was at one instant, made while others read and write it.

It is plain text on the disk for as long as it is needed: what somebody deletes meanwhile would live
on in it. So it lies in one folder of the home, behind a lock that dies with its process, and
whoever opens the home next sweeps what a process that was killed has left.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from memory import disk
from memory.errors import StoreBusy, StoreDamaged

FOLDER = Path("tmp") / "keeping"
_LOCK = "keeping.lock"


class KeepingBusy(StoreBusy):
    """Another backup or export of the same home is being made."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"another backup or export of {home} is being made. Wait until it has finished, then "
            "try again."
        )


@contextmanager
def keeping(home: Path) -> Iterator[Path]:
    """A folder for copies, gone afterwards; one process and thread at a time has it.

    Raises:
        KeepingBusy: another one is at it.
    """
    lock = FileLock(home / _LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise KeepingBusy(home) from None
    folder = home / FOLDER
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        yield Path(tempfile.mkdtemp(dir=folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def sweep(home: Path) -> None:
    """Removes the copies that a process left which was killed."""
    if not (home / FOLDER).is_dir():
        return
    with suppress(KeepingBusy, OSError), keeping(home):
        pass


def copy_database(source: Path, target: Path) -> None:
    """Writes the database as it is now, in one file, checked.

    Those who use ``source`` go on meanwhile: whoever reads a write-ahead log holds up none.

    Raises:
        StoreDamaged: it is not sound; no copy is left.
        DiskNearlyFull: there is no room for the copy.
    """
    disk.require(target.parent, source.stat().st_size)
    try:
        _copy(source, target)
    except sqlite3.OperationalError as error:
        target.unlink(missing_ok=True)
        if "disk" in str(error) or "full" in str(error):
            raise disk.DiskNearlyFull(target, source.stat().st_size, disk.free(target)) from error
        raise StoreBusy(f"{source} is in use ({error}). Try again in a moment.") from error
    except sqlite3.DatabaseError as error:
        target.unlink(missing_ok=True)
        raise StoreDamaged(source, str(error)) from error


def _copy(source: Path, target: Path) -> None:
    # Read only: a connection that may write would take the log in when it is closed.
    with closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=30)) as live:
        target.touch(mode=0o600)
        with closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(str(found))
