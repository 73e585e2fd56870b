"""Memories: captions of clips, and the summaries above them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from memory.db import row_mapping as rows
from memory.db.database import HomeDatabase
from memory.db.without_pandas import Database
from memory.store.recordings import Ledger, mark_stale
from memory.store.view import View
from memory.types.core import Clip, Level, Memory, Span


class Memories:
    """Captions of clips and summaries of spans. Threads may share one."""

    def __init__(self, database: HomeDatabase, ledger: Ledger, now: Callable[[], View]) -> None:
        self._database, self._ledger, self._now = database, ledger, now

    def caption(self, clip_id: str) -> str | None:
        """The text that is remembered of a clip, or None while it is not captioned yet."""
        found = self._database.rows("SELECT text FROM memory WHERE clip_id = ?", [clip_id])
        return found[0]["text"] if found else None

    def overlapping(self, level: Level, span: Span | None = None) -> list[Memory]:
        """The memories of a level that overlap ``span``, in order of time."""
        return self._now().memories(level, span)

    def write_caption(self, clip: Clip, text: str, model: str, stage: str, version: str) -> int:
        """Stores a clip's caption as its memory; the summaries above it become stale.

        The memory ends when the last sentence that it quotes has ended, which may be after the
        clip: until then nothing of it can be known.

        Returns:
            The id of the memory.
        """
        memory = rows.memory_id("clip", clip.id)
        with self._database.transaction() as db:
            said = db.execute('SELECT max("end") FROM utterance WHERE clip_id = ?', [clip.id])
            span = Span(clip.span.start, max(clip.span.end, said.fetchone()[0] or 0.0))
            _put(db, Memory(memory, "clip", span, text, (), model, clip.id, clip.recording_id))
            found = db.execute("SELECT timezone FROM recording WHERE id = ?", [clip.recording_id])
            mark_stale(db, [clip.span.start], found.fetchone()[0])
            self._ledger.enter([clip.id], stage, version)
        return memory

    def put(self, memory: Memory) -> None:
        """Stores a memory; the vector of one whose text is another now goes."""
        with self._database.transaction() as db:
            _put(db, memory)

    def stale(self, level: Level) -> list[tuple[Span, str]]:
        """The spans (and their time zones) of a level whose summary must be made again."""
        found = self._database.rows(
            'SELECT start, "end", timezone FROM stale WHERE level = ? ORDER BY start', [level]
        )
        return [(Span(row["start"], row["end"]), row["timezone"]) for row in found]

    def write_summary(
        self, level: Level, place: Span, text: str, sources: Sequence[Memory], model: str
    ) -> None:
        """Stores the summary of the bucket ``place``, or removes it where no source is left."""
        memory = rows.memory_id(level, f"{place.start:.0f}-{place.end:.0f}")
        with self._database.transaction() as db:
            if sources:
                extent = Span(sources[0].span.start, max(source.span.end for source in sources))
                ids = tuple(source.id for source in sources)
                _put(db, Memory(memory, level, extent, text, ids, model))
            else:
                db.conn.execute("DELETE FROM memory WHERE id = ?", [memory])
            db.conn.execute(
                'DELETE FROM stale WHERE level = ? AND start = ? AND "end" = ?',
                [level, place.start, place.end],
            )


def _put(db: Database, memory: Memory) -> None:
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
    before = db.execute("SELECT text FROM memory WHERE id = ?", [memory.id]).fetchone()
    if before and before[0] != memory.text:
        db.conn.execute("DELETE FROM vector WHERE memory_id = ?", [memory.id])
    db.conn.execute(
        "INSERT INTO memory VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
        'SET start = excluded.start, "end" = excluded."end", text = excluded.text, '
        "source_ids = excluded.source_ids, model = excluded.model",
        columns,
    )
