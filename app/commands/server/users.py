"""``egobutler users``: who may sign in, each to a home of their own."""

from __future__ import annotations

import sys
from contextlib import closing
from getpass import getpass
from pathlib import Path
from typing import Annotated

from app.auth.accounts import Account
from app.auth.database import AccountsFile
from app.commands import base
from app.commands.options import CommandOptions, Yes, command, group, value
from app.commands.server.accounts import Name, accounts_of, day
from app.core.errors import PersonError

users = group("Say who may sign in, each to a home of their own.")


@command(users, "list", accounts=True)
def listed(options: CommandOptions) -> None:
    """List who may sign in."""
    with accounts_of(options) as accounts:
        known = accounts.everywhere()
    for account in known:
        options.show(f"{account.name}  since {day(account.created)}  {_place(account)}")
    if not known:
        base.say(
            "nobody has an account: the app opens without sign-in, on this computer only. "
            "To change that: egobutler users add NAME"
        )
    options.result_line({"users": [_json(account) for account in known]})


@command(users, accounts=True)
def add(
    options: CommandOptions,
    name: Name,
    at: Annotated[Path | None, value("FOLDER", "the folder of their home")] = None,
) -> None:
    """Let somebody sign in; the password is asked for, or read from standard input."""
    with accounts_of(options) as accounts:
        account = accounts.add(name, _new_password(), at)
    options.show(
        f"{account.name} can sign in now, and sees what is in {account.home}. From now on the app "
        "asks everybody to sign in."
    )
    options.result_line(_json(account))


@command(users, accounts=True)
def remove(options: CommandOptions, name: Name, yes: Yes = False) -> None:
    """End an account; its recordings stay."""
    with accounts_of(options) as accounts:
        account = accounts.get(name)
        if not yes:
            _ask_first(account)
        accounts.remove(name)
        last = not accounts.exist()
    options.show(
        f"{account.name} can no longer sign in, and is signed out everywhere. Their recordings "
        f"are still in {_place(account)}; delete that folder to be rid of them."
    )
    if last:
        base.say("nobody has an account now: on this computer the app opens without sign-in")
    options.result_line(_json(account))


@command(users, accounts=True)
def password(options: CommandOptions, name: Name) -> None:
    """Give somebody a new password, asked for or read from standard input."""
    with accounts_of(options) as accounts:
        account = accounts.get(name)
        accounts.set_password(account, _new_password())
        ended = accounts.sessions.end_all(account.id)
    options.show(f"{account.name} has a new password, and was signed out everywhere.")
    options.result_line({**_json(account), "signed_out": ended})


@command(users, accounts=True)
def move(
    options: CommandOptions,
    name: Name,
    at: Annotated[Path | None, value("FOLDER", "where their home is to be restored")] = None,
) -> None:
    """Have somebody's home in this house from now on: type it in the house that gets it."""
    with accounts_of(options) as accounts:
        before = accounts.get(name)
        account = accounts.move_here(before, at)
    options.show(
        f"{account.name} lives in this house now; {before.house} lets nobody in to them, and in "
        "half a minute has closed their home. Then back that up there, and here: "
        f"egobutler restore FILE --home {account.home}"
    )
    options.result_line(_json(account))


@command(users, accounts=True)
def copy(options: CommandOptions) -> None:
    """Copy accounts, sessions, tokens and grants of this home to the database of --accounts."""
    from app.auth.postgres import PostgresAccounts

    with accounts_of(options) as accounts, closing(AccountsFile(accounts.root)) as file:
        if not isinstance(accounts.database, PostgresAccounts):
            raise PersonError("say where to: --accounts postgresql://… --house NAME")
        count = accounts.database.take_over(file, accounts.house)
    options.show(
        f"accounts copied: {count}. Start the server with --accounts and --house, and delete "
        f"{file.path} once all is well: it stays as it is, and is read no more."
    )
    options.result_line({"copied": count})


def _new_password() -> str:
    """Asked for twice at a terminal; else a line of standard input, never an argument, which
    every other program of the computer could read."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    words = getpass("Password: ")
    if getpass("The same again: ") != words:
        raise PersonError("the two passwords differ; nothing was changed")
    return words


def _ask_first(account: Account) -> None:
    if not sys.stdin.isatty():
        raise PersonError("add --yes to do it without being asked")
    question = f"End the account of {account.name}? Type yes to do it:"
    if base.typed(question) not in ("y", "yes"):
        raise PersonError("nothing was changed")


def _place(account: Account) -> str:
    return str(account.home) if account.here else f"house {account.house}"


def _json(account: Account) -> dict[str, object]:
    place = {"home": str(account.home) if account.here else None, "house": account.house}
    return {"name": account.name, **place, "created": account.created}
