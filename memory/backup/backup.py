"""A home in one encrypted file: its database as it was at one instant, pictures and recordings.

key = SealKey.make(passphrase)
back_up(store, Path("monday.backup.tar"), key)

Inside the encryption lies a plain tar: about.json, memory.sqlite3, the files, and last a manifest
with the SHA-256 of each. Database first, files second: a picture is on the disk before its row, so
every row of the copy has its picture, but for those that were deleted meanwhile. Memory stays flat
however large the home is. The file has its name only when it is whole and was read through once.

As a recording is written its SHA-256 is compared with the recorded one. What is damaged or missing
is listed in the backup, which is then called ``….damaged…`` and takes the place of no other.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, TypeAlias

from memory.backup import format as backup_parts
from memory.backup.check import read_through
from memory.backup.encryption import BackupError, BackupKey, encrypting
from memory.backup.format import (
    ABOUT,
    FAULTS,
    MANIFEST,
    BackupHeader,
    check_name,
    forget_members,
    manifest_line,
    private,
)
from memory.db import disk_space as disk
from memory.db.database import FILE_NAME
from memory.db.read_only import READING
from memory.db.snapshot import Snapshot, alone
from memory.integrity.file_faults import FaultKind, FileFault, recorded_files, remember_damage
from memory.integrity.stray_files import stray_files
from memory.store.store import Store
from memory.types.messages import UserMessage, os_reason

Told: TypeAlias = Callable[[str, int, int], None]
_BLOCK = 2**20


def no_progress(doing: str, done: int, total: int) -> None:
    """The listener of those who do not watch."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made, of ``size`` bytes.

    ``faults`` are files of the home that are not what was recorded; ``originals`` is whether the
    recordings that are kept in the home are in it.
    """

    path: Path
    size: int
    made: float
    recordings: int
    faults: tuple[FileFault, ...] = ()
    originals: bool = True


def back_up(
    store: Store,
    target: Path,
    key: BackupKey,
    *,
    originals: bool = True,
    on_progress: Told = no_progress,
) -> Backup:
    """Writes a home to one file, reads it through once, and then gives it its name.

    Args:
        store: the home; it may be written meanwhile.
        target: the file; one of the same name is replaced at the very end, but not by a backup of
            damaged recordings, whose name says so (``Backup.path``).
        key: what it is encrypted with.
        originals: also the recordings that are kept in the home.
        on_progress: called with what is done ("writing", "checking"), and bytes done and in all.

    Raises:
        BackupError: the target cannot be used, or a file changed while it was read.
        StoreError: the home is damaged, its disk is full, or another backup is being made.
    """
    with alone(store.home):
        return back_up_alone(store, target, key, originals=originals, on_progress=on_progress)


def back_up_alone(
    store: Store,
    target: Path,
    key: BackupKey,
    *,
    originals: bool = True,
    on_progress: Told = no_progress,
) -> Backup:
    """The same, by whoever keeps others away already (``memory.db.snapshot.alone``)."""
    if target.is_dir():
        raise BackupError(f"{target} is a folder; name a file, or use --to for a folder.")
    if not target.parent.is_dir():
        raise BackupError(f"there is no folder {target.parent}; create it, or name another place.")
    spare, database = disk.reserve(target, store.home), store.database
    with Snapshot(database.path, target.parent, database.reading, spare) as copy:
        writing = _Writing(store, copy, target.parent, originals, on_progress)
        return _write_checked(target, writing, key, spare)


def _write_checked(target: Path, writing: _Writing, key: BackupKey, spare: int) -> Backup:
    partial, on_progress = target.with_name(f".{target.name}.partial"), writing.told
    try:
        disk.require(target.parent, writing.about.size, spare)
        _write(partial, writing, key)
        size = partial.stat().st_size
        checked = read_through(
            partial, key, on_progress=lambda done: on_progress("checking", done, size)
        )
        writing.remember_damage()
        final_path = target if not writing.faults else damaged_name(target)
        os.replace(partial, final_path)
        disk.fsync_directory(target.parent)
    except OSError as error:
        raise _explained(error, target, writing.about.size) from error
    finally:
        partial.unlink(missing_ok=True)
    about = checked.about
    return Backup(
        final_path, size, about.made, about.recordings, tuple(writing.faults), about.originals
    )


def damaged_name(target: Path) -> Path:
    """``monday.damaged.backup.tar`` for ``monday.backup.tar``: a name that nothing has yet."""
    stem, dot, rest = target.name.partition(".")
    names = (f"{stem}.damaged{n or ''}{dot}{rest}" for n in range(1000))
    return next(path for name in names if not (path := target.with_name(name)).exists())


def _write(partial: Path, writing: _Writing, key: BackupKey) -> None:
    with private(partial, "w") as file:
        with encrypting(file, key) as stream:
            writing.into(stream)
        file.flush()
        os.fsync(file.fileno())


def _explained(error: OSError, target: Path, size: int) -> BackupError | disk.DiskNearlyFull:
    if disk.is_full(error):
        return disk.DiskNearlyFull(target, size, disk.free(target.parent))
    where, why = error.filename or target, os_reason(error)
    return BackupError(UserMessage("memory.backup-failed", target=target, where=where, why=why))


class _Writing:
    """The members of one backup, in order."""

    def __init__(
        self, store: Store, copy: Snapshot, folder: Path, originals: bool, on_progress: Told
    ) -> None:
        home = store.home
        self._store, self._home, self._copy, self._folder = store, home, copy, folder
        self._originals, self.told = originals, on_progress
        self.faults: list[FileFault] = []
        if stray_files(store).lost:
            self.faults.append(FileFault(FILE_NAME, "lost"))
        self._done = 0
        recordings = copy.rows.execute("SELECT count(*) FROM recording").fetchone()[0]
        schema = copy.rows.execute("SELECT name FROM _sqlite_migrations").fetchall()
        self._expected = recorded_files(copy.rows, store.database.paths, home) if originals else {}
        self._read = [*self._expected.values()]
        self.about = BackupHeader(
            str(home), time.time(), tuple(name for (name,) in schema), recordings, self._size(),
            originals,
        )  # fmt: skip

    def _size(self) -> int:
        """Bytes of everything that will be written, as far as it is there now."""
        total = os.fstat(self._copy.file.fileno()).st_size
        for _, path in self._files():
            try:
                total += path.stat().st_size
            except OSError:
                continue
        return total

    def _files(self) -> Iterator[tuple[str, Path]]:
        pictures = self._copy.rows.execute("SELECT DISTINCT path FROM picture_file ORDER BY path")
        for (name,) in pictures:
            yield name, self._home / check_name(name)
        yield from backup_parts.files(self._home, self._originals)

    def into(self, stream: BinaryIO) -> None:
        """Writes all members."""
        with (
            tempfile.TemporaryFile(dir=self._folder) as manifest,
            tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            self._put_bytes(tar, ABOUT, self.about.text(), manifest)
            self._put_open(tar, FILE_NAME, self._copy.file, manifest)
            for name, path in self._files():
                if path.name.endswith(".sqlite3"):  # those of others are copied as carefully
                    with Snapshot(path, self._folder, READING, 0) as copy:
                        self._put_open(tar, name, copy.file, manifest)
                else:
                    self._put(tar, name, path, manifest)
            for name in self._expected:
                self._note_fault(name, "missing")
            faults = json.dumps([fault.row() for fault in self.faults]).encode()
            self._put_bytes(tar, FAULTS, faults, manifest)
            size = manifest.tell()
            manifest.seek(0)
            _add(tar, MANIFEST, size, manifest)

    def _put_bytes(self, tar: tarfile.TarFile, name: str, data: bytes, manifest: IO[bytes]) -> None:
        _add(tar, name, len(data), io.BytesIO(data))
        manifest.write(manifest_line(name, len(data), hashlib.sha256(data).hexdigest()))

    def _put(self, tar: tarfile.TarFile, name: str, path: Path, manifest: IO[bytes]) -> None:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            self._note_fault(name, "missing")
            self._expected.pop(name, None)
            return
        with file:
            digest = self._put_open(tar, name, file, manifest)
        if name in self._expected and self._expected[name].sha256 != digest:
            self._note_fault(name, "content")
        self._expected.pop(name, None)

    def _put_open(
        self, tar: tarfile.TarFile, name: str, file: BinaryIO, manifest: IO[bytes]
    ) -> str:
        """Writes an open file as a member. Returns its SHA-256."""
        size = os.fstat(file.fileno()).st_size
        read = _Hashing(file, self._note)
        try:
            _add(tar, name, size, read)
        except OSError as error:
            if error.args == ("unexpected end of data",):
                shorter = UserMessage("memory.shorter-while-read", name=name)
                raise BackupError(shorter) from error
            raise
        digest = read.digest.hexdigest()
        manifest.write(manifest_line(name, size, digest))
        return digest

    def _note_fault(self, name: str, fault: FaultKind) -> None:
        """Notes a file that is not what the copied database says, unless that has changed since."""
        expected = self._expected.get(name)
        if expected is None:
            if self._store.database.rows("SELECT 1 FROM picture_file WHERE path = ?", [name]):
                self.faults.append(FileFault(name, fault))
            return
        now = self._store.recordings.get(expected.id)
        if now is None or now.file_removed:  # deleted since the database was copied
            return
        if now.sha256 != expected.sha256:
            raise BackupError(UserMessage("memory.forgotten-while-read", name=name))
        self.faults.append(FileFault(name, fault, expected.id))

    def remember_damage(self) -> None:
        """Lets those know of it who do not read all files."""
        remember_damage(self._store, self._read, self.faults)

    def _note(self, count: int) -> None:
        self._done += count
        self.told("writing", min(self._done, self.about.size), self.about.size)


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes], on_progress: Callable[[int], None]) -> None:
        self._file, self._told = file, on_progress
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._file.read(size)
        self.digest.update(data)
        self._told(len(data))
        return data


def _add(tar: tarfile.TarFile, name: str, size: int, source: IO[bytes] | _Hashing) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    tar.addfile(info, source)
    forget_members(tar)
