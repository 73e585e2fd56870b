"""The rows and files of a home in open formats: JSON lines, JPEG, and the recordings themselves."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from memory.archives import Outlet, blocks_of
from memory.backup import Told, untold
from memory.backup_parts import check_name
from memory.open_format import FORMAT, lines, plain
from memory.paths import encode, shown
from memory.store import TABLES, Store
from memory.types import Recording

ABOUT = "export.json"


def data_name(table: str) -> str:
    """Where the rows of a table are."""
    return f"data/{table}.jsonl"


def put_rows(copy: Store, into: Outlet, files: dict[str, Path]) -> None:
    """Writes every table of what a home remembers.

    ``files`` are the recordings that are written as well: name in the export → where it lies.
    """
    by_path = {str(path): name for name, path in files.items()}
    extra = {
        recording.id: {"path": plain(encode(recording.path))}
        | ({"file": by_path[recording.path]} if recording.path in by_path else {})
        for recording in copy.recordings()
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
        "recordings": len(copy.recordings()),
        "originals": bool(files),
    }
    into.add(ABOUT, [json.dumps(about, indent=1).encode()])


def put_files(
    copy: Store, home: Path, into: Outlet, files: dict[str, Path], told: Told = untold
) -> Iterator[str]:
    """Writes pictures and recordings; yields the names of those that are not there."""
    pictures = copy.database.rows("SELECT DISTINCT path FROM thumbnail ORDER BY path")
    wanted = [(row["path"], home / check_name(row["path"])) for row in pictures]
    wanted += sorted(files.items())
    done, total = 0, sum(_size(path) for _, path in wanted)
    for name, path in wanted:
        if not path.is_file():
            yield name
            continue
        done += into.add(name, blocks_of(path))
        told("exporting", done, total)


def originals(store: Store) -> dict[str, Path]:
    """The files of recordings that are where they were: name in an export → where it lies.

    Those that still hold what was forgotten stay where they are.
    """
    return {
        _original_name(store.home, recording): Path(recording.path)
        for recording in store.recordings()
        if not store.forgotten.stretches(recording)
        and (found := store.original(recording)) is not None
        and found.is_file()
    }


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
