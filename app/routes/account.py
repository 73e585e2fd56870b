"""``/api/account``: who am I, where am I signed in, which programs may come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, Field

from app.auth import cookies
from app.auth.accounts import Account, Accounts
from app.auth.errors import Refused
from app.auth.proof import prove
from app.auth.scopes import SCOPES
from app.auth.sessions import Session
from app.auth.tokens import LONGEST_DAYS, LONGEST_NAME
from app.auth.visit import Visit, owns_the_computer, visit_of
from app.commands.tokens import token_json
from app.language import t
from app.rendering import Json

if TYPE_CHECKING:
    from app.assistant import Assistant

Word = Annotated[str, Field(max_length=256)]


class NewAccount(BaseModel):
    """The first account, made in the page."""

    name: Word
    password: Word


class NewPassword(BaseModel):
    """The password as it is and as it shall be."""

    old: Word
    new: Word


class NewToken(BaseModel):
    """A token for a program; ``days`` null: until it is removed."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)]
    scopes: Annotated[list[Word], Field(max_length=len(SCOPES))]
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] | None = None


class Leaving(BaseModel):
    """Which browsers to sign out: all, or all but this one."""

    keep_this: bool = False


def account_router(assistant: Assistant) -> APIRouter:
    """``/api/account`` and what lies under it: password, sessions, tokens, sign-out-everywhere."""
    router = APIRouter(prefix="/api/account")
    alone = Accounts(assistant.home)  # for an app that is served without the front

    def visit(request: Request) -> Visit:
        return visit_of(request) or Visit(alone)

    def tell(of: Visit, what: str, detail: str = "") -> None:
        assistant.store.audit.write(of.who, what, detail)

    @router.get("")
    def who(request: Request) -> Json:
        found = _who(visit(request))
        in_charge = found["account"] is not None and owns_the_computer(request)
        return {**found, "in_charge": in_charge}

    @router.post("", status_code=201)
    def first(wanted: NewAccount, request: Request, response: Response) -> Json:
        seen = visit(request)
        try:
            account = seen.accounts.add(wanted.name, wanted.password, only_first=True)
        except Refused as error:
            raise HTTPException(409 if seen.accounts.exist() else 422, str(error)) from error
        _sign_in(seen, account, response)
        assistant.store.audit.write(account.name, "account-made", "")
        return {"who": account.name}

    @router.post("/password")
    def password(wanted: NewPassword, request: Request, response: Response) -> Json:
        seen = visit(request)
        account = _account(seen)
        prove(seen, account, wanted.old, t("The old password is not right."))
        try:
            seen.accounts.set_password(account, wanted.new)
        except Refused as error:
            raise HTTPException(422, str(error)) from error
        ended = seen.accounts.sessions.end_all(account.id)
        _sign_in(seen, account, response)
        tell(seen, "password-changed")
        return {"signed_out": max(0, ended - 1)}

    @router.get("/sessions")
    def sessions(request: Request) -> list[Json]:
        seen = visit(request)
        found = seen.accounts.sessions.of(seen.owner) if seen.owner is not None else []
        return [_session_json(one, seen) for one in found]

    @router.delete("/sessions/{session_id}", status_code=204)
    def end_session(session_id: str, request: Request) -> None:
        seen = visit(request)
        if seen.owner is None or not seen.accounts.sessions.end(seen.owner, session_id):
            raise HTTPException(404, t("This browser is signed out already."))
        tell(seen, "sign-out", "another browser")

    @router.post("/sign-out-everywhere")
    def leave(what: Leaving, request: Request, response: Response) -> Json:
        seen = visit(request)
        mine = seen.session.id if seen.session and what.keep_this else ""
        ended = seen.accounts.sessions.end_all(_account(seen).id, but=mine)
        if not mine:
            cookies.drop(response, cookies.SESSION, seen.secure)
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        tell(seen, "sign-out-everywhere")
        return {"signed_out": ended}

    @router.get("/tokens")
    def tokens(request: Request) -> list[Json]:
        seen = visit(request)
        return [token_json(one) for one in seen.accounts.tokens.of(seen.owner)]

    @router.post("/tokens", status_code=201)
    def make_token(wanted: NewToken, request: Request) -> Json:
        seen = visit(request)
        try:
            token, secret = seen.accounts.tokens.make(
                seen.owner, wanted.name, wanted.scopes, wanted.days
            )
        except Refused as error:
            raise HTTPException(422, str(error)) from error
        tell(seen, "token-made", token.name)
        return {**token_json(token), "secret": secret}

    @router.delete("/tokens/{token_id}", status_code=204)
    def remove_token(token_id: str, request: Request) -> None:
        seen = visit(request)
        try:
            token = seen.accounts.tokens.remove(seen.owner, token_id)
        except Refused as error:
            raise HTTPException(404, str(error)) from error
        tell(seen, "token-removed", token.name)

    return router


def _who(seen: Visit) -> Json:
    scopes = None if seen.token is None else sorted(seen.token.scopes)
    return {
        "who": seen.who,
        "account": seen.account.name if seen.account else None,
        "signed_in": seen.session is not None,
        "accounts_exist": seen.accounts.exist(),
        "ends": seen.session.ends if seen.session else None,
        "scopes": scopes,
        "all_scopes": [{"scope": scope, "words": words} for scope, words in _scopes()],
    }


def _scopes() -> list[tuple[str, str]]:
    """Every scope with what it opens, in the language of whoever asks."""
    return [
        ("ask", t("ask questions and read the answers")),
        ("search", t("search for moments")),
        ("timeline", t("read days, transcripts and people")),
        ("media", t("watch recordings and see pictures")),
        ("write", t("add recordings, and correct names and answers")),
        ("admin", t("change, delete, export and back up everything, and all of the above")),
    ]


def _session_json(session: Session, seen: Visit) -> Json:
    return {
        "id": session.id,
        "device": session.device or t("a browser"),
        "address": session.address,
        "created": session.created,
        "seen": session.seen,
        "ends": session.ends,
        "current": seen.session is not None and seen.session.id == session.id,
    }


def _account(seen: Visit) -> Account:
    if seen.account is None:
        raise HTTPException(409, t("Nobody has an account yet."))
    return seen.account


def _sign_in(seen: Visit, account: Account, response: Response) -> None:
    before = seen.session
    secret = seen.accounts.sessions.begin(account.id, seen.device, seen.address)
    if before is not None:
        seen.accounts.sessions.end(account.id, before.id)
    cookies.put(response, cookies.SESSION, secret, seen.secure)
