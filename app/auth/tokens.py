"""Tokens: secrets for programs, each with a name, scopes and perhaps an end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.auth.database import AccountsDatabase
from app.auth.errors import AuthRefused
from app.auth.scopes import SCOPES
from app.auth.sessions import DAY, NOTED_EVERY
from app.auth.token_hashing import hash_secret, label, new_secret
from app.presentation.i18n import t

PREFIX = "egb_"  # so that a person, and a scanner of leaked secrets, knows one when they see it
LONGEST_NAME = 64
LONGEST_DAYS = 3650
MOST = 100  # of an account


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token as it is listed; ``account`` None is the owner's, where nobody has an account."""

    id: str
    account: int | None
    name: str
    scopes: frozenset[str]
    created: float
    expires: float | None
    used: float | None


def token_json(token: AccessToken) -> dict[str, Any]:
    """A token for a program, without its secret; times are seconds UTC."""
    return {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "created": token.created,
        "expires": token.expires,
        "used": token.used,
    }


class Tokens:
    """The tokens of all accounts."""

    def __init__(self, database: AccountsDatabase, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def make(
        self, account: int | None, name: str, scopes: Iterable[str], days: int | None = None
    ) -> tuple[AccessToken, str]:
        """A new token and its secret, which is shown this once.

        Raises:
            Refused: the name is empty or taken, or a scope does not exist.
        """
        shown, granted = _named(name), _known(scopes)
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise AuthRefused(t("A token lasts 1 to {most} days.", most=LONGEST_DAYS))
        mine = self.of(account)
        if any(token.name == shown for token in mine):
            raise AuthRefused(t("There is a token named {name} already.", name=shown))
        if len(mine) >= MOST:
            raise AuthRefused(t("There are {most} tokens already; remove one first.", most=MOST))
        secret, now = new_secret(PREFIX), self._clock()
        ends = None if days is None else now + days * DAY
        token = AccessToken(label(), account, shown, granted, now, ends, None)
        row = (
            hash_secret(secret),
            token.id,
            account,
            shown,
            " ".join(sorted(granted)),
            now,
            ends,
            None,
        )
        with self._database.change() as db:
            db.execute("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return token, secret

    def find(self, secret: str) -> AccessToken | None:
        """The token of a secret, unless it has ended or its account is gone.

        One that was made before there was any account went to the first.
        """
        tokens = self._of("hash = ?", hash_secret(secret))
        live = [token for token in tokens if token.expires is None or token.expires > self._clock()]
        return live[0] if live else None

    def due(self, token: AccessToken) -> bool:
        """Whether it is time to enter that it was used."""
        return token.used is None or self._clock() - token.used >= NOTED_EVERY

    def note(self, token: AccessToken) -> None:
        """Enters that it was used just now."""
        with self._database.change() as db:
            db.execute("UPDATE token SET used = ? WHERE id = ?", (self._clock(), token.id))

    def of(self, account: int | None) -> list[AccessToken]:
        """Those of an account, ended ones too, oldest first."""
        return self._of("coalesce(account, 0) = ?", account or 0)

    def _of(self, which: str, value: object) -> list[AccessToken]:
        rows = self._database.rows(
            "SELECT id, account, name, scopes, created, expires, used FROM token"
            f" WHERE {which} ORDER BY created, name",
            (value,),
        )
        return [AccessToken(**{**row, "scopes": frozenset(row["scopes"].split())}) for row in rows]

    def remove(self, account: int | None, which: str) -> AccessToken:
        """Ends a token by its id or name. Raises Refused where the account has none such."""
        for token in self.of(account):
            if which in (token.id, token.name):
                with self._database.change() as db:
                    db.execute("DELETE FROM token WHERE id = ?", (token.id,))
                return token
        raise AuthRefused(t("There is no token named {name}.", name=which))


def _named(name: str) -> str:
    shown = " ".join(name.split())
    if not 1 <= len(shown) <= LONGEST_NAME or not shown.isprintable():
        raise AuthRefused(t("Give the token a name of 1 to {most} characters.", most=LONGEST_NAME))
    return shown


def _known(scopes: Iterable[str]) -> frozenset[str]:
    chosen = frozenset(scopes)
    if not chosen or chosen - set(SCOPES):
        raise AuthRefused(t("Say what the token may do: {scopes}.", scopes=", ".join(SCOPES)))
    return chosen
