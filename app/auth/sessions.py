"""Sessions: which browsers are signed in, since when, and until when."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from app.auth.database import AccountsDatabase
from app.auth.token_hashing import hash_secret, label, new_secret

DAY = 86_400.0
IDLE = 14 * DAY  # seconds without a request after which a session is over
LONGEST = 90 * DAY  # seconds after which it is over anyway
NOTED_EVERY = 60.0  # seconds; the file is not written for every request
MOST = 100  # of an account; the one that was idle longest makes way


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in. ``id`` names it and opens nothing; times are seconds UTC."""

    id: str
    account: int
    created: float
    seen: float
    device: str
    address: str

    @property
    def ends(self) -> float:
        """When it is over if nothing more comes."""
        return min(self.seen + IDLE, self.created + LONGEST)


class Sessions:
    """The sessions of all accounts."""

    def __init__(self, database: AccountsDatabase, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def begin(self, account: int, device: str, address: str, instead_of: str = "") -> str:
        """Signs a browser in and returns its secret; that of its earlier session dies."""
        secret, now = new_secret(), self._clock()
        with self._database.change() as db:
            db.execute("DELETE FROM session WHERE hash = ?", (hash_secret(instead_of),))
            db.execute(
                "DELETE FROM session WHERE seen <= ? OR created <= ?", (now - IDLE, now - LONGEST)
            )
            db.execute(
                "DELETE FROM session WHERE account = ? AND hash NOT IN (SELECT hash FROM session"
                " WHERE account = ? ORDER BY seen DESC LIMIT ?)",
                (account, account, MOST - 1),
            )
            db.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?)",
                (hash_secret(secret), label(), account, now, now, device, address),
            )
        return secret

    def find(self, secret: str) -> Session | None:
        """The session that a browser shows the secret of, unless it is over."""
        if not secret:
            return None
        sessions = self._of("hash = ?", hash_secret(secret))
        return sessions[0] if sessions else None

    def due(self, session: Session) -> bool:
        """Whether it is time to enter that it was used."""
        return self._clock() - session.seen >= NOTED_EVERY

    def note(self, session: Session, address: str) -> None:
        """Enters that it was used just now, from there."""
        with self._database.change() as db:
            db.execute(
                "UPDATE session SET seen = ?, address = ? WHERE id = ?",
                (self._clock(), address, session.id),
            )

    def of(self, account: int) -> list[Session]:
        """Those of an account, the one that was used last first."""
        return self._of("account = ?", account)

    def _of(self, which: str, value: object) -> list[Session]:
        now = self._clock()
        rows = self._database.rows(
            "SELECT id, account, created, seen, device, address FROM session"
            f" WHERE {which} AND seen > ? AND created > ? ORDER BY seen DESC",
            (value, now - IDLE, now - LONGEST),
        )
        return [Session(**row) for row in rows]

    def end(self, account: int, session: str) -> bool:
        """Signs one browser of an account out; False where there is no such session."""
        with self._database.change() as db:
            done = db.execute(
                "DELETE FROM session WHERE account = ? AND id = ?", (account, session)
            )
            return bool(done.rowcount)

    def end_all(self, account: int, but: str = "") -> int:
        """Signs every browser of an account out, except the session named ``but``; how many."""
        with self._database.change() as db:
            done = db.execute("DELETE FROM session WHERE account = ? AND id != ?", (account, but))
            return int(done.rowcount)
