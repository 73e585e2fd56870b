"""``egobutler tokens``: what programs may come in with, and what each may do."""

from __future__ import annotations

from typing import Annotated

from app.auth.accounts import Accounts
from app.auth.errors import AuthRefused
from app.auth.scopes import SCOPES
from app.auth.tokens import AccessToken, token_json
from app.commands import base
from app.commands.options import CommandOptions, command, group, value
from app.commands.server.accounts import Name, accounts_of, day

_ADD = "egobutler tokens add NAME --scope ask --scope search"
_User = Annotated[str | None, value("NAME", "whose token (default: the first user's)")]


tokens = group("Let programs come in with a token, each for some purposes only.")


@command(tokens, "list", accounts=True)
def listed(options: CommandOptions, user: _User = None) -> None:
    """List the tokens of a user."""
    with accounts_of(options) as accounts:
        known = accounts.tokens.of(_whose(accounts, user))
    for token in known:
        options.show(_line(token))
    if not known:
        base.say(f"there are no tokens. To make one: {_ADD}")
    options.result_line({"tokens": [token_json(token) for token in known]})


@command(tokens, accounts=True)
def add(
    options: CommandOptions,
    name: Name,
    scope: Annotated[
        list[str] | None,
        value(
            "SCOPE",
            "what it may do; may be given again. "
            + "; ".join(f"{scope}: {words}" for scope, words in SCOPES.items()),
        ),
    ] = None,
    days: Annotated[int | None, value("N", "how long it lasts (default: until removed)")] = None,
    user: _User = None,
) -> None:
    """Make a token; its secret is shown once."""
    with accounts_of(options) as accounts:
        if not scope:
            raise AuthRefused(f"say what it may do: {_ADD}")
        token, secret = accounts.tokens.make(_whose(accounts, user), name, list(scope), days)
    options.show(_line(token))
    base.say(
        "This is shown once; keep it like a password. Programs send it as "
        f"'Authorization: Bearer {secret[:8]}…'"
    )
    if not options.json:
        print(secret)
    options.result_line({**token_json(token), "secret": secret})


@command(tokens, accounts=True)
def remove(options: CommandOptions, name: Name, user: _User = None) -> None:
    """Let a token open nothing any more."""
    with accounts_of(options) as accounts:
        token = accounts.tokens.remove(_whose(accounts, user), name)
    options.show(f"{token.name} opens nothing any more.")
    options.result_line(token_json(token))


def _whose(accounts: Accounts, user: str | None) -> int | None:
    if user is not None:
        return accounts.get(user).id
    people = accounts.all()
    return people[0].id if people else None


def _line(token: AccessToken) -> str:
    used = f"last used {day(token.used)}" if token.used else "never used"
    ends = f"until {day(token.expires)}" if token.expires else "until it is removed"
    return f"{token.name}  {', '.join(sorted(token.scopes))}  {ends}, {used}"
