"""Accounts: who may come in, which home is theirs, and in which house it lies.

accounts = Accounts(root)            # the home that the server was given
accounts = Accounts.of(settings)     # where the settings say: there, or in PostgreSQL
anna = accounts.add("Anna", "a long password")
accounts.check("anna", "a long password")    # the account; raises WrongPassword otherwise
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from app.auth import account_names as names
from app.auth.database import AccountsDatabase, AccountsFile
from app.auth.errors import AccountsChanged, AuthRefused, WrongPassword
from app.auth.grants import Grants
from app.auth.known_sources import KnownSources
from app.auth.passwords import Passwords
from app.auth.sessions import Sessions
from app.auth.throttle import Guesses
from app.auth.tokens import Tokens
from app.core.errors import PersonError
from app.presentation.i18n import t
from memory.db.database import FILE_NAME as HOME_FILE

if TYPE_CHECKING:
    from app.core.settings import Settings
    from memory.db.fence import Fence

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may come in. ``created`` is seconds UTC.

    Unless their home is ``here``, in this house, its path is one where nothing is or can be made;
    ``epoch`` counts the houses that had it before.
    """

    id: int
    name: str
    home: Path
    created: float
    house: str = ""
    epoch: int = 0
    here: bool = True

    @property
    def awaited(self) -> bool:
        """Whether their home was moved to this house, and is not restored yet."""
        return self.here and self.epoch > 0 and not (self.home / HOME_FILE).exists()


class Accounts:
    """The accounts of a root home, with their sessions, tokens and wrong guesses."""

    def __init__(
        self,
        root: Path,
        passwords: Passwords | None = None,
        clock: Callable[[], float] = time.time,
        fence: Fence | None = None,
        database: AccountsDatabase | None = None,
        house: str = "",
    ) -> None:
        """``database`` is one that several houses share, and ``house`` the name of this."""
        self.root, self.house = root.expanduser().resolve(), house
        self.database: AccountsDatabase = database or AccountsFile(self.root, fence)
        self.sessions = Sessions(self.database, clock)
        self.tokens = Tokens(self.database, clock)
        self.grants = Grants(self.database, clock)
        self.sources = KnownSources(self.database, clock)
        self.guesses = Guesses()
        self._passwords = passwords or Passwords()
        self._clock = clock

    @classmethod
    def of(cls, settings: Settings, root: Path | None = None) -> Accounts:
        """Those of a root home (the settings' own), where settings say. Raises PersonError."""
        root, url, house = root or settings.home, settings.accounts, settings.house
        if url is None and house is None:
            return cls(root, fence=settings.fence)
        if url is None or not house or not re.fullmatch("[a-z0-9]([a-z0-9-]*[a-z0-9])?", house):
            raise PersonError(
                "--accounts, a database, and --house, the name of this of the houses that share "
                "it (a to z, 0 to 9, dashes), go together"
            )
        try:
            from app.auth.postgres import PostgresAccounts
        except ImportError:
            words = "accounts in PostgreSQL take psycopg: pip install 'egobutler[postgres]'"
            raise PersonError(words) from None
        return cls(root, database=PostgresAccounts(url, house), house=house)

    async def call(self, function: Callable[P, T], *values: P.args, **named: P.kwargs) -> T:
        """Calls what reads or changes accounts, in a thread where a network may hold it up."""
        if not self.house:
            return function(*values, **named)
        return await asyncio.to_thread(function, *values, **named)

    def exist(self) -> bool:
        """Whether anybody has an account, in any house. Raises AccountsUnreadable."""
        return bool(self.database.rows("SELECT 1 FROM account LIMIT 1"))

    def all(self) -> list[Account]:
        """Everybody whose home is in this house, the first first."""
        return self._of("house = ?", self.house)

    def everywhere(self) -> list[Account]:
        """Everybody in all houses, the first first."""
        return self._of("1 = ?", 1)

    def get(self, name: str) -> Account:
        """The account of this name. Raises Refused where there is none."""
        account = self.by_name(name)
        if account is None:
            raise AuthRefused(t("Nobody has an account named {name}.", name=name))
        return account

    def by_name(self, name: str) -> Account | None:
        """The account of this name, if there is one."""
        return next(iter(self._of("key = ?", names.key(name))), None)

    def by_id(self, number: int) -> Account | None:
        """The account with this number, unless it is gone."""
        accounts = self._of("id = ?", number)
        return accounts[0] if accounts else None

    def by_home(self, home: Path) -> Account | None:
        """The first account with this home, if there is one."""
        place = home.expanduser().resolve()
        return next((account for account in self.all() if account.home == place), None)

    def _of(self, which: str, value: object) -> list[Account]:
        rows = self.database.rows(
            f"SELECT id, name, home, created, house, epoch FROM account WHERE {which} ORDER BY id",
            (value,),
        )
        return [Account(**row | self._place(row)) for row in rows]

    def _place(self, row: dict[str, Any]) -> dict[str, Any]:
        here = row["house"] == self.house
        elsewhere = Path(os.devnull, row["house"], str(row["id"]))  # no folder is made below it
        return {"here": here, "home": names.located(row["home"], self.root) if here else elsewhere}

    def add(
        self, name: str, password: str, at: Path | None = None, *, only_first: bool = False
    ) -> Account:
        """Makes an account. The first gets the root home and the tokens made until then.

        Args:
            name: what the person signs in with.
            password: at least eight characters.
            at: the folder of their home; two accounts with one folder share its memories.
            only_first: refuse where there is an account already.

        Raises:
            Refused: name, password or folder will not do.
        """
        shown = names.plain(name)
        password_hash = self._passwords.hash(password)
        with self.database.change() as db:
            houses = {account.house for account in self.everywhere()}
            if only_first and houses:
                raise AuthRefused(t("There is an account already. Sign in with it."))
            if self.by_name(shown):
                raise AuthRefused(t("There is an account named {name} already.", name=shown))
            own = self.house in houses or at is not None
            home = self._new_home(shown, at) if own else self.root
            place = names.written(home, self.root)
            db.execute(
                "INSERT INTO account (name, key, password, home, created, house)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (shown, names.key(shown), password_hash, place, self._clock(), self.house),
            )
            account = self.get(shown)
            if home == self.root and houses <= {self.house}:
                db.execute("UPDATE token SET account = ? WHERE account IS NULL", (account.id,))
        return account

    def move_here(self, account: Account, at: Path | None = None) -> Account:
        """Has somebody's home lie here, in a folder that is empty yet. Raises AuthRefused."""
        if account.here:
            raise AuthRefused(f"the home of {account.name} is in this house already")
        with self.database.change() as db:
            folder = at or names.homes(self.root) / names.key(account.name)
            home = self._new_home(account.name, folder)
            if home.exists() and any(home.iterdir()):  # an older copy would be taken for theirs
                raise AuthRefused(f"{home} is not empty: empty it, or name another with --at")
            moved = db.execute(
                "UPDATE account SET house = ?, home = ?, epoch = epoch + 1"
                " WHERE id = ? AND epoch = ?",
                (self.house, names.written(home, self.root), account.id, account.epoch),
            )
            if not moved.rowcount:
                raise AccountsChanged
            return self.get(account.name)

    def _new_home(self, name: str, at: Path | None) -> Path:
        """A folder for a new home. Raises Refused where it is, or lies in, somebody else's."""
        home = (at or names.homes(self.root) / names.key(name)).expanduser().resolve()
        if at is None and home.exists() and any(home.iterdir()):
            raise AuthRefused(
                t(
                    "{home} holds the library of somebody who had that name. Choose another name; "
                    "or, to give {name} what is in it, type on the computer that runs EgoButler: "
                    "egobutler users add {name} --at {home}",
                    home=home,
                    name=name,
                )
            )
        for other in {account.home for account in self.all()} | {self.root}:
            if names.nested(home, other, self.root):
                raise AuthRefused(
                    f"{home} and the home {other} lie inside each other; choose another."
                )
        return home

    def remove(self, name: str) -> Account:
        """Ends an account, its sessions and its tokens; its home stays. Raises Refused."""
        account = self.get(name)
        with self.database.change() as db:
            db.execute("DELETE FROM account WHERE id = ?", (account.id,))
        return account

    def set_password(self, account: Account, password: str) -> None:
        """Gives an account another password. Raises Refused."""
        password_hash = self._passwords.hash(password)
        with self.database.change() as db:
            db.execute("UPDATE account SET password = ? WHERE id = ?", (password_hash, account.id))

    def check(self, name: str, password: str) -> Account:
        """Whose name and password these are.

        Raises:
            WrongPassword: nobody's. It takes as long as where there is such a name.
        """
        key = names.key(name)
        rows = self.database.rows("SELECT id, password FROM account WHERE key = ?", (key,))
        password_hash = str(rows[0]["password"]) if rows else None
        if not self._passwords.matches(password_hash, password) or password_hash is None:
            raise WrongPassword
        account = self.by_id(rows[0]["id"])
        if account is None:  # removed this very moment
            raise WrongPassword
        if self._passwords.outdated(password_hash):
            self.set_password(account, password)
        return account
