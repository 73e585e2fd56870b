"""A file as memory, and a say in which of its pages are held.

The system would hold whatever was touched until it runs short, at the expense of everything else
on a person's machine. Here each page's last use is noted, pages are fetched ahead of their use,
many at once, and dropped when told: from the process and from the system's cache of files.

Reads and writes go through the mapping. A full disk would there be a signal that ends the process;
`reserve` takes the place on the disk first, where it is an error that can be caught.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import mmap
import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

PAGE = mmap.PAGESIZE
PIECE = max(PAGE, 128 * 1024)
"""Linux fetches no more than a device's read-ahead at one request, 128 KiB unless changed."""
PINNED = np.iinfo(np.uint32).max

Places = NDArray[np.int64]


class OffloadUnsupported(RuntimeError):
    """This system has no say in which pages of a file are held."""


class KVFileFull(OSError):
    """There is no room left for keys and values; nothing was written."""


class MappedFile(mmap.mmap):
    """Bytes of an open file as memory; what is made of them keeps the mapping alive.

    Attributes:
        descriptor: The open file, owned.
        private: Whether what is written stays in this process, in memory, and the file as it was.
        address: Where in memory it begins.
        used: When each page was last used, uint32 [pages]; 0 for not held, PINNED for never to be
            dropped.
        held: How many pages are held.
    """

    descriptor: int
    private: bool
    address: int
    used: NDArray[np.uint32]
    held: int

    def __new__(cls, descriptor: int, size: int, private: bool = False) -> MappedFile:
        """Map the first `size` bytes; the descriptor is closed with the mapping.

        Raises:
            OffloadUnsupported: The system cannot drop pages.
        """
        if not hasattr(mmap, "MADV_DONTNEED") or not hasattr(mmap, "MAP_PRIVATE"):
            raise OffloadUnsupported(
                "keys and values can lie in files on Linux and macOS only; use a cache in memory"
            )
        flags = mmap.MAP_PRIVATE if private else mmap.MAP_SHARED
        mapping = super().__new__(cls, descriptor, size, flags=flags)
        mapping.madvise(mmap.MADV_RANDOM)  # nothing is fetched that was not asked for
        mapping.descriptor, mapping.private = descriptor, private
        mapping.address = torch.frombuffer(mapping, dtype=torch.uint8).data_ptr()
        mapping.used = np.zeros(-(-size // PAGE), dtype=np.uint32)
        mapping._dirty = np.zeros(-(-size // PAGE), dtype=np.bool_)
        mapping.held = 0
        weakref.finalize(mapping, os.close, descriptor)
        return mapping

    _dirty: NDArray[np.bool_]

    def tensor(self, shape: tuple[int, ...], dtype: torch.dtype, offset: int = 0) -> Tensor:
        """A tensor over some of the bytes."""
        count = int(np.prod(shape))
        return torch.frombuffer(self, dtype=dtype, count=count, offset=offset).view(shape)

    def use(self, pages: Places, now: int, writing: bool = False) -> Places:
        """Note that pages are about to be used; `pages` are distinct.

        Returns:
            Those that were not held.
        """
        before = self.used[pages]
        new: Places = pages[before == 0]
        if writing and self.private:  # nowhere to drop it to
            self.used[pages] = PINNED
        else:
            self.used[pages[before != PINNED]] = now
        self.held += len(new)
        return new

    def soil(self, pages: Places) -> None:
        """Note that pages will be written to, after anything that is dropped before."""
        self._dirty[pages] = True

    def fetch(self, pages: Places) -> None:
        """Begin to read ascending pages from the disk, all at once; do not wait."""
        for first, count in _runs(pages):
            end = min((first + count) * PAGE, len(self))
            for begin in range(first * PAGE, end, PIECE):
                self.madvise(mmap.MADV_WILLNEED, begin, min(PIECE, end - begin))

    def drop(self, pages: Places) -> None:
        """Let go of ascending pages; what was written is on the disk before."""
        if self._dirty[pages].any():
            getattr(os, "fdatasync", os.fsync)(self.descriptor)
            self._dirty[:] = False
        for first, count in _runs(pages):
            begin, size = first * PAGE, min(count * PAGE, len(self) - first * PAGE)
            self.madvise(mmap.MADV_DONTNEED, begin, size)
            forget(self.descriptor, begin, size)
        self.used[pages] = 0
        self.held -= len(pages)

    def resident(self, first: int = 0, end: int | None = None) -> NDArray[np.bool_]:
        """Which of the pages [first, end) the system holds, as it says itself."""
        end = len(self.used) if end is None else end
        residency = np.zeros(end - first, dtype=np.uint8)
        if len(residency) and _libc().mincore(
            ctypes.c_void_p(self.address + first * PAGE), ctypes.c_size_t(len(residency) * PAGE),
            residency.ctypes.data_as(ctypes.c_void_p),
        ):  # fmt: skip
            raise OSError(ctypes.get_errno(), "the system does not say what it holds (mincore)")
        return (residency & 1).astype(np.bool_)

    def audit(self, now: int, first: int, end: int) -> int:
        """Bring what is noted of the pages [first, end) in line with what the system says.

        Returns:
            How many pages were held unnoticed, because something read without saying so.
        """
        resident, used = self.resident(first, end), self.used[first:end]
        unnoticed = resident & (used == 0)
        gone = ~resident & (used > 0) & (used < PINNED)
        used[unnoticed], used[gone] = now, 0
        count = int(np.count_nonzero(unnoticed))
        self.held += count - int(np.count_nonzero(gone))
        return count

    def reserve(self, begin: int, end: int) -> None:
        """Take place on the disk for bytes that will be written.

        Raises:
            DiskFull: There is none.
        """
        if self.private or end <= begin:
            return
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.descriptor, begin, end - begin)
            else:
                _write_zeros(self.descriptor, begin, end)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise KVFileFull(
                error.errno,
                f"no room on the disk for {end - begin:,} more bytes of keys and values; nothing "
                "was written. Free some space, name a folder on another disk, or read less",
            ) from error


def forget(descriptor: int, begin: int, size: int) -> None:
    """Have the system let go of bytes of a file, where it can be told; size 0 is all."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, begin, size, os.POSIX_FADV_DONTNEED)


def refuse_memory(folder: Path) -> None:
    """Stop where a folder's files are themselves in memory.

    Raises:
        OffloadUnsupported: They are.
    """
    device = os.stat(folder).st_dev
    here = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    except OSError:  # another system than Linux: not known
        return
    for mount in mounts.splitlines():
        about, _, kind = mount.partition(" - ")
        if about.split()[2] == here and kind.split()[0] in ("tmpfs", "ramfs"):
            raise OffloadUnsupported(
                f"{folder} lies in memory ({kind.split()[0]}): name a folder on a disk"
            )


def _write_zeros(descriptor: int, begin: int, end: int) -> None:
    """Take place where the system has no call for it."""
    zeros = bytes(1 << 20)
    for place in range(begin, end, len(zeros)):
        os.pwrite(descriptor, zeros[: end - place], place)


def _runs(pages: Places) -> list[tuple[int, int]]:
    """Ascending pages as (first, count) of neighbours."""
    if not len(pages):
        return []
    begins = np.flatnonzero(np.diff(pages, prepend=pages[0] - 2) != 1)
    counts = np.diff(begins, append=len(pages))
    return list(zip(pages[begins].tolist(), counts.tolist()))


@functools.cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)
