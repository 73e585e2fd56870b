"""Linked files that an import or a backup named: believed once they were read, not before.

What comes from elsewhere may name any file of this computer as a recording. Such a recording is
*doubted*: nothing of the file is shown before all of it was read and has the recorded SHA-256. The
verdict holds for a path, a length and a time of change; another file is read anew. Recordings that
this home took in itself are not doubted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from memory.db.database import HomeDatabase
from memory.types.core import Recording
from memory.types.errors import StoreError
from memory.types.paths import Stored, sha256_of

DOUBT = "INSERT OR IGNORE INTO doubt (recording_id) VALUES (?)"


@dataclass(frozen=True, slots=True)
class _FileStat:
    """What a file looked like from outside. ``modified`` is in nanoseconds."""

    path: Stored
    size: int
    modified: int


@dataclass(eq=False)
class LinkedFileChecks:
    """Which recordings of a home are doubted, and what was found of their files."""

    _database: HomeDatabase
    # Who asks for the same file meanwhile gets its verdict.
    _reading: threading.Lock = field(init=False, default_factory=threading.Lock)

    def doubt(self, recording_ids: Iterable[str]) -> None:
        """From now on the files of these are shown only once they were read."""
        with self._database.transaction() as db:
            db.conn.executemany(DOUBT, [(recording_id,) for recording_id in recording_ids])

    def believe(self, recording_id: str) -> None:
        """Its file was taken in by this home itself."""
        with self._database.transaction() as db:
            db.conn.execute("DELETE FROM doubt WHERE recording_id = ?", [recording_id])

    def refuted(self, recording: Recording, path: Path) -> bool:
        """Whether this file is known not to be the recording; it is not read for that."""
        try:
            return self._known(recording, self._look(path)) is False
        except OSError:
            return False

    def holds(self, recording: Recording, path: Path) -> bool:
        """Whether this file is the recording. Where nobody knows, all of it is read.

        Raises StoreError where the home cannot be read.
        """
        try:
            look = self._look(path)
            if (known := self._known(recording, look)) is not None:
                return known
            with self._reading:
                if (known := self._known(recording, look)) is not None:
                    return known
                genuine = sha256_of(path) == recording.sha256
                if self._look(path) != look:  # it is being written: nobody can say what it is
                    return False
                with suppress(StoreError):  # a home that cannot be written: it is read again
                    self._note(recording, look, genuine)
                return genuine
        except OSError:
            return False

    def _look(self, path: Path) -> _FileStat:
        stat = path.stat()
        return _FileStat(self._database.paths.stored(path), stat.st_size, stat.st_mtime_ns)

    def _known(self, recording: Recording, look: _FileStat) -> bool | None:
        """The verdict on a file that looks like this; None where there is none."""
        rows = self._database.rows("SELECT * FROM doubt WHERE recording_id = ?", [recording.id])
        if not rows:
            return True
        row = rows[0]
        if _FileStat(row["path"], row["size"], row["modified"]) != look:
            return None
        return bool(row["genuine"])

    def _note(self, recording: Recording, look: _FileStat, genuine: bool) -> None:
        with self._database.transaction() as db:
            db.conn.execute(
                "UPDATE doubt SET path = ?, size = ?, modified = ?, genuine = ?"
                " WHERE recording_id = ?",
                [look.path, look.size, look.modified, genuine, recording.id],
            )
