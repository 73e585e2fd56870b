"""A backup becomes a home again, at the same place or another, or nothing is changed at all.

All of it is unpacked beside, checked, brought up to date and opened there first; only then does it
take the place of the old home, which stays beside as the restore point.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from filelock import FileLock, Timeout

from memory.backup.backup import Told, no_progress
from memory.backup.check import Contents, read_through
from memory.backup.encryption import BackupError, BackupKey
from memory.backup.format import ORIGINALS, BackupHeader, UnsafeMember, private
from memory.db import disk_space as disk
from memory.db.atomic_replace import place_of, put_in_place, staging
from memory.db.database import FILE_NAME
from memory.integrity.file_faults import FileFault
from memory.repositories.linked_files import DOUBT
from memory.store.store import Store
from memory.types.errors import StoreDamaged
from memory.types.paths import HomePaths, Stored, decode, encode, job_id


class HomeNotEmpty(BackupError):
    """There is something already where a backup was to be restored."""

    def __init__(self, home: Path, remedy: str = "") -> None:
        super().__init__(
            f"{home} is not empty. "
            + (
                remedy
                or "Restore to another place with --home, or add --replace: the old home is then "
                "kept beside the new one."
            )
        )


class HomeInUse(BackupError):
    """A program has the home open that is to be replaced."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"{home} is in use by another EgoButler. Stop it (close the app, or: systemctl stop "
            "egobutler), then try again; nothing was changed."
        )


@dataclass(frozen=True, slots=True)
class Restored:
    """A home that came back. ``point`` is where the old one is kept, None where there was none.

    ``faults`` are the files that were damaged or missing already when the backup was made.
    """

    home: Path
    about: BackupHeader
    point: Path | None
    faults: tuple[FileFault, ...] = ()


def restore(
    file: Path,
    home: Path,
    key: BackupKey,
    *,
    replace: bool = False,
    on_progress: Told = no_progress,
) -> Restored:
    """Unpacks a backup into ``home``.

    Args:
        file: the backup.
        home: a folder that holds no memories; with ``replace`` it may hold some.
        key: ``BackupKey.of(file, passphrase)``.
        replace: keep an old home beside and put this one in its place.
        on_progress: called with what is done, and bytes done and in all.

    Raises:
        HomeNotEmpty: there are memories, and ``replace`` was not said.
        HomeInUse: another process has the old home open.
        BackupError: the backup is damaged or too new.
        StoreError: there is no room, or the place cannot be written.
    """
    home = place_of(home)
    nothing = holds_nothing(home)
    with free_place(home, replace=replace), staging(home) as coming:
        try:
            contents = _unpack(file, coming, key, on_progress)
        except OSError as error:
            if disk.is_full(error):
                raise disk.DiskNearlyFull(home, 0, disk.free(home.parent)) from error
            raise
        bring_up(coming)
        _settle_paths(coming, contents.about, home)
        point = put_in_place(coming, home, opens)
    if nothing and point is not None:
        shutil.rmtree(point)
        point = None
    return Restored(home, contents.about, point, contents.faults or ())


@contextmanager
def free_place(home: Path, *, replace: bool) -> Iterator[None]:
    """Holds a place that may become a home: nobody else writes there meanwhile.

    Raises HomeNotEmpty, HomeInUse.
    """
    if not holds_nothing(home) and not replace:
        raise HomeNotEmpty(home)
    if not (home / FILE_NAME).exists():
        yield
        return
    lock = FileLock(home / "writer.lock", thread_local=False)
    try:
        lock.acquire(timeout=1)
    except Timeout:
        raise HomeInUse(home) from None
    try:
        _refuse_if_open(home)
        yield
    finally:
        lock.release()


def holds_nothing(home: Path) -> bool:
    """Whether nothing would be lost with this folder: not there, empty, or an empty home."""
    if not home.exists():
        return True
    if not home.is_dir():
        return False
    if not (home / FILE_NAME).exists():
        return not any(home.iterdir())
    if any(path.is_file() for name in ORIGINALS for path in (home / name).rglob("*")):
        return False
    try:
        with closing(sqlite3.connect(f"{(home / FILE_NAME).as_uri()}?mode=ro", uri=True)) as db:
            tables = ("recording", "job", "person", "device")
            return not any(
                db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables
            )
    except sqlite3.DatabaseError:
        return False


def _refuse_if_open(home: Path) -> None:
    """A write-ahead log is given up only while no other connection is there."""
    with closing(sqlite3.connect(home / FILE_NAME, timeout=0.5)) as db:
        try:
            db.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise HomeInUse(home) from error
        except sqlite3.DatabaseError:
            return  # damaged, which is why it is replaced; nobody can work with it


def _unpack(file: Path, coming: Path, key: BackupKey, on_progress: Told) -> Contents:
    total = 0

    def before(about: BackupHeader) -> None:
        nonlocal total
        total = about.size
        disk.require(coming, about.size)

    def take(name: str) -> IO[bytes]:
        target = coming / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            return private(target, "x")
        except (FileExistsError, NotADirectoryError) as error:
            raise UnsafeMember(f"{name!r} is in it twice") from error

    return read_through(
        file,
        key,
        take=take,
        before=before,
        on_progress=lambda done: on_progress("unpacking", done, total),
    )


def bring_up(coming: Path) -> None:
    """Opens a home that is not in its place yet, which brings it up to date, and looks at it.

    Raises:
        StoreError: it does not open, or is not sound.
    """
    opens(coming)
    with closing(sqlite3.connect(coming / FILE_NAME)) as db:
        for question in ("PRAGMA integrity_check(1)", "PRAGMA foreign_key_check"):
            row = db.execute(question).fetchone()
            if row not in (None, ("ok",)):
                raise StoreDamaged(coming / FILE_NAME, str(row[0]))


def opens(home: Path) -> None:
    """Opens a home and closes it. Raises StoreError where that cannot be done."""
    store = Store(home)
    store.recordings.all()
    store.close()


def _settle_paths(coming: Path, about: BackupHeader, home: Path) -> None:
    """What lay in the old home lies in the new one; what nobody works on any more is queued again.

    A file that the backup was made without stays where it was, if it is there; what it holds has to
    be proved, whatever the backup says of that.
    """
    with closing(sqlite3.connect(coming / FILE_NAME)) as db, db:
        db.execute("DELETE FROM doubt")
        for number, path in db.execute("SELECT id, path FROM recording").fetchall():
            moved = _moved(path, coming, about, home)
            db.execute("UPDATE recording SET path = ? WHERE id = ?", [moved, number])
            if not _brought(decode(moved), coming):
                db.execute(DOUBT, [number])
        for number, path in db.execute("SELECT id, path FROM job WHERE path <> ''").fetchall():
            moved = _moved(path, coming, about, home)
            if moved != path:
                db.execute(
                    "UPDATE OR REPLACE job SET id = ?, path = ? WHERE id = ?",
                    [job_id(moved), moved, number],
                )
        db.execute(
            "UPDATE job SET state = 'queued', owner = '', lease_until = 0 WHERE state = 'running'"
        )


def _brought(path: str, coming: Path) -> bool:
    """Whether the file of a recording came with the backup itself."""
    name = PurePosixPath(path)
    plain = ".." not in name.parts and name.parts[:1] and name.parts[0] in ORIGINALS
    return bool(plain) and (coming / name).is_file()


def _moved(value: Stored, coming: Path, about: BackupHeader, home: Path) -> Stored:
    """The path of a row, which may be of an older version, as the new home is to hold it."""
    path = decode(value)
    inside = about.home.rstrip(about.separator) + about.separator
    if path.startswith(inside):
        name, before = path[len(inside) :].replace(about.separator, "/"), path
    elif os.path.isabs(path):
        return value
    else:
        name, before = path, inside + path.replace("/", about.separator)
    if not (coming / name).exists() and os.path.exists(before):
        return HomePaths(home).stored(before)
    return encode(name)
