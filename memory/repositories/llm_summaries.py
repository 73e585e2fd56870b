"""Summaries that a language model wrote in the place of extracts: what is due, and what was kept.

What is still to be written is told by the rows alone, so whoever dies at it is taken up where it
was. Summaries that came with an import are nobody's to write.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from memory.db import row_mapping as rows
from memory.db.database import HomeDatabase
from memory.types.core import Memory

WRITTEN = "written-"  # how the model of a written summary begins
_REACH = 26 * 3600.0  # seconds: a day of 25 hours and a little
_DUE = f"""
FROM memory WHERE level <> 'clip' AND (model LIKE 'extractive-%' OR model LIKE '{WRITTEN}%')
AND NOT EXISTS (SELECT 1 FROM summary_turn
    WHERE summary_turn.memory_id = memory.id AND summary_turn.writer = :writer)
AND NOT EXISTS (SELECT 1 FROM stale WHERE stale.level = memory.level
    AND stale.start <= memory.start AND stale."end" > memory.start)
"""
_LOWEST = "CASE level WHEN 'ten_minutes' THEN 0 WHEN 'hour' THEN 1 ELSE 2 END"


@dataclass(frozen=True, slots=True)
class WrittenSentence:
    """One sentence of a written summary, and the ids of the memories that it rests on."""

    text: str
    source_ids: tuple[int, ...]


@dataclass(eq=False)
class LlmSummaries:
    """The written summaries of a home."""

    _database: HomeDatabase

    def count_due(self, writer: str) -> int:
        """How many summaries ``writer`` has not had its turn at."""
        return int(self._database.rows(f"SELECT count(*) AS n {_DUE}", {"writer": writer})[0]["n"])

    def next(self, writer: str) -> Memory | None:
        """The summary to be written next, or None.

        The latest day comes first; of a day, a summary comes after those that it is made from.
        """
        latest = self._database.rows(f"SELECT max(start) AS at {_DUE}", {"writer": writer})
        if latest[0]["at"] is None:
            return None
        records = self._database.rows(
            f"SELECT * {_DUE} AND start >= :since ORDER BY {_LOWEST}, start, id LIMIT 1",
            {"writer": writer, "since": latest[0]["at"] - _REACH},
        )
        return rows.to_memory(records[0]) if records else None

    def keep(
        self,
        summary: Memory,
        sources: Sequence[Memory],
        writer: str,
        text: str,
        sentences: Sequence[WrittenSentence],
    ) -> bool:
        """Puts what was written in the place of ``summary``; without sentences only that it was.

        Returns:
            False, and nothing is kept, where the summary or what it is made from has changed since
            it was read: what was deleted must not come back.
        """
        with self._database.transaction() as db:
            if not self._as_read(summary, sources):
                return False
            if sentences:
                db.conn.execute("DELETE FROM vector WHERE memory_id = ?", [summary.id])
                db.conn.execute(
                    "UPDATE memory SET text = ?, model = ? WHERE id = ?", [text, writer, summary.id]
                )
                db.conn.executemany(
                    "INSERT INTO summary_sentence VALUES (?, ?, ?, ?)",
                    [
                        (summary.id, number, sentence.text, json.dumps(sentence.source_ids))
                        for number, sentence in enumerate(sentences)
                    ],
                )
            db.conn.execute(
                "INSERT OR REPLACE INTO summary_turn VALUES (?, ?)", [summary.id, writer]
            )
        return True

    def _as_read(self, summary: Memory, sources: Sequence[Memory]) -> bool:
        if not sources or {source.id for source in sources} != set(summary.source_ids):
            return False
        ids = json.dumps([summary.id, *summary.source_ids])
        records = self._database.rows(
            "SELECT * FROM memory WHERE id IN (SELECT value FROM json_each(?))", [ids]
        )
        stale = self._database.rows(
            'SELECT 1 FROM stale WHERE level = ? AND start <= ? AND "end" > ?',
            [summary.level, summary.span.start, summary.span.start],
        )
        now = {row["id"]: rows.to_memory(row) for row in records}
        return not stale and all(now.get(memory.id) == memory for memory in (summary, *sources))

    def sentences(self, memory_id: int) -> list[WrittenSentence]:
        """The sentences of a written summary in order; empty where it is an extract."""
        records = self._database.rows(
            "SELECT text, source_ids FROM summary_sentence WHERE memory_id = ? ORDER BY number",
            [memory_id],
        )
        return [
            WrittenSentence(row["text"], tuple(json.loads(row["source_ids"]))) for row in records
        ]
