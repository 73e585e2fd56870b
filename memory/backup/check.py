"""Reading a backup from one end to the other: every member is one that may be, and is whole."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, TypeAlias

from memory.backup.encryption import BackupDamaged, BackupKey, decrypting
from memory.backup.format import (
    ABOUT,
    FAULTS,
    MANIFEST,
    BackupHeader,
    UnsafeMember,
    check_name,
    forget_members,
    manifest_line,
)
from memory.db.database import FILE_NAME
from memory.integrity.file_faults import FileFault

Taker: TypeAlias = Callable[[str], IO[bytes]]
_BLOCK = 2**20
_LARGEST_ABOUT = 2**20
_LARGEST_FAULTS = 2**28


@dataclass(frozen=True, slots=True)
class Contents:
    """What was found in a backup; ``size`` is bytes of its members.

    ``faults`` are the files that were damaged or missing when it was made, None where nobody
    looked: older versions did not compare recordings with what was recorded.
    """

    about: BackupHeader
    members: int
    size: int
    faults: tuple[FileFault, ...] | None = None


def _unwatched(done: int) -> None:
    """The listener of those who do not watch."""


def read_through(
    file: Path,
    key: BackupKey,
    *,
    take: Taker | None = None,
    before: Callable[[BackupHeader], None] = lambda about: None,
    on_progress: Callable[[int], None] = _unwatched,
) -> Contents:
    """Decrypts a whole backup and compares each member with the manifest.

    Args:
        file: the backup.
        key: what opens it.
        take: gives the file, open for writing, into which a member goes; None writes nothing.
        before: called once it is known what the backup is, before anything is taken.
        on_progress: called with the bytes that were read.

    Raises:
        BackupDamaged: it is cut off, changed, or holds what no backup of ours does.
        BackupTooNew: a newer version made it.
    """
    try:
        with decrypting(file, key) as stream:
            return _Reading(file, stream, take, on_progress).all(before)
    except UnsafeMember as error:
        raise BackupDamaged(file, str(error)) from error


class _Reading:
    def __init__(
        self, file: Path, stream: BinaryIO, take: Taker | None, on_progress: Callable[[int], None]
    ) -> None:
        self._file, self._stream, self._take, self._told = file, stream, take, on_progress
        self._manifest = hashlib.sha256()
        self._members_read = 0
        self._has_database = False
        self._faults: tuple[FileFault, ...] | None = None
        self._done = 0

    def all(self, before: Callable[[BackupHeader], None]) -> Contents:
        """Every member, in order."""
        about: BackupHeader | None = None
        with tarfile.open(fileobj=self._stream, mode="r|") as tar:
            for name, size, source in self._members(tar):
                if about is None:
                    about = self._read_about(name, size, source)
                    before(about)
                elif name == MANIFEST:
                    self._compare(source)
                    break
                elif name == FAULTS:
                    self._faults = self._read_faults(size, source)
                else:
                    self._one(name, size, source)
            else:
                raise UnsafeMember("its manifest is missing")
        if about is None or not self._has_database:
            raise UnsafeMember("it holds no database")
        return Contents(about, self._members_read, self._done, self._faults)

    def _members(self, tar: tarfile.TarFile) -> Iterator[tuple[str, int, IO[bytes]]]:
        for member in tar:
            forget_members(tar)
            check_name(member.name)
            source = tar.extractfile(member) if member.isreg() and not member.issparse() else None
            if source is None:
                raise UnsafeMember(f"{member.name!r} is no plain file")
            yield member.name, member.size, source

    def _read_about(self, name: str, size: int, source: IO[bytes]) -> BackupHeader:
        if name != ABOUT or size > _LARGEST_ABOUT:
            raise UnsafeMember("it does not say what it is")
        text = source.read()
        self._manifest.update(manifest_line(name, size, hashlib.sha256(text).hexdigest()))
        return BackupHeader.read(text, self._file)

    def _read_faults(self, size: int, source: IO[bytes]) -> tuple[FileFault, ...]:
        if size > _LARGEST_FAULTS:
            raise UnsafeMember(f"its {FAULTS} is endless")
        text = source.read()
        self._manifest.update(manifest_line(FAULTS, size, hashlib.sha256(text).hexdigest()))
        try:
            return tuple(map(FileFault.read, json.loads(text)))
        except (ValueError, TypeError, RecursionError) as error:
            raise UnsafeMember(f"{FAULTS} cannot be read") from error

    def _one(self, name: str, size: int, source: IO[bytes]) -> None:
        self._members_read += 1
        self._has_database |= name == FILE_NAME
        target = None if self._take is None else self._take(name)
        digest = hashlib.sha256()
        try:
            while block := source.read(_BLOCK):
                digest.update(block)
                if target is not None:
                    target.write(block)
                self._done += len(block)
                self._told(self._done)
        finally:
            if target is not None:
                target.close()
        self._manifest.update(manifest_line(name, size, digest.hexdigest()))

    def _compare(self, source: IO[bytes]) -> None:
        sha256 = hashlib.sha256()
        while block := source.read(_BLOCK):
            sha256.update(block)
        if sha256.digest() != self._manifest.digest():
            raise UnsafeMember("its members are not those of its manifest")
