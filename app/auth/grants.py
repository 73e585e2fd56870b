"""Grants: what the owner of a home lets somebody else ask of it, and until when.

Nobody may ask anything by default. A grant is given by the owner, to one account; a new one takes
the place of the one before. It is looked up at every call, so that it ends when it is ended.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.auth.database import AccountsDatabase
from app.auth.errors import AuthRefused
from app.auth.sessions import DAY
from app.auth.token_hashing import label
from app.presentation.i18n import t
from memory.types.core import EVERYTHING, Scope, Span

GRANTABLE: Mapping[str, str] = {
    "ask": "get answers that rest on your memories, with the words that they quote",
    "media": "also learn which of your recordings it was, and play those of which all is let",
}
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Grant:
    """What ``giver`` lets ``taker`` ask (accounts, by number), within ``narrowed``.

    Times are seconds UTC; ``ended`` is when the owner ended it, before ``ends``.
    """

    id: str
    giver: int
    taker: int
    scopes: frozenset[str]
    narrowed: Scope
    given: float
    ends: float
    ended: float | None = None


class Grants:
    """The grants between all accounts."""

    def __init__(self, database: AccountsDatabase, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def give(
        self,
        giver: int,
        taker: int,
        scopes: Iterable[str],
        days: int,
        narrowed: Scope = EVERYTHING,
    ) -> Grant:
        """Lets ``taker`` ask the home of ``giver`` for so many days.

        Raises:
            AuthRefused: to oneself, for no purpose or one that does not exist, or for too long.
        """
        chosen = frozenset(scopes)
        if giver == taker:
            raise AuthRefused(t("You may ask your own memories anyway."))
        if "ask" not in chosen or chosen - set(GRANTABLE):
            raise AuthRefused(t("Say what for: {scopes}.", scopes="ask, ask media"))
        if not 1 <= days <= LONGEST_DAYS:
            raise AuthRefused(t("A grant lasts 1 to {most} days.", most=LONGEST_DAYS))
        now = self._clock()
        grant = Grant(label(), giver, taker, chosen, narrowed, now, now + days * DAY)
        row = (
            grant.id, giver, taker, " ".join(sorted(chosen)), _written(narrowed), now, grant.ends
        )  # fmt: skip
        with self._database.change() as db:
            db.execute(
                "UPDATE home_grant SET ended = ? WHERE giver = ? AND taker = ? AND ended IS NULL",
                (now, giver, taker),
            )
            db.execute("INSERT INTO home_grant VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", row)
        return grant

    def end(self, giver: int, taker: int) -> Grant:
        """Ends what ``giver`` lets ``taker`` ask. Raises AuthRefused where that is nothing."""
        grant = self.between(giver, taker)
        if grant is None:
            raise AuthRefused(t("They may ask nothing of you."))
        with self._database.change() as db:
            db.execute("UPDATE home_grant SET ended = ? WHERE id = ?", (self._clock(), grant.id))
        return grant

    def between(self, giver: int, taker: int) -> Grant | None:
        """The grant that holds now, if there is one."""
        return next(iter(self._of("giver = ? AND taker = ?", giver, taker)), None)

    def holds(self, grant: Grant) -> bool:
        """Whether it has neither run out nor been ended, nor an account of it removed."""
        return bool(self._of("id = ?", grant.id))

    def given_by(self, account: int) -> list[Grant]:
        """What others may ask of an account now, the oldest first."""
        return self._of("giver = ?", account)

    def given_to(self, account: int) -> list[Grant]:
        """What an account may ask of others now, the oldest first."""
        return self._of("taker = ?", account)

    def _of(self, which: str, *values: object) -> list[Grant]:
        rows = self._database.rows(
            "SELECT id, giver, taker, scopes, narrowed, given, ends, ended FROM home_grant"
            f" WHERE {which} AND ended IS NULL AND ends > ? ORDER BY given, id",
            (*values, self._clock()),
        )
        return [
            Grant(
                **row
                | {"scopes": frozenset(row["scopes"].split()), "narrowed": _read(row["narrowed"])}
            )
            for row in rows
        ]


def narrowed_json(scope: Scope) -> dict[str, Any]:
    """What a grant is narrowed to, for a program; times are seconds UTC."""
    span = None if scope.span is None else [scope.span.start, scope.span.end]
    return {"people": scope.people, "places": scope.places, "devices": scope.devices, "span": span}


def _written(scope: Scope) -> str:
    return json.dumps(narrowed_json(scope), ensure_ascii=False)


def _read(text: str) -> Scope:
    told = json.loads(text)
    span = None if told["span"] is None else Span(*told["span"])
    return Scope(tuple(told["people"]), tuple(told["places"]), tuple(told["devices"]), span)
