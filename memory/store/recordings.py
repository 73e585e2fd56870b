"""Recordings: files, their clips, what was done to each clip, and the clocks of devices."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from memory.db import row_mapping as rows
from memory.db.database import HomeDatabase
from memory.db.without_pandas import Database
from memory.types.core import Clip, Recording, RecordingState, Span, TimeSource
from memory.types.errors import RecordingMoved
from memory.types.timezones import SUMMARY_LEVELS, bucket

_EXPECTED: ContextVar[Recording | None] = ContextVar("expected", default=None)

# Everything that carries the absolute time of a recording: table, how its rows are found.
_BY_CLIP = "clip_id IN (SELECT id FROM clip WHERE recording_id = :id)"
_DATED = (
    ("clip", "recording_id = :id"),
    ("utterance", _BY_CLIP),
    ("sighting", _BY_CLIP),
    ("print", _BY_CLIP),
    ("damage", _BY_CLIP),
    ("memory", "recording_id = :id"),
    ("event", "recording_id = :id"),
    ("object_state", _BY_CLIP),
    ("forgotten", "recording_id = :id"),
)


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


class Recordings:
    """Files, their clips and the clocks of devices. Threads may share one."""

    def __init__(self, database: HomeDatabase) -> None:
        self._database = database

    def add(self, recording: Recording, clips: Sequence[Clip]) -> None:
        """Records a file and its clips, all or nothing. A known id is left as it is."""
        with self._database.transaction() as db:
            db.table("recording").insert(
                rows.recording_row(recording, self._database.paths), ignore=True
            )
            db.conn.executemany(
                "INSERT OR IGNORE INTO clip VALUES (?, ?, ?, ?)",
                [(c.id, c.recording_id, c.span.start, c.span.end) for c in clips],
            )

    def update(self, recording: Recording) -> None:
        """Replaces what is known of a recording (path, state, note, take, …) but not its time."""
        with self._database.transaction() as db:
            db.table("recording").update(
                recording.id, rows.recording_row(recording, self._database.paths)
            )

    def set_state(self, recording_id: str, state: RecordingState, note: str = "") -> None:
        """Says how far a recording has come."""
        recording = self.get(recording_id)
        if recording is not None:
            self.update(replace(recording, state=state, note=note))

    def all(self) -> list[Recording]:
        """All recordings, in order of time."""
        found = self._database.rows("SELECT * FROM recording ORDER BY start, id")
        return [rows.to_recording(row, self._database.paths) for row in found]

    def in_other_zones(self, day: Span, timezone: str) -> list[Recording]:
        """Recordings whose clocks stood in another zone, and that began within a day of ``day``."""
        found = self._database.rows(
            "SELECT * FROM recording WHERE start >= ? AND start < ? AND timezone <> ? "
            "ORDER BY start, id",
            [day.start - 86_400, day.end + 86_400, timezone],
        )
        return [rows.to_recording(row, self._database.paths) for row in found]

    def newest(self) -> Recording | None:
        """The recording that began last, or None where there is none."""
        found = self._database.rows("SELECT * FROM recording ORDER BY start DESC, id DESC LIMIT 1")
        return rows.to_recording(found[0], self._database.paths) if found else None

    def get(self, recording_id: str) -> Recording | None:
        """One recording, or None."""
        found = self._database.rows("SELECT * FROM recording WHERE id = ?", [recording_id])
        return rows.to_recording(found[0], self._database.paths) if found else None

    def by_sha256(self, sha256: str) -> Recording | None:
        """The recording with this content, whatever its file is called now, or None."""
        found = self._database.rows("SELECT * FROM recording WHERE sha256 = ?", [sha256])
        return rows.to_recording(found[0], self._database.paths) if found else None

    def clips(self, recording_id: str) -> list[Clip]:
        """The clips of a recording, in order of time."""
        records = self._database.rows(
            "SELECT * FROM clip WHERE recording_id = ? ORDER BY start", [recording_id]
        )
        return [rows.to_clip(row) for row in records]

    def clip(self, clip_id: str) -> Clip | None:
        """One clip, or None."""
        records = self._database.rows("SELECT * FROM clip WHERE id = ?", [clip_id])
        return rows.to_clip(records[0]) if records else None

    def clips_within(self, recording_id: str, span: Span) -> list[str]:
        """The ids of the recording's clips that overlap a moment, in order of time."""
        found = self._database.rows(
            'SELECT id FROM clip WHERE recording_id = ? AND start < ? AND "end" > ? ORDER BY start',
            [recording_id, max(span.end, span.start + 1e-3), span.start],
        )
        return [row["id"] for row in found]

    def first_clip(self, within: Span) -> Clip | None:
        """The first clip that begins within a span, or None."""
        found = self._database.rows(
            "SELECT * FROM clip WHERE start >= ? AND start < ? ORDER BY start LIMIT 1",
            [within.start, within.end],
        )
        return rows.to_clip(found[0]) if found else None

    def count_rows(self, recording_id: str) -> tuple[int, int, int]:
        """How many clips, pictures and sentences there are of a recording."""
        of = "FROM {} WHERE clip_id IN (SELECT id FROM clip WHERE recording_id = :id)"
        (row,) = self._database.rows(
            "SELECT (SELECT count(*) FROM clip WHERE recording_id = :id), "
            f"(SELECT count(*) {of.format('thumbnail')}), "
            f"(SELECT count(*) {of.format('utterance')})",
            {"id": recording_id},
        )
        return int(row[0]), int(row[1]), int(row[2])

    # Recordings of the same device and kind as another

    def named_like(self, recording: Recording, part: str) -> list[Recording]:
        """Those whose path holds ``part``."""
        return self._alike(recording, "CAST(path AS TEXT) LIKE ?", f"%{part}%")

    def of_take(self, recording: Recording, take: str) -> list[Recording]:
        """Those that are in a take."""
        return self._alike(recording, "take = ?", take)

    def around(self, recording: Recording, span: Span, longest: float) -> list[Recording]:
        """Those that overlap ``span``, if none lasts longer than ``longest`` seconds."""
        condition = "start BETWEEN ? AND ? AND start + duration > ?"
        return self._alike(recording, condition, span.start - longest, span.end, span.start)

    def _alike(self, recording: Recording, condition: str, *values: object) -> list[Recording]:
        found = self._database.rows(
            f"SELECT * FROM recording WHERE device = ? AND kind = ? AND {condition}",
            [recording.device, recording.kind, *values],
        )
        return [rows.to_recording(row, self._database.paths) for row in found]

    # Time

    def shift(
        self,
        recording_id: str,
        *,
        start: float,
        timezone: str | None = None,
        time_source: TimeSource | None = None,
        clock_offset: float | None = None,
    ) -> None:
        """Re-dates a recording and every row made from it; nothing is perceived again.

        The summaries of where it was and of where it is now become stale.
        """
        with self._database.transaction() as db:
            recording = self.get(recording_id)
            if recording is None:
                return
            mark_recording_stale(db, recording_id)
            by = start - recording.start
            if by:
                _shift(db, recording_id, by)
            self.update(
                replace(
                    recording,
                    start=start,
                    timezone=timezone or recording.timezone,
                    time_source=time_source or recording.time_source,
                    clock_offset=recording.clock_offset if clock_offset is None else clock_offset,
                )
            )
            mark_recording_stale(db, recording_id)

    def clamp_clips(self, recording_id: str, start: float) -> None:
        """Lets the first clip begin no earlier than its recording, whose beginning was cut off."""
        with self._database.transaction() as db:
            db.conn.execute(
                'UPDATE clip SET start = ? WHERE recording_id = ? AND start < ? AND "end" > ?',
                [start, recording_id, start, start],
            )

    def devices(self) -> dict[str, float]:
        """Device → the correction of its clock in seconds, for those that have one."""
        records = self._database.rows("SELECT name, clock_offset FROM device ORDER BY name")
        return {row["name"]: row["clock_offset"] for row in records}

    def device_names(self, limit: int) -> list[str]:
        """The devices that something was recorded with, by name."""
        found = self._database.rows(
            "SELECT DISTINCT device FROM recording WHERE device <> '' ORDER BY device LIMIT ?",
            [limit],
        )
        return [row["device"] for row in found]

    def set_device_offset(self, device: str, seconds: float) -> None:
        """Remembers that the clock of ``device`` is corrected by ``seconds`` from now on."""
        with self._database.transaction() as db:
            db.conn.execute("INSERT OR REPLACE INTO device VALUES (?, ?)", [device, seconds])


def mark_recording_stale(db: Database, recording_id: str) -> None:
    """Marks every summary above the recording's clips as stale."""
    found = db.execute(
        "SELECT clip.start, timezone FROM clip JOIN recording "
        "ON recording.id = clip.recording_id WHERE recording_id = ?",
        [recording_id],
    ).fetchall()
    for timezone in {row[1] for row in found}:
        mark_stale(db, (row[0] for row in found), timezone)


def mark_stale(db: Database, starts: Iterable[float], timezone: str) -> None:
    """Marks the summaries of the spans that ``starts`` fall into, in this zone, as stale."""
    spans = {(level, bucket(level, at, timezone)) for at in starts for level in SUMMARY_LEVELS}
    db.conn.executemany(
        "INSERT OR IGNORE INTO stale VALUES (?, ?, ?, ?)",
        [(level, span.start, span.end, timezone) for level, span in sorted(spans)],
    )


def _shift(db: Database, recording_id: str, by: float) -> None:
    values: dict[str, object] = {"id": recording_id, "by": by}
    for table, where in _DATED:
        db.conn.execute(
            f'UPDATE {table} SET start = start + :by, "end" = "end" + :by WHERE {where}', values
        )
    db.conn.execute(f"UPDATE thumbnail SET at = at + :by WHERE {_BY_CLIP}", values)
    spoken = db.conn.execute(
        f"SELECT clip_id, number, words FROM utterance WHERE {_BY_CLIP}", values
    ).fetchall()
    db.conn.executemany(
        "UPDATE utterance SET words = ? WHERE clip_id = ? AND number = ?",
        [(_shifted(words, by), clip_id, number) for clip_id, number, words in spoken],
    )


def _shifted(words: str, by: float) -> str:
    moved = [[start + by, end + by, text] for start, end, text in json.loads(words)]
    return json.dumps(moved, ensure_ascii=False)
