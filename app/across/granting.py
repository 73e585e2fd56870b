"""Granting: what an owner lets others ask, entered in the logs of both and listed for both."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.across.homes import is_there, opened
from app.auth.accounts import Account, Accounts
from app.auth.errors import AuthRefused
from app.auth.grants import Grant, narrowed_json
from app.presentation.i18n import t
from memory.types.core import Scope
from memory.types.errors import StoreError

_log = logging.getLogger(__name__)


def asker_at(accounts: Accounts, home: Path) -> Account:
    """The account whose home asks. Raises AuthRefused where it is nobody's."""
    asker = accounts.by_home(home)
    if asker is None:
        raise AuthRefused(
            t(
                "{home} is the home of no account, so that nobody can have let it ask theirs.",
                home=home,
            )
        )
    return asker


def granted(
    accounts: Accounts, asker: Account, names: Sequence[str]
) -> list[tuple[Account, Grant]]:
    """Those of these names, each once, with what they let ``asker`` ask.

    Raises:
        AuthRefused: somebody lets nothing be asked, with the same words where there is no such
            account; or it is the asker.
    """
    found = (_granted(accounts, asker, name) for name in names)
    return list({account.id: (account, grant) for account, grant in found}.values())


def _granted(accounts: Accounts, asker: Account, name: str) -> tuple[Account, Grant]:
    refused = AuthRefused(
        t(
            "{name} has not let you ask their memories, or does not any more. They can on their "
            "page Privacy, or by: egobutler grants give {you} --user {name}",
            name=name,
            you=asker.name,
        )
    )
    try:
        account = accounts.get(name)
    except AuthRefused:
        raise refused from None
    if account.home == asker.home:
        raise AuthRefused(
            t("{name} is you: your own memories are asked anyway. Name others only.", name=name)
        )
    grant = accounts.grants.between(account.id, asker.id)
    if grant is None:
        raise refused
    return account, grant


def give_grant(
    accounts: Accounts,
    giver: Account,
    taker: Account,
    scopes: list[str],
    days: int,
    narrowed: Scope,
) -> Grant:
    """Lets ``taker`` ask the memories of ``giver``.

    Raises:
        AuthRefused: it cannot be granted.
        StoreError: a log cannot tell of it; then nothing is granted.
    """
    grant = accounts.grants.give(giver.id, taker.id, scopes, days, narrowed)
    try:
        for account, words in ((giver, taker.name), (taker, giver.name)):
            _enter(account, giver.name, "grant-given", words)
    except (StoreError, OSError):
        accounts.grants.end(giver.id, taker.id)
        raise
    return grant


def end_grant(accounts: Accounts, giver: Account, taker: Account) -> Grant:
    """Ends what ``giver`` lets ``taker`` ask, also where a log cannot tell of it.

    Raises:
        AuthRefused: that is nothing.
    """
    grant = accounts.grants.end(giver.id, taker.id)
    for account, words in ((giver, taker.name), (taker, giver.name)):
        try:
            _enter(account, giver.name, "grant-ended", words)
        except (StoreError, OSError):
            _log.warning("the log of %s does not tell of it", account.name, exc_info=True)
    return grant


def _enter(account: Account, who: str, what: str, words: str) -> None:
    """Enters it in a log; a home that is not there yet, or is away, is not made for it."""
    if is_there(account.home):
        with opened(account.home) as store:
            store.audit.write(who, what, words)


def grants_json(accounts: Accounts, account: Account) -> dict[str, list[dict[str, Any]]]:
    """What others may ask of an account, and what it may ask of others, for a program."""
    return {
        "given": [grant_json(accounts, one) for one in accounts.grants.given_by(account.id)],
        "taken": [grant_json(accounts, one) for one in accounts.grants.given_to(account.id)],
    }


def grant_json(accounts: Accounts, grant: Grant) -> dict[str, Any]:
    """A grant for a program; times are seconds UTC."""
    giver, taker = accounts.by_id(grant.giver), accounts.by_id(grant.taker)
    return {
        "giver": giver.name if giver else "",
        "taker": taker.name if taker else "",
        "scopes": sorted(grant.scopes),
        **narrowed_json(grant.narrowed),
        "given": grant.given,
        "ends": grant.ends,
    }
