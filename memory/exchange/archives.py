"""A folder or a ZIP file, written whole or not at all, and read with limits."""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, cast

from memory.backup.format import UnsafeMember, check_name, private
from memory.db import disk_space as disk
from memory.types.errors import StoreError
from memory.types.messages import UserMessage, os_reason

MOST_MEMBERS = 20_000_000
_RATIO = 200  # bytes that a packed byte may become: text packs to a tenth, bombs to a thousandth
_SMALL = 2**20  # bytes below which nobody counts
_BLOCK = 2**20
_PACKED = (".jpg", ".jpeg", ".mp4", ".mkv", ".mov", ".webm", ".m4a", ".mp3")
_DAMAGED = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, EOFError,
)  # fmt: skip


class ArchiveError(StoreError):
    """An archive cannot be written, or is not one that may be read."""


class ArchiveWriter(Protocol):
    """Where files go. Names are relative, with ``/``."""

    def add(self, name: str, blocks: Iterable[bytes]) -> int:
        """Writes a file. Returns its bytes."""


@contextmanager
def archive_writer(target: Path) -> Iterator[ArchiveWriter]:
    """A ZIP file where ``target`` ends in .zip, else a folder; it has its name once it is whole.

    Raises:
        ArchiveError: there is something of that name already, or no folder to put it in.
        DiskNearlyFull: there is no room.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ArchiveError(f"{target} exists already; name another, or move that one away.")
    if not target.parent.is_dir():
        raise ArchiveError(f"there is no folder {target.parent}; create it, or name another place.")
    partial = target.with_name(f".{target.name}.partial")
    _remove(partial)
    try:
        if target.suffix.lower() == ".zip":
            with private(partial, "w") as file:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
                    yield _Packed(packed)
                file.flush()
                os.fsync(file.fileno())
        else:
            partial.mkdir(mode=0o700)
            yield _Folder(partial)
        if target.is_dir():
            target.rmdir()
        os.replace(partial, target)
        disk.fsync_directory(target.parent)
    except OSError as error:
        if disk.is_full(error):
            raise disk.DiskNearlyFull(target, 0, disk.free(target.parent)) from error
        why = os_reason(error)
        raise ArchiveError(
            UserMessage("memory.archive-not-written", target=target, why=why)
        ) from error
    finally:
        _remove(partial)


def _remove(partial: Path) -> None:
    if partial.is_dir() and not partial.is_symlink():
        shutil.rmtree(partial, ignore_errors=True)
    else:
        partial.unlink(missing_ok=True)


class _Packed:
    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed

    def add(self, name: str, blocks: Iterable[bytes]) -> int:
        info = zipfile.ZipInfo(name)  # of 1980: equal contents make equal files
        stored = name.lower().endswith(_PACKED)
        info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._packed.open(info, "w", force_zip64=True) as file:
            return _pour(blocks, file)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, blocks: Iterable[bytes]) -> int:
        target = self._folder / check_name(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with private(target, "x") as file:
            return _pour(blocks, file)


def _pour(blocks: Iterable[bytes], file: IO[bytes]) -> int:
    return sum(file.write(block) for block in blocks)


def blocks_of(path: Path) -> Iterator[bytes]:
    """A file in pieces."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


class ArchiveReader(Protocol):
    """An archive to read: its files by name with their sizes in bytes."""

    sizes: dict[str, int]

    def open(self, name: str) -> IO[bytes]:
        """One of its files."""


@contextmanager
def source(path: Path) -> Iterator[ArchiveReader]:
    """A ZIP file or folder to read, every name and size looked at before anything is unpacked.

    Raises:
        ArchiveError: it is no archive, damaged, a bomb, or names files outside of itself.
    """
    try:
        if path.is_dir():
            yield _FolderSource(path)
        else:
            with zipfile.ZipFile(path) as packed:
                yield _PackedSource(packed)
    except _DAMAGED as error:
        raise ArchiveError(
            f"{path} is damaged, or no ZIP file ({error}); nothing was taken in."
        ) from error
    except UnsafeMember as error:
        raise ArchiveError(f"{path} cannot be trusted: {error}; nothing was taken in.") from error


class _PackedSource:
    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        members = packed.infolist()
        if len(members) > MOST_MEMBERS:
            raise UnsafeMember(f"it holds {len(members)} files")
        self.sizes: dict[str, int] = {}
        for member in members:
            if member.is_dir():
                continue
            check_name(member.filename)
            if member.filename in self.sizes:
                raise UnsafeMember(f"{member.filename!r} is in it twice")
            if member.flag_bits & 1:
                raise UnsafeMember(f"{member.filename!r} is encrypted")
            if member.file_size > max(_SMALL, member.compress_size * _RATIO):
                raise UnsafeMember(f"{member.filename!r} would become {member.file_size} bytes")
            self.sizes[member.filename] = member.file_size

    def open(self, name: str) -> IO[bytes]:
        return self._packed.open(name)  # ends at the size that was said, and checks the CRC


class _FolderSource:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sizes = {
            path.relative_to(folder).as_posix(): path.stat().st_size
            for path in folder.rglob("*")
            if path.is_file() and not path.is_symlink()
        }

    def open(self, name: str) -> IO[bytes]:
        return cast(IO[bytes], (self._folder / check_name(name)).open("rb"))
