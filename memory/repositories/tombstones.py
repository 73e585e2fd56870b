"""Tombstones: spans that were forgotten, and deletions that are not finished.

Rows go in one transaction; files take longer. So that transaction also leaves a list of what is to
be done with files, which is taken up by whoever opens the home next.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from memory.db.database import HomeDatabase
from memory.types.core import Recording, Span, merge_spans

Deed = Literal["delete", "cut"]
_PATHS = ("path", "new_path")


@dataclass(frozen=True, slots=True)
class FileTask:
    """A file of which something must go. ``stretches`` are seconds from its beginning.

    ``sha256`` is what the file holds now, ``becomes`` what a finished cut holds, once it is known:
    a file that holds neither is another one by the same name and is left alone. ``suffix`` is that
    of the new file, where it differs.
    """

    path: str
    deed: Deed
    sha256: str
    recording_id: str = ""
    stretches: tuple[tuple[float, float], ...] = ()
    becomes: str = ""
    new_path: str = ""
    shift: float = 0.0
    duration: float = 0.0
    pictures: bool = True
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A forgetting that has begun: its rows are gone, these files and folders are not.

    ``pictures`` are recordings in whose folder of thumbnails there may be some that belong to no
    clip any more, and whose films for the browser show what is gone. ``sealed`` is whether only the
    database is still to be compacted.
    """

    id: int
    files: tuple[FileTask, ...] = ()
    pictures: tuple[str, ...] = ()
    sealed: bool = False


@dataclass(eq=False)
class DeletionLog:
    """Times that must not come back, and forgettings that are not finished."""

    _database: HomeDatabase

    def mark(self, sha256: str, recording_id: str, spans: Iterable[Span]) -> None:
        """Remembers that these times of a file were forgotten; the id is empty if all of it is."""
        with self._database.transaction() as db:
            db.conn.executemany(
                'INSERT INTO forgotten (sha256, recording_id, start, "end") VALUES (?, ?, ?, ?)',
                [(sha256, recording_id, span.start, span.end) for span in spans],
            )

    def unname(self, recording_id: str) -> None:
        """Keeps the times of a recording that is gone, but not its id, which tells its name."""
        with self._database.transaction() as db:
            db.conn.execute(
                "UPDATE forgotten SET recording_id = '' WHERE recording_id = ?", [recording_id]
            )

    def holds(self, sha256: str) -> bool:
        """Whether something of the file with this content was forgotten."""
        return bool(
            self._database.rows("SELECT 1 FROM forgotten WHERE sha256 = ? LIMIT 1", [sha256])
        )

    def allow(self, sha256: str) -> bool:
        """Lets a file be taken in again. Returns whether it was barred."""
        with self._database.transaction() as db:
            gone = db.conn.execute("DELETE FROM forgotten WHERE sha256 = ?", [sha256])
            return gone.rowcount > 0

    def spans(self, recording_id: str) -> tuple[Span, ...]:
        """What of a recording was forgotten, sorted and disjoint."""
        rows = self._database.rows(
            'SELECT start, "end" FROM forgotten WHERE recording_id = ?', [recording_id]
        )
        return merge_spans(Span(row["start"], row["end"]) for row in rows)

    def stretches(self, recording: Recording) -> tuple[tuple[float, float], ...]:
        """What of a recording was forgotten though its file still holds it; empty: nothing.

        In seconds from its beginning, [start, end). Files outside the home are such, and those that
        could not be cut; one that was cut has another hash.
        """
        if not self.holds(recording.sha256):
            return ()
        spans = self.spans(recording.id) or (recording.span,)
        return tuple((span.start - recording.start, span.end - recording.start) for span in spans)

    def begin(self, files: Sequence[FileTask], pictures: Sequence[str]) -> int:
        """Writes down what is to be done; in the transaction that deletes the rows."""
        with self._database.transaction() as db:
            cursor = db.conn.execute(
                "INSERT INTO forgetting (todo) VALUES (?)",
                [self._text(Unfinished(0, (*files,), (*pictures,)))],
            )
            return int(cursor.lastrowid or 0)

    def unfinished(self) -> list[Unfinished]:
        """What has begun and is not finished, oldest first."""
        rows = self._database.rows("SELECT id, todo FROM forgetting ORDER BY id")
        return [self._read(row["id"], row["todo"]) for row in rows]

    def note(self, unfinished: Unfinished) -> None:
        """Writes down how far a forgetting is."""
        with self._database.transaction() as db:
            db.conn.execute(
                "UPDATE forgetting SET todo = ? WHERE id = ?",
                [self._text(unfinished), unfinished.id],
            )

    def finish(self, forgetting_id: int) -> None:
        """Strikes a forgetting off the list."""
        with self._database.transaction() as db:
            db.conn.execute("DELETE FROM forgetting WHERE id = ?", [forgetting_id])

    def _text(self, unfinished: Unfinished) -> str:
        values = asdict(unfinished)
        values.pop("id")
        for task in values["files"]:
            task |= {name: self._database.paths.relative(task[name]) for name in _PATHS}
        return json.dumps(values)

    def _read(self, forgetting_id: int, text: str) -> Unfinished:
        values = json.loads(text)
        real = self._database.paths.absolute
        for task in values["files"]:
            task |= {name: real(task.get(name, "")) for name in _PATHS}
            task["stretches"] = tuple(tuple(pair) for pair in task["stretches"])
        files = tuple(FileTask(**task) for task in values["files"])
        return Unfinished(forgetting_id, files, tuple(values["pictures"]), values["sealed"])
