"""Typed reads and writes of a home: the one contract between what records and what recalls."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory import rows
from memory.database import HomeDatabase
from memory.levels import SUMMARY_LEVELS, bucket
from memory.media import MediaFolder, Thumbnail
from memory.types import Clip, Level, Memory, Recording, RecordingState, Sighting, Span, Utterance
from memory.vectors import Vectors
from memory.view import View

_TABLES = (
    "recording",
    "clip",
    "ledger",
    "utterance",
    "sighting",
    "thumbnail",
    "memory",
    "vector",
    "stale",
)


class Store:
    """Everything that a home remembers. Threads may share one; one process at a time may write."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.media = MediaFolder(home)
        self.database = HomeDatabase(home)
        self.vectors = Vectors(self.database)

    @classmethod
    def open(cls, home: Path) -> Store:
        """Opens the home, creating it where there is none.

        Raises:
            StoreError: the database is damaged, locked, or newer than this code.
        """
        return cls(home.expanduser().resolve())

    def close(self) -> None:
        """Closes the database."""
        self.database.close()

    def as_of(self, asked_at: float) -> View:
        """What can be known at ``asked_at`` (seconds UTC): nothing that ended later."""
        return View(self.database, self.vectors, asked_at)

    def writing(self) -> AbstractContextManager[None]:
        """Keeps other processes from writing meanwhile. Raises StoreBusy if one already does."""
        return self.database.writing()

    # Recordings and clips

    def add_recording(self, recording: Recording, clips: Sequence[Clip]) -> None:
        """Records a file and its clips, all or nothing. A known id is left as it is."""
        with self.database.transaction() as db:
            db.table("recording").insert(rows.recording_row(recording), ignore=True)
            db.conn.executemany(
                "INSERT OR IGNORE INTO clip VALUES (?, ?, ?, ?)",
                [(c.id, c.recording_id, c.span.start, c.span.end) for c in clips],
            )

    def update_recording(self, recording: Recording) -> None:
        """Replaces what is known of a recording (path, state, note, …)."""
        with self.database.transaction() as db:
            db.table("recording").update(recording.id, rows.recording_row(recording))

    def set_state(self, recording_id: str, state: RecordingState, note: str = "") -> None:
        """Says how far a recording has come."""
        recording = self.recording(recording_id)
        if recording is not None:
            self.update_recording(replace(recording, state=state, note=note))

    def recordings(self) -> list[Recording]:
        """All recordings, in order of time."""
        found = self.database.rows("SELECT * FROM recording ORDER BY start, id")
        return [rows.to_recording(row) for row in found]

    def recording(self, recording_id: str) -> Recording | None:
        """One recording, or None."""
        found = self.database.rows("SELECT * FROM recording WHERE id = ?", [recording_id])
        return rows.to_recording(found[0]) if found else None

    def recording_by_sha256(self, sha256: str) -> Recording | None:
        """The recording with this content, whatever its file is called now, or None."""
        found = self.database.rows("SELECT * FROM recording WHERE sha256 = ?", [sha256])
        return rows.to_recording(found[0]) if found else None

    def clips(self, recording_id: str) -> list[Clip]:
        """The clips of a recording, in order of time."""
        found = self.database.rows(
            "SELECT * FROM clip WHERE recording_id = ? ORDER BY start", [recording_id]
        )
        return [rows.to_clip(row) for row in found]

    def clip(self, clip_id: str) -> Clip | None:
        """One clip, or None."""
        found = self.database.rows("SELECT * FROM clip WHERE id = ?", [clip_id])
        return rows.to_clip(found[0]) if found else None

    # The ledger: what has been done to which clip, by which version of which stage

    def done(self, recording_id: str, stage: str, version: str) -> set[str]:
        """Ids of the recording's clips for which this version of the stage is done."""
        found = self.database.rows(
            "SELECT clip_id FROM ledger JOIN clip ON clip.id = ledger.clip_id "
            "WHERE recording_id = ? AND stage = ? AND version = ?",
            [recording_id, stage, version],
        )
        return {row["clip_id"] for row in found}

    def progress(self, recording_id: str) -> dict[str, tuple[int, int]]:
        """Stage → (clips done, clips in all), for the stages begun."""
        total = len(self.clips(recording_id))
        found = self.database.rows(
            "SELECT stage, count(*) AS n FROM ledger JOIN clip ON clip.id = ledger.clip_id "
            "WHERE recording_id = ? GROUP BY stage",
            [recording_id],
        )
        return {row["stage"]: (row["n"], total) for row in found}

    def write_utterances(
        self, stage: str, version: str, spoken: Mapping[str, Sequence[Utterance]]
    ) -> None:
        """Stores what was said per clip id and enters the stage as done, in one transaction."""
        with self.database.transaction() as db:
            for clip_id, utterances in spoken.items():
                db.conn.execute("DELETE FROM utterance WHERE clip_id = ?", [clip_id])
                db.table("utterance").insert_all(
                    [rows.utterance_row(clip_id, n, u) for n, u in enumerate(utterances)]
                )
                self._enter(clip_id, stage, version)

    def write_sightings(
        self,
        stage: str,
        version: str,
        seen: Mapping[str, Sequence[Sighting]],
        thumbnails: Mapping[str, Sequence[Thumbnail]] | None = None,
    ) -> None:
        """Stores what a stage saw or heard per clip id, with thumbnails if it made any."""
        with self.database.transaction() as db:
            for clip_id, sightings in seen.items():
                db.conn.execute(
                    "DELETE FROM sighting WHERE clip_id = ? AND stage = ?", [clip_id, stage]
                )
                db.table("sighting").insert_all(
                    [rows.sighting_row(clip_id, stage, n, s) for n, s in enumerate(sightings)]
                )
                self._enter(clip_id, stage, version)
            for clip_id, pictures in (thumbnails or {}).items():
                db.conn.execute("DELETE FROM thumbnail WHERE clip_id = ?", [clip_id])
                db.conn.executemany(
                    "INSERT INTO thumbnail VALUES (?, ?, ?, ?)",
                    [(clip_id, n, p.at, p.path) for n, p in enumerate(pictures)],
                )

    def write_caption(self, clip: Clip, text: str, model: str, stage: str, version: str) -> int:
        """Stores a clip's caption as its memory; the summaries above it become stale.

        The memory ends when the last sentence that it quotes has ended, which may be after the
        clip: until then nothing of it can be known.

        Returns:
            The id of the memory.
        """
        memory = rows.memory_id("clip", clip.id)
        with self.database.transaction() as db:
            said = db.execute('SELECT max("end") FROM utterance WHERE clip_id = ?', [clip.id])
            span = Span(clip.span.start, max(clip.span.end, said.fetchone()[0] or 0.0))
            self._put_memory(
                Memory(memory, "clip", span, text, (), model, clip.id, clip.recording_id)
            )
            found = db.execute("SELECT timezone FROM recording WHERE id = ?", [clip.recording_id])
            self._mark_stale(clip.span.start, found.fetchone()[0])
            self._enter(clip.id, stage, version)
        return memory

    def _enter(self, clip_id: str, stage: str, version: str) -> None:
        with self.database.transaction() as db:
            db.conn.execute(
                "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?)", [clip_id, stage, version]
            )

    # What was perceived

    def utterances(self, clip_id: str) -> list[Utterance]:
        """What was said in a clip, in order of time."""
        return self.as_of(float("inf")).utterances(clip_id)

    def sightings(self, clip_id: str) -> list[Sighting]:
        """What was seen or heard in a clip, in order of time."""
        return self.as_of(float("inf")).sightings(clip_id)

    def thumbnails(self, clip_id: str) -> list[Thumbnail]:
        """The pictures kept of a clip, in order of time."""
        found = self.database.rows(
            "SELECT at, path FROM thumbnail WHERE clip_id = ? ORDER BY at", [clip_id]
        )
        return [Thumbnail(row["at"], row["path"]) for row in found]

    # Memories and their summaries

    def caption(self, clip_id: str) -> str | None:
        """The text that is remembered of a clip, or None while it is not captioned yet."""
        found = self.database.rows("SELECT text FROM memory WHERE clip_id = ?", [clip_id])
        return found[0]["text"] if found else None

    def memories(self, level: Level, span: Span | None = None) -> list[Memory]:
        """The memories of a level that overlap ``span``, in order of time."""
        return self.as_of(float("inf")).memories(level, span)

    def _put_memory(self, memory: Memory) -> None:
        columns = (
            memory.id,
            memory.level,
            memory.span.start,
            memory.span.end,
            memory.text,
            json.dumps(memory.source_ids),
            memory.model,
            memory.clip_id or None,
            memory.recording_id or None,
        )
        with self.database.transaction() as db:
            before = db.execute("SELECT text FROM memory WHERE id = ?", [memory.id]).fetchone()
            if before and before[0] != memory.text:
                db.conn.execute("DELETE FROM vector WHERE memory_id = ?", [memory.id])
            db.conn.execute(
                "INSERT INTO memory VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
                'SET start = excluded.start, "end" = excluded."end", text = excluded.text, '
                "source_ids = excluded.source_ids, model = excluded.model",
                columns,
            )

    def _mark_stale(self, at: float, timezone: str) -> None:
        spans = [(level, bucket(level, at, timezone)) for level in SUMMARY_LEVELS]
        with self.database.transaction() as db:
            db.conn.executemany(
                "INSERT OR IGNORE INTO stale VALUES (?, ?, ?, ?)",
                [(level, span.start, span.end, timezone) for level, span in spans],
            )

    def stale(self, level: Level) -> list[tuple[Span, str]]:
        """The spans (and their time zones) of a level whose summary must be made again."""
        found = self.database.rows(
            'SELECT start, "end", timezone FROM stale WHERE level = ? ORDER BY start', [level]
        )
        return [(Span(row["start"], row["end"]), row["timezone"]) for row in found]

    def write_summary(
        self, level: Level, place: Span, text: str, sources: Sequence[Memory], model: str
    ) -> None:
        """Stores the summary of the bucket ``place``, or removes it where no source is left."""
        memory = rows.memory_id(level, f"{place.start:.0f}-{place.end:.0f}")
        with self.database.transaction() as db:
            if sources:
                extent = Span(sources[0].span.start, max(source.span.end for source in sources))
                ids = tuple(source.id for source in sources)
                self._put_memory(Memory(memory, level, extent, text, ids, model))
            else:
                db.conn.execute("DELETE FROM memory WHERE id = ?", [memory])
            db.conn.execute(
                'DELETE FROM stale WHERE level = ? AND start = ? AND "end" = ?',
                [level, place.start, place.end],
            )

    def put_vectors(self, model: str, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Stores the vectors of memories, (len(ids), dimension)."""
        self.vectors.put(model, ids, vectors)

    def delete_recording(self, recording_id: str) -> None:
        """Removes a recording with all that was made from it; the original file stays.

        The summaries that speak of it become stale: ``summaries.rebuild`` takes it out of them.
        """
        with self.database.transaction() as db:
            for start, timezone in db.execute(
                "SELECT clip.start, timezone FROM clip JOIN recording "
                "ON recording.id = clip.recording_id WHERE recording_id = ?",
                [recording_id],
            ).fetchall():
                self._mark_stale(start, timezone)
            db.conn.execute("DELETE FROM recording WHERE id = ?", [recording_id])
        shutil.rmtree(self.media.thumbnails / recording_id, ignore_errors=True)

    def dump(self) -> Iterator[str]:
        """Every row of every table in a fixed order: equal dumps mean equal contents."""
        for table in _TABLES:
            found = self.database.rows(f"SELECT * FROM {table}")
            for row in sorted(repr(tuple(row)) for row in found):
                yield f"{table} {row}"
