"""``egobutler tokens``: what programs may come in with, and what each may do."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.auth.accounts import Accounts
from app.auth.errors import AccountsError, Refused
from app.auth.scopes import SCOPES
from app.auth.tokens import Token
from app.commands import base
from app.commands.users import accounts_of

_USE = {
    "list": "egobutler tokens",
    "add": "egobutler tokens add NAME --scope ask --scope search [--days 30]",
    "remove": "egobutler tokens remove NAME",
}


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser(
        "tokens",
        parents=[common],
        help="what programs may come in with: list, add, remove",
        epilog="Scopes: "
        + "; ".join(f"{scope}: {words}" for scope, words in SCOPES.items())
        + ". "
        + "; ".join(_USE.values()),
    )
    parser.add_argument("action", nargs="?", choices=tuple(_USE), default="list")
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("--scope", action="append", choices=tuple(SCOPES), help="what it may do")
    parser.add_argument("--days", type=int, help="how long it lasts (default: until removed)")
    parser.add_argument("--user", metavar="NAME", help="whose token (default: the first user's)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Lists tokens, makes one, or removes one."""
    if (options.name is None) != (options.action == "list"):
        raise base.PersonError(f"say: {_USE[options.action]}")
    accounts = accounts_of(options)
    try:
        _ACTIONS[options.action](accounts, _whose(accounts, options.user), options)
    except AccountsError as error:
        raise base.PersonError(str(error)) from error
    finally:
        accounts.file.close()
    return 0


def _whose(accounts: Accounts, user: str | None) -> int | None:
    if user is not None:
        return accounts.get(user).id
    people = accounts.all()
    return people[0].id if people else None


def _list(accounts: Accounts, owner: int | None, options: argparse.Namespace) -> None:
    found = accounts.tokens.of(owner)
    for token in found:
        print(_line(token))
    if not found:
        base.say(f"there are no tokens. To make one: {_USE['add']}")
    base.result_line({"tokens": [token_json(token) for token in found]})


def _add(accounts: Accounts, owner: int | None, options: argparse.Namespace) -> None:
    if not options.scope:
        raise Refused(f"say what it may do: {_USE['add']}")
    token, secret = accounts.tokens.make(owner, options.name, options.scope, options.days)
    print(_line(token))
    base.say(
        "This is shown once; keep it like a password. Programs send it as "
        f"'Authorization: Bearer {secret[:8]}…'"
    )
    base.result_line({**token_json(token), "secret": secret})


def _remove(accounts: Accounts, owner: int | None, options: argparse.Namespace) -> None:
    token = accounts.tokens.remove(owner, options.name)
    base.say(f"{token.name} opens nothing any more.")
    base.result_line(token_json(token))


_ACTIONS: dict[str, Callable[[Accounts, int | None, argparse.Namespace], None]] = {
    "list": _list,
    "add": _add,
    "remove": _remove,
}


def _line(token: Token) -> str:
    used = f"last used {_day(token.used)}" if token.used else "never used"
    ends = f"until {_day(token.expires)}" if token.expires else "until it is removed"
    return f"{token.name}  {', '.join(sorted(token.scopes))}  {ends}, {used}"


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d}"


def token_json(token: Token) -> dict[str, object]:
    """A token for a program, without its secret; times are seconds UTC."""
    return {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "created": token.created,
        "expires": token.expires,
        "used": token.used,
    }
