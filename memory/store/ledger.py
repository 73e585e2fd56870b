"""The ledger of work: what has been done to which clip, by which version of which stage."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from memory.db.database import HomeDatabase
from memory.types.core import Recording
from memory.types.errors import RecordingMoved

_EXPECTED: ContextVar[Recording | None] = ContextVar("expected", default=None)


class Ledger:
    """Which stages are done. Threads may share one."""

    def __init__(self, database: HomeDatabase) -> None:
        self._database = database

    def enter(self, clip_ids: Iterable[str], stage: str, version: str) -> None:
        """Enters the stage as done for these clips.

        Raises:
            RecordingMoved: inside ``expecting``, if the recording is no longer where it was; what
                was written in the same transaction is undone.
        """
        with self._database.transaction() as db:
            db.conn.executemany(
                "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?)",
                [(clip_id, stage, version) for clip_id in clip_ids],
            )
            expected = _EXPECTED.get()
            if expected is not None and self._start(expected.id) != expected.start:
                raise RecordingMoved(f"{expected.id} was re-dated or deleted meanwhile")

    @contextmanager
    def expecting(self, recording: Recording) -> Iterator[None]:
        """While what is written rests on this recording's beginning where it is now.

        Raises:
            RecordingMoved: it does not any more; nothing of the last transaction was kept.
        """
        token = _EXPECTED.set(recording)
        try:
            yield
        except Exception as error:
            if self._start(recording.id) is None:  # rows of a clip that is gone, say
                raise RecordingMoved(f"{recording.id} was deleted meanwhile") from error
            if isinstance(error, sqlite3.IntegrityError):
                raise RecordingMoved(f"a part of {recording.id} was forgotten meanwhile") from error
            raise
        finally:
            _EXPECTED.reset(token)

    def done(self, recording_id: str, stage: str, version: str) -> set[str]:
        """Ids of the recording's clips for which this version of the stage is done."""
        found = self._database.rows(
            "SELECT clip_id FROM ledger JOIN clip ON clip.id = ledger.clip_id "
            "WHERE recording_id = ? AND stage = ? AND version = ?",
            [recording_id, stage, version],
        )
        return {row["clip_id"] for row in found}

    def progress(self, recording_id: str) -> dict[str, tuple[int, int]]:
        """Stage → (clips done, clips in all), for the stages begun."""
        counted = self._database.rows(
            "SELECT count(*) FROM clip WHERE recording_id = ?", [recording_id]
        )
        found = self._database.rows(
            "SELECT stage, count(*) AS n FROM ledger JOIN clip ON clip.id = ledger.clip_id "
            "WHERE recording_id = ? GROUP BY stage",
            [recording_id],
        )
        return {row["stage"]: (row["n"], counted[0][0]) for row in found}

    def _start(self, recording_id: str) -> float | None:
        """When the recording begins, or None where there is none of this id."""
        found = self._database.rows("SELECT start FROM recording WHERE id = ?", [recording_id])
        return found[0]["start"] if found else None
