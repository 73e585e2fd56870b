"""From where an account was signed in before: browsers by a cookie, and networks.

It opens nothing. Wrong passwords from there are counted by themselves, so that strangers who guess
keep the owner of a name waiting nowhere but where that owner has never been.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from app.auth.database import AccountsDatabase
from app.auth.sessions import DAY
from app.auth.token_hashing import hash_secret, new_secret
from app.http.network_address import network

LASTS = 365 * DAY  # seconds after the last sign-in from there
MOST = 50  # sources of an account; the one that was used longest ago makes way


class KnownSources:
    """The browsers and networks that accounts were signed in from."""

    def __init__(self, database: AccountsDatabase, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def of(self, name: str, browser: str, address: str) -> str:
        """Where a try for a name comes from, if that account was signed in from there before.

        Args:
            name: the key of a name; whether anybody has it takes no longer to find out.
            browser: the secret that the browser shows; empty: none.
            address: the address that it comes from.

        Returns:
            A text that stands for the browser, or else for the network; empty for a stranger.
        """
        hashes = [hash_secret(source) for source in _sources(browser, address)]
        rows = self._database.rows(
            "SELECT hash FROM source JOIN account ON account.id = source.account"
            " WHERE account.key = ? AND hash IN (?, ?) AND seen > ?",
            (name, hashes[0], hashes[-1], self._clock() - LASTS),
        )
        known = {bytes(row["hash"]) for row in rows}
        return next((digest.hex() for digest in hashes if digest in known), "")

    def remember(self, account: int, browser: str, address: str) -> str:
        """Enters a sign-in. Returns the secret that the browser is to show from now on."""
        now = self._clock()
        with self._database.change() as db:
            ours = db.execute(
                "SELECT 1 FROM source WHERE hash = ?", (hash_secret(browser),)
            ).fetchone()
            secret = browser if ours else new_secret()  # nobody plants one that they know
            for source in _sources(secret, address):
                db.execute(
                    "INSERT INTO source (account, hash, seen) VALUES (?, ?, ?)"
                    " ON CONFLICT (account, hash) DO UPDATE SET seen = excluded.seen",
                    (account, hash_secret(source), now),
                )
            db.execute(
                "DELETE FROM source WHERE seen <= ? OR (account = ? AND hash NOT IN (SELECT hash"
                " FROM source WHERE account = ? ORDER BY seen DESC LIMIT ?))",
                (now - LASTS, account, account, MOST),
            )
        return secret


def _sources(browser: str, address: str) -> list[str]:
    """The better one first: others may share a network."""
    return [*([browser] if browser else []), f"network {network(address)}"]
