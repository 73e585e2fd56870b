"""The audit log: what was done to a home and by whom, never what was in it.

Entries tell of deeds (a span was forgotten, a backup was made, somebody failed to sign in), not of
the words, names or pictures that they were about: what is forgotten must not live on here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from memory.db.database import HomeDatabase
from memory.types.messages import decode_message, encode_message

OWNER = "owner"
KEPT = 10_000  # entries; older ones go


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry: when (seconds UTC), who ("owner", "token:phone" …), what, and more in words."""

    at: float
    who: str
    what: str
    detail: str


@dataclass(eq=False)
class Audit:
    """The log of a home, newest last in the database and first when read."""

    _database: HomeDatabase
    owner: Callable[[], str] = lambda: OWNER
    """Who it is that acts as the owner now, where there are accounts."""

    def write(self, who: str, what: str, detail: str = "") -> None:
        """Enters a deed. ``what`` is a short word of the code: "forget", "backup", "sign-in"."""
        by, words = self.owner() if who == OWNER else who, encode_message(detail)
        with self._database.transaction() as db:
            entry = [time.time(), by, what, words]
            db.conn.execute("INSERT INTO audit (at, who, what, detail) VALUES (?, ?, ?, ?)", entry)
            db.conn.execute("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", [KEPT])

    def newest(self, limit: int = 100, before: float | None = None) -> list[Deed]:
        """The newest entries, of those before ``before`` (seconds UTC) where that is given."""
        until = float("inf") if before is None else before
        rows = self._database.rows(
            "SELECT at, who, what, detail FROM audit WHERE at < ? ORDER BY id DESC LIMIT ?",
            [until, limit],
        )
        return [Deed(at, who, what, decode_message(detail)) for at, who, what, detail in rows]
