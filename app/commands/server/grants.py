"""``egobutler grants``: who may ask your memories, within what, and until when."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Annotated

from app.across.granting import end_grant, give_grant, grant_json, grants_json
from app.auth.accounts import Account, Accounts
from app.auth.errors import AuthRefused
from app.auth.grants import GRANTABLE, Grant
from app.commands import base
from app.commands.options import CommandOptions, command, group, value
from app.commands.server.accounts import Name, accounts_of, day
from app.core.errors import PersonError
from app.presentation.parse_time import parse_moment
from app.presentation.rendering import local_time
from memory.types.core import Scope, Span
from memory.types.timezones import local_zone

_User = Annotated[str | None, value("NAME", "whose memories (default: the first user's)")]
_ONLY = "only moments {}; may be given again for another"
_GIVE = "egobutler grants give NAME --days 7"
DAYS = 7

grants = group("Let others ask your memories; nobody may unless you say so.")


@command(grants, "list", accounts=True)
def listed(options: CommandOptions, user: _User = None) -> None:
    """List who may ask a user's memories, and whose memories the user may ask."""
    with accounts_of(options) as accounts:
        whose = _whose(accounts, user)
        given = [_line(accounts, one, one.taker) for one in accounts.grants.given_by(whose.id)]
        taken = [_line(accounts, one, one.giver) for one in accounts.grants.given_to(whose.id)]
        result = grants_json(accounts, whose)
    for line in given:
        options.show(f"may ask {whose.name}: {line}")
    for line in taken:
        options.show(f"{whose.name} may ask: {line}")
    if not given:
        base.say(f"nobody may ask {whose.name}'s memories. To let somebody: {_GIVE}")
    options.result_line(result)


@command(grants, accounts=True)
def give(
    options: CommandOptions,
    name: Name,
    user: _User = None,
    scope: Annotated[
        list[str] | None,
        value(
            "SCOPE",
            "what for (default: ask); may be given again. "
            + "; ".join(f"{scope}: {words}" for scope, words in GRANTABLE.items()),
        ),
    ] = None,
    person: Annotated[list[str] | None, value("NAME", _ONLY.format("with this person"))] = None,
    place: Annotated[list[str] | None, value("NAME", _ONLY.format("at this place"))] = None,
    begin: Annotated[str | None, value("TIME", "only moments from this time on", "--from")] = None,
    end: Annotated[str | None, value("TIME", "only moments until this time", "--to")] = None,
    days: Annotated[int, value("N", "how long it lasts")] = DAYS,
) -> None:
    """Let somebody ask; your password is asked for, or read from standard input."""
    narrowed = Scope(_named(person), _named(place), (), _span(begin, end))
    with accounts_of(options) as accounts:
        giver, taker = _whose(accounts, user), accounts.get(name)
        accounts.check(giver.name, _password(giver))
        grant = give_grant(accounts, giver, taker, scope or ["ask"], days, narrowed)
        line, result = _line(accounts, grant, taker.id), grant_json(accounts, grant)
    options.show(f"may ask {giver.name}: {line}")
    base.say(f"To end it: egobutler grants end {taker.name}")
    options.result_line(result)


@command(grants, "end", accounts=True)
def ended(options: CommandOptions, name: Name, user: _User = None) -> None:
    """Let somebody ask no more, from their next question on."""
    with accounts_of(options) as accounts:
        giver, taker = _whose(accounts, user), accounts.get(name)
        result = grant_json(accounts, end_grant(accounts, giver, taker))
    options.show(f"{taker.name} may ask {giver.name}'s memories no more.")
    options.result_line(result)


def _whose(accounts: Accounts, user: str | None) -> Account:
    if user is not None:
        return accounts.get(user)
    people = accounts.all()
    if not people:
        raise AuthRefused(
            "nobody has an account, so that there is nobody to let ask: egobutler users add NAME"
        )
    return people[0]


def _password(giver: Account) -> str:
    """The owner's own: whoever else sits at the computer gives nothing in their name."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return getpass(f"Password of {giver.name}: ")


def _named(names: list[str] | None) -> tuple[str, ...]:
    """What was named; raises PersonError where that is blank, which would be anybody."""
    given = tuple(name.strip() for name in names or ())
    if not all(given):
        raise PersonError("--person and --place need a name; nothing was given")
    return given


def _span(begin: str | None, end: str | None) -> Span | None:
    if begin is None and end is None:
        return None
    low, high = (
        None if text is None else parse_moment(text, local_zone()).timestamp()
        for text in (begin, end)
    )
    low, high = 0.0 if low is None else low, 1e11 if high is None else high
    if high <= low:
        raise PersonError("--to lies before --from; nothing was given")
    return Span(low, high)


def _line(accounts: Accounts, grant: Grant, other: int) -> str:
    scope, who = grant.narrowed, accounts.by_id(other)
    span = scope.span
    bounds = [
        *(f"with {name}" for name in scope.people),
        *(f"at {name}" for name in scope.places),
        *([f"from {_when(span.start)}"] if span and span.start > 0 else []),
        *([f"to {_when(span.end)}"] if span and span.end < 1e11 else []),
    ]
    only = f"only moments {', '.join(bounds)}" if bounds else "all moments"
    name = who.name if who else ""
    return f"{name}  {', '.join(sorted(grant.scopes))}  {only}  until {day(grant.ends)}"


def _when(at: float) -> str:
    return f"{local_time(at, local_zone()):%Y-%m-%d %H:%M}"
