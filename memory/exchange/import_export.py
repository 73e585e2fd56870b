"""An export becomes a home again: every row and file of it, or nothing.

Everything is built in a folder beside, in one transaction, and looked at; only then it takes the
place of the empty home.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from memory.backup.backup import Told, no_progress
from memory.backup.format import UnsafeMember, check_name, private, schema
from memory.backup.restore import HomeNotEmpty, bring_up, free_place, holds_nothing, opens
from memory.db import disk_space as disk
from memory.db.atomic_replace import place_of, put_in_place, staging
from memory.db.media_files import names_a_folder
from memory.exchange.archives import ArchiveError, ArchiveReader, source
from memory.exchange.export import ABOUT, Hashing, data_name
from memory.exchange.json_rows import FORMAT, BadRow, Column, columns, row_of
from memory.integrity.file_faults import FileFault, fault_of, name_in, with_files
from memory.repositories.linked_files import DOUBT
from memory.store.store import TABLES, Store
from memory.types.core import Recording
from memory.types.paths import encode
from memory.vectors import half_byte_codes as picture_codes
from memory.vectors.byte_codes import write_codes

_LONGEST_LINE = 16 * 2**20
_LARGEST_ABOUT = 2**20
_FILES = ("thumbnails/", "originals/")
_BLOCK = 2**20


def is_export(path: Path) -> bool:
    """Whether a folder or ZIP file is an export of ours."""
    if path.is_dir():
        return (path / ABOUT).is_file()
    if path.suffix.lower() != ".zip" or not path.is_file():
        return False
    try:
        with source(path) as opened:
            return ABOUT in opened.sizes
    except (ArchiveError, OSError):
        return True  # to be refused with its reason


@dataclass(frozen=True, slots=True)
class ImportResult:
    """An export that was taken in; ``faults`` are recordings that are not what was recorded."""

    recordings: int
    faults: tuple[FileFault, ...]


def import_export(path: Path, home: Path, on_progress: Told = no_progress) -> ImportResult:
    """Takes an export into a home that holds nothing.

    Raises:
        HomeNotEmpty: there are memories already.
        ArchiveError: the export is damaged, of a newer version, or cannot be trusted.
        StoreError: there is no room, or the place cannot be written.
    """
    home = place_of(home)
    if not holds_nothing(home):
        raise HomeNotEmpty(home, "Exports are taken into an empty home: name one with --home.")
    with source(path) as opened, free_place(home, replace=False), staging(home) as coming:
        _check_about(path, opened)
        disk.require(coming, 2 * sum(opened.sizes.values()))
        store = Store(coming)
        try:
            files = _Rows(path, opened, store, home).all()
            digests = _unpack(opened, coming, files, on_progress)
            recordings = store.recordings.all()
            faults = tuple(_faults(store.home, recordings, digests))
        except OSError as error:
            if disk.is_full(error):
                raise disk.DiskNearlyFull(home, 0, disk.free(home.parent)) from error
            raise
        finally:
            store.close()
        bring_up(coming)
        put_in_place(coming, home, opens)
    return ImportResult(len(recordings), faults)


def _faults(
    home: Path, recordings: Iterable[Recording], digests: Mapping[str, str]
) -> Iterator[FileFault]:
    for recording in with_files(recordings):
        name = name_in(home, recording)
        if name is not None and digests.get(name, recording.sha256) != recording.sha256:
            yield fault_of(home, recording, "content")


def _check_about(path: Path, opened: ArchiveReader) -> None:
    if opened.sizes.get(ABOUT, _LARGEST_ABOUT + 1) > _LARGEST_ABOUT:
        raise UnsafeMember(f"there is no {ABOUT} in it")
    with opened.open(ABOUT) as file:
        try:
            about = json.loads(file.read(_LARGEST_ABOUT))
            newer = about["format"] > FORMAT or set(about["schema"]) - set(schema())
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise UnsafeMember(f"{ABOUT} cannot be read") from error
    if newer:
        raise ArchiveError(
            f"{path} was exported by a newer version of EgoButler. Update EgoButler, then try "
            "again; nothing was taken in."
        )


class _Rows:
    """The rows of one export on their way into a new home."""

    def __init__(self, path: Path, opened: ArchiveReader, store: Store, home: Path) -> None:
        self._path, self._opened, self._store, self._home = path, opened, store, home
        self._files: set[str] = set()
        self._brought: set[str] = set()  # recordings whose files are in the export

    def all(self) -> set[str]:
        """Writes all of them. Returns the files that go with them."""
        with self._store.database.transaction() as db:
            db.conn.execute("PRAGMA defer_foreign_keys=ON")
            for table in TABLES:
                if data_name(table) in self._opened.sizes:
                    self._table(db.conn, table)
            if orphans := db.conn.execute("PRAGMA foreign_key_check").fetchone():
                raise self._refusal(
                    data_name(orphans[0]), 0, "rows refer to rows that are not there"
                )
            self._doubt(db.conn)
            write_codes(db.conn)
            picture_codes.write_codes(db.conn)
        return self._files

    def _doubt(self, connection: sqlite3.Connection) -> None:
        """What lies elsewhere on this computer, as the export says, has to be proved."""
        ids = {row[0] for row in connection.execute("SELECT id FROM recording")}
        connection.executemany(
            DOUBT, [(recording_id,) for recording_id in sorted(ids - self._brought)]
        )

    def _table(self, connection: sqlite3.Connection, table: str) -> None:
        of, name = columns(connection, table), data_name(table)
        for number, line in enumerate(self._lines(name), 1):
            try:
                values = self._row(line, table, of)
                marks = ", ".join("?" * len(values))
                names = ", ".join(f'"{value}"' for value in values)
                connection.execute(
                    f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values())
                )
            except (BadRow, UnsafeMember, sqlite3.IntegrityError, ValueError) as error:
                raise self._refusal(name, number, str(error)) from error

    def _row(self, line: bytes, table: str, of: tuple[Column, ...]) -> dict[str, Any]:
        values, file = row_of(line, table, of)
        if table in ("recording", "clip") and not names_a_folder(values["id"]):
            raise BadRow("its id cannot be the name of a file")  # folders are called by it
        if table in ("thumbnail", "storyboard"):
            self._wants(values["path"], "thumbnails/")
        if file is not None and file in self._opened.sizes:
            self._wants(file, "originals/")
            values["path"] = encode(file)
            if table == "recording":
                self._brought.add(values["id"])
        return values

    def _wants(self, file: str, folder: str) -> None:
        check_name(file)
        if not file.startswith(folder):
            raise BadRow(f"its file is not in {folder}")
        self._files.add(file)

    def _lines(self, name: str) -> Iterator[bytes]:
        with self._opened.open(name) as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE:
                    raise self._refusal(name, number, "it is endless")
                if line.strip():
                    yield line

    def _refusal(self, name: str, number: int, why: str) -> ArchiveError:
        where = f"{name}, line {number}" if number else name
        return ArchiveError(f"{self._path}: {where}: {why}; nothing was taken in.")


def _unpack(
    opened: ArchiveReader, coming: Path, files: set[str], on_progress: Told
) -> dict[str, str]:
    """Writes the files. Returns the SHA-256 of each, in hex."""
    digests: dict[str, str] = {}
    total = sum(opened.sizes.get(name, 0) for name in files)
    done = 0
    for name in sorted(files & opened.sizes.keys()):
        target = coming / check_name(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(name) as file, private(target, "x") as into:
            read = Hashing(iter(partial(file.read, _BLOCK), b""))
            done += sum(into.write(block) for block in read)
        digests[name] = read.sha256
        on_progress("unpacking", done, total)
    return digests
