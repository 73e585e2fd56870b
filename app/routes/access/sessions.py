"""``/api/account/sessions``: where one is signed in, and how to end that."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel

from app.api_models.account import SessionReply, SignedOutReply
from app.auth import cookies
from app.auth.request_context import RequestContext
from app.auth.sessions import Session
from app.presentation.i18n import t
from app.routes.access.visits import Visits, account_of


class Leaving(BaseModel):
    """Which browsers to sign out: all, or all but this one."""

    keep_this: bool = False


def add_sessions(router: APIRouter, visits: Visits) -> None:
    """Adds ``/sessions`` and ``/sign-out-everywhere``."""

    @router.get("/sessions")
    def sessions(request: Request) -> list[SessionReply]:
        return sessions_json(visits.of(request))

    @router.delete("/sessions/{session_id}", status_code=204)
    def end(session_id: str, request: Request) -> None:
        end_session(visits, visits.of(request), session_id)

    @router.post("/sign-out-everywhere")
    def leave(what: Leaving, request: Request, response: Response) -> SignedOutReply:
        seen = visits.of(request)
        mine = seen.session.id if seen.session and what.keep_this else ""
        ended = seen.accounts.sessions.end_all(account_of(seen).id, but=mine)
        if not mine:
            cookies.drop(response, cookies.SESSION, seen.secure)
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        visits.tell(seen.who, "sign-out-everywhere")
        return SignedOutReply(signed_out=ended)


def sessions_json(seen: RequestContext) -> list[SessionReply]:
    """Where whoever asks is signed in."""
    own_sessions = seen.accounts.sessions.of(seen.owner) if seen.owner is not None else []
    return [_session(session, seen) for session in own_sessions]


def end_session(visits: Visits, seen: RequestContext, session_id: str) -> None:
    """Signs one of their browsers out. Raises HTTPException (404)."""
    if seen.owner is None or not seen.accounts.sessions.end(seen.owner, session_id):
        raise HTTPException(404, t("This browser is signed out already."))
    visits.tell(seen.who, "sign-out", "another browser")


def _session(session: Session, seen: RequestContext) -> SessionReply:
    return SessionReply(
        id=session.id,
        device=session.device or t("a browser"),
        address=session.address,
        created=session.created,
        seen=session.seen,
        ends=session.ends,
        current=seen.session is not None and seen.session.id == session.id,
    )
