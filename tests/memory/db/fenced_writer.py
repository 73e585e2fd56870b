"""A process that writes to a home, behind a fence, until it may not; and leases in a plain file.

    python -m tests.memory.db.fenced_writer HOME PLACE NAME SECONDS

It says "wrote" after its first line, and "lost" when it is refused.
"""

from __future__ import annotations

import fcntl
import hashlib
import sys
import time
from pathlib import Path

from memory.db.fence import Fence, FenceLost, Lease, LeaseConflict, Leases
from memory.store.store import Store


class FileLeases:
    """A lease in a file of this machine, written on condition: one process at a time compares."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    def read(self) -> tuple[Lease, str] | None:
        """The lease, and the hash of it."""
        with self._path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            text = file.read()
        return (Lease.from_json(text), _tag(text)) if text else None

    def write(self, lease: Lease, tag: str | None) -> str:
        """Raises LeaseConflict where another was there before."""
        with self._path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before = file.read()
            if tag != (_tag(before) if before else None):
                raise LeaseConflict
            file.seek(0)
            file.truncate()
            file.write(lease.to_json())
        return _tag(lease.to_json())


def _tag(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def leases(place: str) -> Leases:
    """In S3, or in a file."""
    if not place.startswith("s3://"):
        return FileLeases(Path(place))
    from app.server.object_lease import ObjectLease

    return ObjectLease(place)


def write_on(home: Path, place: str, name: str, seconds: float) -> None:
    """Takes the fence, then writes a line every 20 ms until it is refused."""
    fence = Fence(leases(place), name, seconds)
    fence.take()
    store = Store.open(home, fence=fence)
    try:
        for number in range(100_000):
            store.audit.write(name, "line", str(number))
            if number == 0:
                print("wrote", flush=True)
            time.sleep(0.02)
    except FenceLost as error:
        print("lost", error, flush=True)


if __name__ == "__main__":
    write_on(Path(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4]))
