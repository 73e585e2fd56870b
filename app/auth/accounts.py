"""Accounts: who may come in, and which home is theirs.

accounts = Accounts(root)            # the home that the server was given
anna = accounts.add("Anna", "a long password")
accounts.check("anna", "a long password")    # the account; raises WrongPassword otherwise
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.auth import account_names as names
from app.auth.database import AccountsFile
from app.auth.errors import AuthRefused, WrongPassword
from app.auth.grants import Grants
from app.auth.known_sources import KnownSources
from app.auth.passwords import Passwords
from app.auth.sessions import Sessions
from app.auth.throttle import Guesses
from app.auth.tokens import Tokens
from app.presentation.i18n import t

if TYPE_CHECKING:
    from memory.db.fence import Fence


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may come in. ``created`` is seconds UTC."""

    id: int
    name: str
    home: Path
    created: float


class Accounts:
    """The accounts of a root home, with their sessions, tokens and wrong guesses."""

    def __init__(
        self,
        root: Path,
        passwords: Passwords | None = None,
        clock: Callable[[], float] = time.time,
        fence: Fence | None = None,
    ) -> None:
        self.root = root.expanduser().resolve()
        self.file = AccountsFile(self.root, fence)
        self.sessions = Sessions(self.file, clock)
        self.tokens = Tokens(self.file, clock)
        self.grants = Grants(self.file, clock)
        self.sources = KnownSources(self.file, clock)
        self.guesses = Guesses()
        self._passwords = passwords or Passwords()
        self._clock = clock

    def exist(self) -> bool:
        """Whether anybody has an account. Raises AccountsUnreadable."""
        return bool(self.file.rows("SELECT 1 FROM account LIMIT 1"))

    def all(self) -> list[Account]:
        """Everybody, the first first."""
        return self._of("1 = ?", 1)

    def get(self, name: str) -> Account:
        """The account of this name. Raises Refused where there is none."""
        accounts = self._of("key = ?", names.key(name))
        if not accounts:
            raise AuthRefused(t("Nobody has an account named {name}.", name=name))
        return accounts[0]

    def by_id(self, number: int) -> Account | None:
        """The account with this number, unless it is gone."""
        accounts = self._of("id = ?", number)
        return accounts[0] if accounts else None

    def by_home(self, home: Path) -> Account | None:
        """The first account with this home, if there is one."""
        place = home.expanduser().resolve()
        return next((account for account in self.all() if account.home == place), None)

    def _of(self, which: str, value: object) -> list[Account]:
        rows = self.file.rows(
            f"SELECT id, name, home, created FROM account WHERE {which} ORDER BY id", (value,)
        )
        return [
            Account(row["id"], row["name"], names.located(row["home"], self.root), row["created"])
            for row in rows
        ]

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
        taken = AuthRefused(t("There is an account named {name} already.", name=shown))
        try:
            with self.file.change() as db:
                first = db.execute("SELECT 1 FROM account LIMIT 1").fetchone() is None
                if only_first and not first:
                    raise AuthRefused(t("There is an account already. Sign in with it."))
                if db.execute(
                    "SELECT 1 FROM account WHERE key = ?", (names.key(shown),)
                ).fetchone():
                    raise taken
                home = self.root if first and at is None else self._new_home(shown, at)
                row = (
                    shown,
                    names.key(shown),
                    password_hash,
                    names.written(home, self.root),
                    self._clock(),
                )
                cursor = db.execute(
                    "INSERT INTO account (name, key, password, home, created)"
                    " VALUES (?, ?, ?, ?, ?)",
                    row,
                )
                if home == self.root:
                    db.execute(
                        "UPDATE token SET account = ? WHERE account IS NULL", (cursor.lastrowid,)
                    )
        except sqlite3.IntegrityError:
            raise taken from None
        return self.get(shown)

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
        with self.file.change() as db:
            db.execute("DELETE FROM account WHERE id = ?", (account.id,))
        return account

    def set_password(self, account: Account, password: str) -> None:
        """Gives an account another password. Raises Refused."""
        password_hash = self._passwords.hash(password)
        with self.file.change() as db:
            db.execute("UPDATE account SET password = ? WHERE id = ?", (password_hash, account.id))

    def check(self, name: str, password: str) -> Account:
        """Whose name and password these are.

        Raises:
            WrongPassword: nobody's. It takes as long as where there is such a name.
        """
        rows = self.file.rows("SELECT id, password FROM account WHERE key = ?", (names.key(name),))
        password_hash = str(rows[0]["password"]) if rows else None
        if not self._passwords.matches(password_hash, password) or password_hash is None:
            raise WrongPassword
        account = self.by_id(rows[0]["id"])
        if account is None:  # removed this very moment
            raise WrongPassword
        if self._passwords.outdated(password_hash):
            self.set_password(account, password)
        return account
