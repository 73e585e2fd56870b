"""``/api/account``: who am I, the first account, a new password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, Field

from app.api_models.account import AccountReply, NewAccountReply, ScopeReply, SignedOutReply
from app.auth.errors import AuthRefused
from app.auth.reauthentication import require_password
from app.auth.request_context import RequestContext, owns_the_computer
from app.auth.sign_in import let_in
from app.presentation.i18n import t
from app.routes.access.grants import add_grants
from app.routes.access.sessions import add_sessions
from app.routes.access.tokens import add_tokens
from app.routes.access.visits import Visits, account_of

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


def account_router(assistant: Assistant) -> APIRouter:
    """``/api/account`` and what lies under it: password, sessions, tokens, grants, signing out."""
    router = APIRouter(prefix="/api/account", tags=["account"])
    visits = Visits(assistant)
    _add_account(router, visits)
    _add_password(router, visits)
    add_sessions(router, visits)
    add_tokens(router, visits)
    add_grants(router, visits)
    return router


def _add_account(router: APIRouter, visits: Visits) -> None:
    @router.get("")
    def who(request: Request) -> AccountReply:
        seen = visits.of(request)
        in_charge = seen.account is not None and owns_the_computer(request)
        return _who(seen, in_charge=in_charge)

    @router.post("", status_code=201)
    def first(new_account: NewAccount, request: Request, response: Response) -> NewAccountReply:
        seen = visits.of(request)
        try:
            account = seen.accounts.add(new_account.name, new_account.password, only_first=True)
        except AuthRefused as error:
            raise HTTPException(409 if seen.accounts.exist() else 422, str(error)) from error
        let_in(request, response, seen.accounts, account, seen.secure)
        visits.tell(account.name, "account-made")
        return NewAccountReply(who=account.name)


def _add_password(router: APIRouter, visits: Visits) -> None:
    @router.post("/password")
    def password(new_password: NewPassword, request: Request, response: Response) -> SignedOutReply:
        seen = visits.of(request)
        account = account_of(seen)
        require_password(seen, account, new_password.old, t("The old password is not right."))
        seen.accounts.set_password(account, new_password.new)
        ended = seen.accounts.sessions.end_all(account.id)
        let_in(request, response, seen.accounts, account, seen.secure)
        visits.tell(seen.who, "password-changed")
        return SignedOutReply(signed_out=max(0, ended - 1))


def _who(seen: RequestContext, *, in_charge: bool) -> AccountReply:
    return AccountReply(
        who=seen.who,
        account=seen.account.name if seen.account else None,
        signed_in=seen.session is not None,
        accounts_exist=seen.accounts.exist(),
        ends=seen.session.ends if seen.session else None,
        scopes=None if seen.token is None else sorted(seen.token.scopes),
        all_scopes=[ScopeReply(scope=scope, words=words) for scope, words in scope_words()],
        in_charge=in_charge,
    )


def scope_words() -> list[tuple[str, str]]:
    """Every scope with what it opens, in the language of whoever asks."""
    return [
        ("ask", t("ask questions and read the answers")),
        ("search", t("search for moments")),
        ("timeline", t("read days, transcripts and people")),
        ("media", t("watch recordings and see pictures")),
        ("upload", t("add recordings, and nothing else")),
        ("write", t("add recordings, and correct names and answers")),
        ("admin", t("change, delete, export and back up everything, and all of the above")),
    ]
