"""Addresses that are to be told when a file has settled, and what is on its way to each.

A delivery is claimed before it is sent: whoever dies while sending has it tried again, after a
while, with the same id; whoever has sent it deletes it. So a crash repeats at most one request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from memory.db.database import HomeDatabase

# Seconds after each failure; who cannot be reached for a day is given up.
PAUSES = (5.0, 30.0, 120.0, 600.0, 3600.0, 4 * 3600.0, 12 * 3600.0)
CLAIM = 30.0  # seconds within which a claimed delivery is not sent by another process
MOST_HOOKS = 20


@dataclass(frozen=True, slots=True)
class Hook:
    """An address. ``reached`` is when it last took something (s UTC, 0: never); ``trouble`` is one
    sentence on why it did not take the last one, empty where it did. ``waiting`` are undelivered.
    """

    id: str
    url: str
    secret: str
    added: float
    reached: float = 0.0
    trouble: str = ""
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way to a hook. ``attempts`` counts this one."""

    notice_id: int
    hook: Hook
    attempts: int

    @property
    def id(self) -> str:
        """The same at every attempt, so that whoever gets it twice can tell."""
        return f"{self.hook.id}-{self.notice_id}"


@dataclass(eq=False)
class Hooks:
    """The hooks of a home; every method is one transaction."""

    _database: HomeDatabase

    def add(self, hook: Hook) -> None:
        """Keeps an address. What settled before is not sent to it."""
        with self._database.transaction() as db:
            row = [hook.id, hook.url, hook.secret, hook.added]
            db.conn.execute("INSERT INTO hook (id, url, secret, added) VALUES (?, ?, ?, ?)", row)

    def remove(self, hook_id: str) -> bool:
        """Forgets an address and all that was on its way to it. False where there is none."""
        with self._database.transaction() as db:
            cursor = db.conn.execute("DELETE FROM hook WHERE id = ?", [hook_id])
            return bool(cursor.rowcount)

    def all(self) -> list[Hook]:
        """Every address, the oldest first."""
        rows = self._database.rows(
            "SELECT hook.*, (SELECT count(*) FROM delivery WHERE hook_id = hook.id) AS waiting "
            "FROM hook ORDER BY added, id"
        )
        return [Hook(**dict(row)) for row in rows]

    def get(self, hook_id: str) -> Hook | None:
        """One address, or None."""
        return next((hook for hook in self.all() if hook.id == hook_id), None)

    def due(self, now: float) -> bool:
        """Whether anything is to be sent now."""
        return bool(
            self._database.rows("SELECT 1 FROM delivery WHERE not_before <= ? LIMIT 1", [now])
        )

    def claim(self, now: float) -> Delivery | None:
        """The oldest delivery that is due, now claimed, or None where none is."""
        if not self.due(now):  # the usual case: nobody is kept waiting for it
            return None
        with self._database.transaction() as db:
            rows = self._database.rows(
                "SELECT * FROM delivery WHERE not_before <= ? ORDER BY notice_id LIMIT 1", [now]
            )
            if not rows:
                return None
            row = rows[0]
            db.conn.execute(
                "UPDATE delivery SET attempts = attempts + 1, not_before = ? "
                "WHERE notice_id = ? AND hook_id = ?",
                [now + CLAIM, row["notice_id"], row["hook_id"]],
            )
            hook = self.get(row["hook_id"])
        return None if hook is None else Delivery(row["notice_id"], hook, row["attempts"] + 1)

    def arrived(self, delivery: Delivery, now: float) -> None:
        """The address has taken it."""
        with self._database.transaction() as db:
            self._drop(db.conn, delivery)
            self._tell(db.conn, delivery.hook.id, "", now)

    def failed(self, delivery: Delivery, now: float, trouble: str) -> None:
        """It was not taken, and why: it is tried again later, or given up."""
        with self._database.transaction() as db:
            self._tell(db.conn, delivery.hook.id, trouble, None)
            if delivery.attempts > len(PAUSES):
                self._drop(db.conn, delivery)
                return
            db.conn.execute(
                "UPDATE delivery SET not_before = ? WHERE notice_id = ? AND hook_id = ?",
                [now + PAUSES[delivery.attempts - 1], delivery.notice_id, delivery.hook.id],
            )

    def note(self, hook_id: str, trouble: str, now: float | None) -> None:
        """What a test of the address has shown: ``now`` where it was reached."""
        with self._database.transaction() as db:
            self._tell(db.conn, hook_id, trouble, now)

    @staticmethod
    def _drop(connection: Any, delivery: Delivery) -> None:
        connection.execute(
            "DELETE FROM delivery WHERE notice_id = ? AND hook_id = ?",
            [delivery.notice_id, delivery.hook.id],
        )

    @staticmethod
    def _tell(connection: Any, hook_id: str, trouble: str, reached: float | None) -> None:
        connection.execute(
            "UPDATE hook SET trouble = ?, reached = coalesce(?, reached) WHERE id = ?",
            [trouble, reached, hook_id],
        )
