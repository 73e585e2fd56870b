"""Accounts of other people, for whoever runs the computer.

Every change takes their own password once more. Passwords of others are made here and shown once;
nobody chooses one for somebody else.
"""

from __future__ import annotations

from fastapi import HTTPException

from app.api_models.account import (
    OtherAccountReply,
    OtherPasswordReply,
    RemovedAccountReply,
    ResetPasswordReply,
)
from app.auth.accounts import Account
from app.auth.errors import AuthRefused
from app.auth.reauthentication import require_password
from app.auth.request_context import RequestContext
from app.auth.token_hashing import first_password
from app.presentation.i18n import t
from memory.repositories.audit_log import Audit
from memory.types.paths import shown


class OtherAccounts:
    """All accounts, as one person who is signed in may see and change them."""

    def __init__(self, seen: RequestContext, audit: Audit) -> None:
        """Raises HTTPException (403) where ``seen`` does not run the computer."""
        if seen.account is None or not seen.runs_the_computer:
            raise HTTPException(403, t("Only whoever runs this computer decides who may sign in."))
        self._seen, self._account, self._audit = seen, seen.account, audit

    def all(self) -> list[OtherAccountReply]:
        """Everybody who may sign in."""
        return list(map(self._reply, self._seen.accounts.all()))

    def add(self, name: str, password: str) -> OtherPasswordReply:
        """Lets somebody in; the reply has their first password. Raises AuthRefused."""
        self._require(password)
        fresh = first_password()
        added = self._seen.accounts.add(name, fresh)
        self._audit.write(self._seen.who, "account-made", added.name)
        return OtherPasswordReply(**self._reply(added).model_dump(), password=fresh)

    def reset(self, number: int, password: str) -> ResetPasswordReply:
        """Gives somebody a new password, and ends their sessions. Raises HTTPException."""
        other = self._other(number)
        self._require(password)
        fresh = first_password()
        self._seen.accounts.set_password(other, fresh)
        ended = self._seen.accounts.sessions.end_all(other.id)
        self._audit.write(self._seen.who, "password-reset", other.name)
        return ResetPasswordReply(
            **self._reply(other).model_dump(), password=fresh, signed_out=ended
        )

    def remove(self, number: int, password: str) -> RemovedAccountReply:
        """Ends a sign-in; the home stays. Raises HTTPException."""
        other = self._other(number)
        self._require(password)
        try:
            self._seen.accounts.remove(other.name)
        except AuthRefused as error:  # somebody else was faster
            raise HTTPException(404, str(error)) from error
        self._audit.write(self._seen.who, "account-removed", other.name)
        return RemovedAccountReply(name=other.name, home=shown(str(other.home)))

    def _other(self, number: int) -> Account:
        """Somebody else's account, with a home of its own."""
        account = self._seen.accounts.by_id(number) if abs(number) < 2**62 else None
        if account is None or not account.here:
            raise HTTPException(404, t("There is no such account any more."))
        if account.home == self._seen.accounts.root:
            words = t("Accounts of the first library are changed by command: egobutler users")
            raise HTTPException(409, words)
        return account

    def _require(self, password: str) -> None:
        refusal = t("Your password is not right; nothing was changed.")
        require_password(self._seen, self._account, password, refusal)

    def _reply(self, account: Account) -> OtherAccountReply:
        last = self._seen.accounts.sessions.of(account.id)
        return OtherAccountReply(
            id=account.id,
            name=account.name,
            home=shown(str(account.home)),
            created=account.created,
            seen=last[0].seen if last else None,
            changeable=account.home != self._seen.accounts.root,
        )
