"""Granting: what an owner lets others ask, entered in the logs of both and listed for both."""

from __future__ import annotations

import logging
from typing import Any

from app.across.homes import opened
from app.auth.accounts import Account, Accounts
from app.auth.grants import Grant, narrowed_json
from memory.types.core import Scope
from memory.types.errors import StoreError

_log = logging.getLogger(__name__)


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
