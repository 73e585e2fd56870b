"""Sums up the queue: how many files are in each state, how long they are, what they wait for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from memory.db.database import HomeDatabase
from memory.types.messages import decode_message

SECONDS_LEFT = (  # of a job: as seconds_left() of job_queue.py
    "CASE WHEN state IN ('queued', 'running') AND total > 0 "
    "THEN seconds * (1 - done * 1.0 / total) ELSE seconds END"
)


class FileLength(NamedTuple):
    """How long the recording in a file is, and how much of it is still to be worked on."""

    path: str
    is_done: bool
    size: int  # bytes
    seconds: float  # 0 until known
    left: float  # seconds


@dataclass(frozen=True)
class JobTotals:
    """The jobs of a home in figures; every method is one query."""

    _database: HomeDatabase

    def counts(self) -> Counter[str]:
        """How many jobs are in each state."""
        return Counter(
            {
                row["state"]: row["count"]
                for row in self._database.rows(
                    "SELECT state, count(*) AS count FROM job WHERE path <> '' GROUP BY state"
                )
            }
        )

    def lengths(self) -> list[FileLength]:
        """The lengths of all files but those that were given up or wait."""
        return [
            FileLength(self._database.paths.real(path), bool(done), size, seconds, left)
            for path, done, size, seconds, left in self._database.rows(
                f"SELECT path, state = 'done', size, seconds, {SECONDS_LEFT} FROM job "
                "WHERE path <> '' AND state IN ('done', 'queued', 'running', 'failed')"
            )
        ]

    def waiting_reasons(self, limit: int = 3) -> list[str]:
        """What jobs wait for, each once."""
        records = self._database.rows(
            "SELECT DISTINCT reason FROM job WHERE path <> '' AND state = 'waiting' "
            "AND reason <> '' ORDER BY reason LIMIT ?",
            [limit],
        )
        return [decode_message(row["reason"]) for row in records]
