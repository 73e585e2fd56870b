"""``/api/account/others``: who else may sign in, for whoever runs the computer.

Every change takes their own password once more. Passwords of others are made here and shown once;
nobody chooses one for somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from app.api_models.account import (
    OtherAccountReply,
    OtherPasswordReply,
    RemovedAccountReply,
    ResetPasswordReply,
)
from app.auth.accounts import Account
from app.auth.errors import AuthRefused
from app.auth.reauthentication import require_password
from app.auth.request_context import RequestContext, owns_the_computer, visit_of
from app.auth.token_hashing import first_password
from app.presentation.i18n import t
from memory.types.paths import shown

if TYPE_CHECKING:
    from app.assistant import Assistant

Word = Annotated[str, Field(max_length=256)]


class Sure(BaseModel):
    """The password of whoever asks."""

    password: Word


class Further(Sure):
    """The name of somebody who may come in from now on."""

    name: Word


def accounts_router(assistant: Assistant) -> APIRouter:
    """``/api/account/others`` …"""
    router = APIRouter(prefix="/api/account/others", tags=["account"])

    def tell(seen: RequestContext, what: str, of: Account) -> None:
        assistant.store.audit.write(seen.who, what, of.name)

    @router.get("")
    def everybody(request: Request) -> list[OtherAccountReply]:
        seen, _mine = _in_charge(request)
        return [_account(account, seen) for account in seen.accounts.all()]

    @router.post("", status_code=201)
    def add(new_account: Further, request: Request) -> OtherPasswordReply:
        seen, mine = _in_charge(request)
        _sure(seen, mine, new_account.password)
        password = first_password()
        try:
            added_account = seen.accounts.add(new_account.name, password)
        except AuthRefused as error:
            raise HTTPException(422, str(error)) from error
        tell(seen, "account-made", added_account)
        return OtherPasswordReply(**_account(added_account, seen).model_dump(), password=password)

    @router.post("/{number}/password")
    def reset(number: int, sure: Sure, request: Request) -> ResetPasswordReply:
        seen, mine = _in_charge(request)
        other = _other(seen, number)
        _sure(seen, mine, sure.password)
        password = first_password()
        seen.accounts.set_password(other, password)
        ended = seen.accounts.sessions.end_all(other.id)
        tell(seen, "password-reset", other)
        return ResetPasswordReply(
            **_account(other, seen).model_dump(), password=password, signed_out=ended
        )

    @router.post("/{number}/remove")
    def remove(number: int, sure: Sure, request: Request) -> RemovedAccountReply:
        seen, mine = _in_charge(request)
        other = _other(seen, number)
        _sure(seen, mine, sure.password)
        try:
            seen.accounts.remove(other.name)
        except AuthRefused as error:  # somebody else was faster
            raise HTTPException(404, str(error)) from error
        tell(seen, "account-removed", other)
        return RemovedAccountReply(name=other.name, home=shown(str(other.home)))

    return router


def _in_charge(request: Request) -> tuple[RequestContext, Account]:
    """Whoever is signed in and runs the computer. Raises HTTPException for others."""
    seen = visit_of(request)
    if seen is None or seen.account is None or not owns_the_computer(request):
        raise HTTPException(403, t("Only whoever runs this computer decides who may sign in."))
    return seen, seen.account


def _other(seen: RequestContext, number: int) -> Account:
    """Somebody else's account, with a home of its own."""
    account = seen.accounts.by_id(number) if abs(number) < 2**62 else None
    if account is None:
        raise HTTPException(404, t("There is no such account any more."))
    if account.home == seen.accounts.root:
        words = t("Accounts of the first library are changed by command: egobutler users")
        raise HTTPException(409, words)
    return account


def _sure(seen: RequestContext, mine: Account, password: str) -> None:
    require_password(seen, mine, password, t("Your password is not right; nothing was changed."))


def _account(account: Account, seen: RequestContext) -> OtherAccountReply:
    last = seen.accounts.sessions.of(account.id)
    return OtherAccountReply(
        id=account.id,
        name=account.name,
        home=shown(str(account.home)),
        created=account.created,
        seen=last[0].seen if last else None,
        changeable=account.home != seen.accounts.root,
    )
