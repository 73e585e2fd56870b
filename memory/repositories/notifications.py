"""Notices of what became of files: finished, failed, waiting.

The database writes a notice itself when a job settles, in the same transaction; nothing here adds
any. The newest 500 are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from memory.db.database import HomeDatabase

Kind = Literal["finished", "failed", "waiting"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told. ``at`` is in seconds UTC; ``job_id`` names the file in the queue."""

    id: int
    at: float
    kind: Kind
    job_id: str


@dataclass(eq=False)
class Notices:
    """The notices of a home."""

    _database: HomeDatabase

    def newest(self, limit: int = 50, after: int = 0) -> list[Notice]:
        """The newest of those after an id, the newest first; of each file only the last."""
        rows = self._database.rows(
            "SELECT id, at, kind, job_id FROM notice WHERE id > ? AND id IN "
            "(SELECT max(id) FROM notice GROUP BY job_id) ORDER BY id DESC LIMIT ?",
            [after, limit],
        )
        return [Notice(r["id"], r["at"], cast(Kind, r["kind"]), r["job_id"]) for r in rows]

    def count(self, after: int) -> int:
        """How many files have a notice after an id."""
        rows = self._database.rows(
            "SELECT count(DISTINCT job_id) AS files FROM notice WHERE id > ?", [after]
        )
        return int(rows[0]["files"])

    def get(self, notice_id: int) -> Notice | None:
        """One notice, or None where it was never written, or is gone with its file."""
        rows = self._database.rows(
            "SELECT id, at, kind, job_id FROM notice WHERE id = ?", [notice_id]
        )
        return next((Notice(r["id"], r["at"], r["kind"], r["job_id"]) for r in rows), None)
