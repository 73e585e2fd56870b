"""Measure free disk space, and refuse clearly before it is used up.

A full disk is survivable only while there is room left to say so: the database needs some to
finish what it is in. Whoever writes something large asks here first and leaves the RESERVE alone.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from memory.types.errors import StoreUnwritable
from memory.types.messages import UserMessage

RESERVE = 256 * 2**20  # bytes that large files must leave free: the database and its log grow
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class DiskNearlyFull(StoreUnwritable):
    """A disk has no room for what is to be written. ``needed`` and ``available`` are bytes."""

    def __init__(self, path: Path, needed: int, available: int) -> None:
        self.path, self.needed, self.left = path, needed, available
        super().__init__(
            path, needed, available
        )  # the arguments survive pickling to another process

    def __str__(self) -> str:
        name, left, needed = self.path.name or self.path, self.left, self.needed
        return UserMessage(
            "memory.disk-nearly-full", name=name, left=size_words(left), needed=size_words(needed)
        )


def free(path: Path) -> int:
    """Bytes that can still be written where ``path`` is, or would be."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def require(path: Path, size: int, reserve: int = RESERVE) -> None:
    """Does nothing where ``size`` bytes fit beside ``path`` and ``reserve`` bytes stay free.

    Raises:
        DiskNearlyFull: they do not; ``needed`` counts the reserve.
    """
    available = free(path)
    if available < size + reserve:
        raise DiskNearlyFull(path, size + reserve, available)


def reserve(path: Path, home: Path) -> int:
    """Bytes that must stay free beside ``path``: the home needs them on its own disk."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return RESERVE if path.stat().st_dev == home.stat().st_dev else 0


def is_full(error: OSError) -> bool:
    """Whether a write failed for want of room: the disk's, a quota's, or the file system's."""
    return error.errno in _FULL


def fsync_directory(folder: Path) -> None:
    """Makes a rename survive a power cut, where the system can."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders, and needs not
        return
    try:
        os.fsync(number)
    finally:
        os.close(number)


def used(folder: Path) -> int:
    """Bytes of the files in a folder and below; what vanishes meanwhile counts nothing."""
    total, folders = 0, [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return total


def size_words(size: float) -> str:
    """``12.3 GB``, ``640 MB``, ``12 kB``: as shops and cameras count."""
    if size >= 1e9:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
