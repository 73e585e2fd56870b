"""The rows and files of a home in open formats: JSON lines, JPEG, and the recordings themselves."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from memory.backup.backup import Told, no_progress
from memory.backup.format import ORIGINALS, check_name
from memory.exchange.archives import ArchiveWriter, blocks_of
from memory.exchange.json_rows import FORMAT, Column, columns, lines, plain
from memory.integrity.file_faults import FileFault, fault_of, name_in, with_files
from memory.store.store import TABLES, Store
from memory.types.core import Recording
from memory.types.paths import encode, shown

ABOUT = "export.json"


def data_name(table: str) -> str:
    """Where the rows of a table are."""
    return f"data/{table}.jsonl"


def stored_columns(copy: Store) -> dict[str, tuple[Column, ...]]:
    """The columns of every table of what a home remembers."""
    with closing(sqlite3.connect(copy.database.path)) as db:
        return {table: columns(db, table) for table in TABLES}


def put_rows(copy: Store, into: ArchiveWriter, files: Mapping[str, Original]) -> None:
    """Writes every table of what a home remembers.

    ``files`` are the recordings that are written as well, by their names in the export.
    """
    names_of = {original.recording.id: name for name, original in files.items()}
    extra = {
        recording.id: {"path": plain(encode(recording.path))}
        | ({"file": names_of[recording.id]} if recording.id in names_of else {})
        for recording in copy.recordings.all()
    }
    with closing(sqlite3.connect(copy.database.path)) as db:
        for table in TABLES:
            into.add(data_name(table), lines(db, table, extra if table == "recording" else {}))
        names = [name for (name,) in db.execute("SELECT name FROM _sqlite_migrations")]
    about = {
        "application": "EgoButler",
        "format": FORMAT,
        "made": time.time(),
        "schema": names,
        "recordings": len(copy.recordings.all()),
        "originals": bool(files),
    }
    into.add(ABOUT, [json.dumps(about, indent=1).encode()])


def put_files(
    copy: Store,
    home: Path,
    into: ArchiveWriter,
    files: Mapping[str, Original],
    on_progress: Told = no_progress,
) -> Iterator[FileFault]:
    """Writes pictures and recordings; yields what of them is not there or not what was recorded."""
    pictures = copy.database.rows("SELECT DISTINCT path FROM picture_file ORDER BY path")
    sources: list[tuple[str, Path, Recording | None]] = [
        (row["path"], home / check_name(row["path"]), None) for row in pictures
    ]
    sources += [(name, files[name].path, files[name].recording) for name in sorted(files)]
    done, total = 0, sum(_size(path) for _, path, _ in sources)
    for name, path, recording in sources:
        if not path.is_file():
            yield FileFault(name, "missing")
            continue
        read = Hashing(blocks_of(path))
        done += into.add(name, read)
        on_progress("exporting", done, total)
        if recording is not None and read.sha256 != recording.sha256:
            yield fault_of(home, recording, "content")


class Hashing:
    """Blocks that are hashed as they go by."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = blocks
        self._digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            self._digest.update(block)
            yield block

    @property
    def sha256(self) -> str:
        """Of what went by, in hex."""
        return self._digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Original:
    """A recording and where its file lies."""

    recording: Recording
    path: Path


def originals(store: Store) -> tuple[dict[str, Original], list[FileFault]]:
    """The files of recordings by their name in an export, and those that are not there.

    Those that still hold what was forgotten stay where they are. What an import or a backup said to
    be here and is another file is not there.
    """
    files: dict[str, Original] = {}
    missing: list[FileFault] = []
    for recording in with_files(store.recordings.all()):
        path = Path(recording.path)
        if store.forgotten.stretches(recording):
            continue
        if path.is_file() and (
            _is_kept(store.home, recording) or store.original(recording) is not None
        ):
            files[_original_name(store.home, recording)] = Original(recording, path)
        else:
            missing.append(fault_of(store.home, recording, "missing"))
    return files, missing


def _is_kept(home: Path, recording: Recording) -> bool:
    """Whether the home keeps the file itself: it is then taken along though it is damaged."""
    name = name_in(home, recording)
    return name is not None and name.startswith(tuple(f"{folder}/" for folder in ORIGINALS))


def _original_name(home: Path, recording: Recording) -> str:
    path = Path(recording.path)
    if path.is_relative_to(home / "originals"):
        return shown(path.relative_to(home).as_posix())
    return f"originals/{recording.sha256[:2]}/{recording.sha256}/{recording.name}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
