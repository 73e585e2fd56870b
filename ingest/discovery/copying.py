"""A copy of a recording inside the home, for those who want the home to stand by itself.

Without it a recording stays where it is and the home only points to it. A copy is found by its
content, ``originals/ab/abcd…/walk.mp4``, and keeps name and time of change, because both can be all
that tells when it was recorded. It is there whole and checked, or not at all.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ingest.errors import UnreadableMedia, unreadable
from memory.db import disk_space as disk
from memory.db.media_files import COPIES, MediaFolder
from memory.deletion.files import digest as digest_of
from memory.types.messages import UserMessage, os_reason

_BLOCK = 4 * 2**20
_STALE = 86_400.0  # seconds after which a half-made copy has no owner any more


def _unwatched(copied: int) -> None:
    """The listener of those who do not watch."""


def keep_copy(
    media: MediaFolder,
    path: Path,
    digest: str,
    *,
    reserve: int = disk.RESERVE,
    on_copied: Callable[[int], None] = _unwatched,
) -> Path:
    """Copies a file into the home, unless its content is there already, and says where it lies.

    Args:
        media: the files of the home.
        path: the file; it is only read.
        digest: its SHA-256 in hex; the copy is checked against it as it is made.
        reserve: bytes that must stay free on the home's disk.
        on_copied: called with the bytes copied so far; what it raises ends the copy cleanly.

    Raises:
        DiskNearlyFull: there is no room for it.
        UnreadableMedia: the file cannot be read, or is not the one that was hashed.
    """
    originals = media.home / COPIES
    copy_folder = originals / digest[:2] / digest
    if (there := _whole(copy_folder, path, digest)) is not None:
        return there
    disk.require(media.home, _size(path), reserve)
    partial = originals / ".partial"
    partial.mkdir(parents=True, exist_ok=True)
    _sweep(partial)
    number, name = tempfile.mkstemp(prefix=f"{digest[:16]}-", suffix=".part", dir=partial)
    copy = Path(name)
    try:
        with os.fdopen(number, "wb") as target:
            _copy(path, target, digest, on_copied)
        return _place(copy, path, copy_folder)
    except OSError as error:
        if disk.is_full(error):
            size = _size(path)
            raise disk.DiskNearlyFull(media.home, size + reserve, disk.free(media.home)) from error
        raise
    finally:
        copy.unlink(missing_ok=True)


def _whole(copy_folder: Path, path: Path, digest: str) -> Path | None:
    """The copy that is there already and still is what was copied."""
    copies = sorted(copy_folder.iterdir()) if copy_folder.is_dir() else []
    return next((copy for copy in copies if _holds(copy, _size(path), digest)), None)


def _holds(copy: Path, size: int, digest: str) -> bool:
    return copy.stat().st_size == size and digest_of(copy) == digest.lower()


def _copy(path: Path, target: BinaryIO, digest: str, on_copied: Callable[[int], None]) -> None:
    seen, copied = hashlib.sha256(), 0
    for block in _blocks(path):
        seen.update(block)
        target.write(block)
        copied += len(block)
        on_copied(copied)
    if seen.hexdigest() != digest.lower():
        raise unreadable(path, "ingest.changed-while-copied", "ingest.add-when-written")
    target.flush()
    os.fsync(target.fileno())


def _blocks(path: Path) -> Iterator[bytes]:
    """The file's bytes. An error in here is one of the file, never of the disk that is written."""
    try:
        with path.open("rb", buffering=0) as source:
            while block := source.read(_BLOCK):
                yield block
    except OSError as error:
        raise _unreadable(path, error) from error


def _place(copy: Path, path: Path, copy_folder: Path) -> Path:
    try:
        about = path.stat()
        os.utime(copy, ns=(about.st_atime_ns, about.st_mtime_ns))
    except FileNotFoundError:  # unplugged since: what was read is whole all the same
        pass
    copy_folder.mkdir(parents=True, exist_ok=True)
    target = copy_folder / path.name
    os.replace(copy, target)  # over an equal one, where another process was faster
    for folder in (copy_folder, copy_folder.parent):
        disk.fsync_directory(folder)
    return target


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UnreadableMedia:
    reason = UserMessage("ingest.it-cannot-be-read", why=os_reason(error))
    return UnreadableMedia(path, reason, UserMessage("ingest.check-disk"))


def _sweep(partial: Path) -> None:
    """Removes what processes that died left half copied."""
    for leftover in partial.glob("*.part"):
        if time.time() - leftover.stat().st_mtime > _STALE:
            leftover.unlink(missing_ok=True)
