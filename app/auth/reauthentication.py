"""That it is the person and not somebody at their open browser: their password, once more."""

from __future__ import annotations

from fastapi import HTTPException

from app.auth import account_names as names
from app.auth.accounts import Account
from app.auth.errors import TooManyTries, WrongPassword
from app.auth.request_context import RequestContext


def require_password(seen: RequestContext, account: Account, password: str, refusal: str) -> None:
    """Checks it; guessing is slowed down as at the door, for each session by itself.

    Raises:
        HTTPException: 403 with ``refusal`` where it is another; 429 after too many tries.
    """
    key = names.key(account.name)
    source = f"session {seen.session.id}" if seen.session else ""
    if wait := seen.accounts.guesses.charge(seen.address, key, source):
        slow = TooManyTries(wait)
        raise HTTPException(429, str(slow), {"Retry-After": str(slow.wait)})
    try:
        seen.accounts.check(account.name, password)
    except WrongPassword:
        raise HTTPException(403, refusal) from None
    seen.accounts.guesses.forgive(seen.address, key, source)
