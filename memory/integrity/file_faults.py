"""Compare the files of recordings with what was recorded: presence, size, SHA-256.

for fault in file_faults(store, deep=True):
    print(fault.path, fault.fault)
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from memory.db import row_mapping as rows
from memory.store.store import Store
from memory.types.core import Recording
from memory.types.errors import StoreError
from memory.types.paths import HomePaths

FaultKind: TypeAlias = Literal["missing", "size", "content", "unreadable", "lost"]
FAULTS: tuple[FaultKind, ...] = ("missing", "size", "content", "unreadable", "lost")
Listener: TypeAlias = Callable[[str, int, int], None]  # what is done, bytes done, bytes in all
_DAMAGED = "damaged-files"  # SHA-256 → what the damaged file looks like


@dataclass(frozen=True, slots=True)
class FileFault:
    """A file that is not what was recorded.

    ``path`` is relative to the home where the file is ``inside`` it. ``recording_id`` is empty for
    pictures, and for a database that has ``lost`` what it knew of the files beside it.
    """

    path: str
    fault: FaultKind
    recording_id: str = ""
    inside: bool = True

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def read(cls, row: Any) -> FileFault:
        """What ``row()`` gave. Raises ValueError where it is something else."""
        texts = isinstance(row, dict) and all(
            isinstance(row.get(name), str) for name in ("path", "fault", "recording_id")
        )
        if not texts or row["fault"] not in FAULTS:
            raise ValueError("no fault of a file")
        return cls(row["path"], row["fault"], row["recording_id"], row.get("inside") is not False)


def silent(doing: str, done: int, total: int) -> None:
    """The listener of those who do not watch."""


def with_files(recordings: Iterable[Recording]) -> list[Recording]:
    """The recordings that are files: imports are text, and what a rule removed is not missed."""
    return [
        recording
        for recording in recordings
        if recording.kind != "import" and not recording.file_removed
    ]


def recorded_files(
    connection: sqlite3.Connection, paths: HomePaths, home: Path
) -> dict[str, Recording]:
    """The files of recordings that are kept inside a home, by their names in it."""
    connection.row_factory = sqlite3.Row
    rows_of = connection.execute("SELECT * FROM recording ORDER BY path").fetchall()
    recordings = with_files(rows.to_recording(row, paths) for row in rows_of)
    named = ((name_in(home, recording), recording) for recording in recordings)
    return {name: recording for name, recording in named if name is not None}


def name_in(home: Path, recording: Recording) -> str | None:
    """The name of a recording's file inside the home; None where it lies outside."""
    path = Path(home, recording.path)
    if ".." in path.parts or not path.is_relative_to(home):
        return None
    return path.relative_to(home).as_posix()


def file_faults(
    store: Store, *, deep: bool = False, listen: Listener = silent
) -> Iterator[FileFault]:
    """The files that are missing, of another size, or were damaged when they were read last.

    ``deep`` reads every byte of all of them, and remembers what was damaged.
    """
    recordings = with_files(store.recordings.all())
    total, done = sum(recording.size for recording in recordings), 0
    faults: list[FileFault] = []
    damaged = _damaged(store)
    for recording in recordings:
        fault = known_fault(store, recording, damaged)
        if deep and fault in (None, "content"):
            fault = content_fault(recording)
        done += recording.size
        listen("reading", done, total)
        if fault is not None:
            faults.append(fault_of(store.home, recording, fault))
            yield faults[-1]
    if deep:
        remember_damage(store, recordings, faults)


def kept_faults(store: Store) -> list[FileFault]:
    """What is known to be wrong with the recordings inside the home: a look at each, no more."""
    recordings = [
        recording
        for recording in with_files(store.recordings.all())
        if name_in(store.home, recording) is not None
    ]
    damaged = _damaged(store)
    faults = ((recording, known_fault(store, recording, damaged)) for recording in recordings)
    return [
        fault_of(store.home, recording, fault) for recording, fault in faults if fault is not None
    ]


def content_fault(recording: Recording) -> FaultKind | None:
    """Reads the file of a recording: None where it has the recorded SHA-256, or is not there."""
    try:
        with open(recording.path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    except OSError:
        return "unreadable"
    return None if digest == recording.sha256 else "content"


def known_fault(
    store: Store, recording: Recording, damaged: Mapping[str, list[int]] | None = None
) -> FaultKind | None:
    """What is wrong with the file of a recording, as far as that is known without reading it.

    ``damaged`` spares whoever asks of many recordings a look into the preferences for each.
    """
    try:
        status = os.stat(recording.path)
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError:
        return "unreadable"
    if not stat.S_ISREG(status.st_mode):
        return "missing"
    if recording.size not in (0, status.st_size):
        return "size"
    known = _damaged(store) if damaged is None else damaged
    if known.get(recording.sha256) == _look(status):
        return "content"
    if name_in(store.home, recording) is not None:  # no camera uses the names of the home again
        return None
    return "content" if store.original(recording, read=False) is None else None


def remember_damage(store: Store, read: Iterable[Recording], faults: Iterable[FileFault]) -> None:
    """Keeps which of the files that were ``read`` are damaged, for those who do not read them.

    A file that has changed since is another one, of which nothing is known. Files are named by what
    they should hold, so that no name of one that is forgotten is left.
    """
    known = _damaged(store)
    done = {recording.sha256 for recording in read}
    now = {
        sha256: look
        for sha256, look in known.items()
        if sha256 not in done and store.recordings.by_sha256(sha256) is not None
    }
    damaged = {fault.recording_id for fault in faults if fault.fault == "content"}
    for recording in read:
        if recording.id in damaged:
            with suppress(OSError):
                now[recording.sha256] = _look(os.stat(recording.path))
    if now != known:
        with suppress(StoreError):  # a home that cannot be written: it is read again
            store.preferences.put(_DAMAGED, now)


def _damaged(store: Store) -> dict[str, list[int]]:
    return dict(store.preferences.get(_DAMAGED, {}))


def _look(status: os.stat_result) -> list[int]:
    """What a file looks like from outside; a copy in its place has another time of change."""
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def fault_of(home: Path, recording: Recording, fault: FaultKind) -> FileFault:
    """A fault of this recording's file."""
    name = name_in(home, recording)
    if name is not None:
        return FileFault(name, fault, recording.id)
    return FileFault(recording.path, fault, recording.id, inside=False)
