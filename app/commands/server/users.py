"""``egobutler users``: who may sign in, each to a home of their own."""

from __future__ import annotations

import argparse
import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from app.auth.accounts import Account, Accounts
from app.commands import base
from app.commands.server.accounts import Action, add_actions, day, uses
from app.core.errors import PersonError

_ADD = "egobutler users add NAME"


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser(
        "users",
        parents=[common],
        epilog="The password is asked for, or read from standard input. " + uses(_ACTIONS),
    )
    add_actions(parser, _ACTIONS)
    parser.add_argument("--at", type=Path, metavar="FOLDER", help="add: the folder of their home")
    parser.add_argument("--yes", action="store_true", help="remove without asking")


def _list(accounts: Accounts, options: argparse.Namespace) -> None:
    users = accounts.all()
    for account in users:
        print(f"{account.name}  since {day(account.created)}  {account.home}")
    if not users:
        base.say(
            "nobody has an account: the app opens without sign-in, on this computer only. "
            f"To change that: {_ADD}"
        )
    base.result_line({"users": [_json(account) for account in users]})


def _add(accounts: Accounts, options: argparse.Namespace) -> None:
    account = accounts.add(options.name, _new_password(), options.at)
    base.say(
        f"{account.name} can sign in now, and sees what is in {account.home}. From now on the app "
        "asks everybody to sign in."
    )
    base.result_line(_json(account))


def _remove(accounts: Accounts, options: argparse.Namespace) -> None:
    account = accounts.get(options.name)
    if not options.yes:
        _ask_first(account)
    accounts.remove(options.name)
    base.say(
        f"{account.name} can no longer sign in, and is signed out everywhere. Their recordings "
        f"are still in {account.home}; delete that folder to be rid of them."
    )
    if not accounts.exist():
        base.say("nobody has an account now: on this computer the app opens without sign-in")
    base.result_line(_json(account))


def _password(accounts: Accounts, options: argparse.Namespace) -> None:
    account = accounts.get(options.name)
    accounts.set_password(account, _new_password())
    ended = accounts.sessions.end_all(account.id)
    base.say(f"{account.name} has a new password, and was signed out everywhere.")
    base.result_line({**_json(account), "signed_out": ended})


_ACTIONS = {
    "list": Action("egobutler users", _list),
    "add": Action(_ADD, _add),
    "remove": Action("egobutler users remove NAME", _remove),
    "password": Action("egobutler users password NAME", _password),
}


def _new_password() -> str:
    """Asked for twice at a terminal; else a line of standard input, never an argument, which
    every other program of the computer could read."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("The same again: ") != password:
        raise PersonError("the two passwords differ; nothing was changed")
    return password


def _ask_first(account: Account) -> None:
    if not sys.stdin.isatty():
        raise PersonError("add --yes to do it without being asked")
    base.say(f"End the account of {account.name}? Type yes to do it:")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise PersonError("nothing was changed")


def _json(account: Account) -> dict[str, object]:
    return {"name": account.name, "home": str(account.home), "created": account.created}
