"""``egobutler tokens``: what programs may come in with, and what each may do."""

from __future__ import annotations

import argparse
from typing import Any

from app.auth.accounts import Accounts
from app.auth.errors import AuthRefused
from app.auth.scopes import SCOPES
from app.auth.tokens import AccessToken, token_json
from app.commands import base
from app.commands.server.accounts import Action, add_actions, day, uses

_ADD = "egobutler tokens add NAME --scope ask --scope search [--days 30]"


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser(
        "tokens",
        parents=[common],
        epilog="Scopes: "
        + "; ".join(f"{scope}: {words}" for scope, words in SCOPES.items())
        + ". "
        + uses(_ACTIONS),
    )
    add_actions(parser, _ACTIONS)
    parser.add_argument("--scope", action="append", choices=tuple(SCOPES), help="what it may do")
    parser.add_argument("--days", type=int, help="how long it lasts (default: until removed)")
    parser.add_argument("--user", metavar="NAME", help="whose token (default: the first user's)")


def _whose(accounts: Accounts, user: str | None) -> int | None:
    if user is not None:
        return accounts.get(user).id
    people = accounts.all()
    return people[0].id if people else None


def _list(accounts: Accounts, options: argparse.Namespace) -> None:
    tokens = accounts.tokens.of(_whose(accounts, options.user))
    for token in tokens:
        print(_line(token))
    if not tokens:
        base.say(f"there are no tokens. To make one: {_ADD}")
    base.result_line({"tokens": [token_json(token) for token in tokens]})


def _add(accounts: Accounts, options: argparse.Namespace) -> None:
    if not options.scope:
        raise AuthRefused(f"say what it may do: {_ADD}")
    token, secret = accounts.tokens.make(
        _whose(accounts, options.user), options.name, options.scope, options.days
    )
    print(_line(token))
    base.say(
        "This is shown once; keep it like a password. Programs send it as "
        f"'Authorization: Bearer {secret[:8]}…'"
    )
    base.result_line({**token_json(token), "secret": secret})


def _remove(accounts: Accounts, options: argparse.Namespace) -> None:
    token = accounts.tokens.remove(_whose(accounts, options.user), options.name)
    base.say(f"{token.name} opens nothing any more.")
    base.result_line(token_json(token))


_ACTIONS = {
    "list": Action("egobutler tokens", _list),
    "add": Action(_ADD, _add),
    "remove": Action("egobutler tokens remove NAME", _remove),
}


def _line(token: AccessToken) -> str:
    used = f"last used {day(token.used)}" if token.used else "never used"
    ends = f"until {day(token.expires)}" if token.expires else "until it is removed"
    return f"{token.name}  {', '.join(sorted(token.scopes))}  {ends}, {used}"
