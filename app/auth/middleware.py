"""The one way in: who asks, may they, and then on to the app of their own home.

As long as nobody has an account, whoever sits at the computer is the owner and is asked nothing.
From the first account on, everything but the sign-in page takes a session or a token, whatever is
added behind here later. An app knows its own home only, so that what comes through here cannot
reach another's.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth import cookies, scopes
from app.auth.accounts import Account, Accounts
from app.auth.audit import AuditWriter
from app.auth.denials import denied, please_sign_in
from app.auth.errors import AccountsError, AccountsUnreadable
from app.auth.request_context import KEY, RequestContext
from app.auth.sign_in import SignIn
from app.auth.tenants import TenantApps
from app.auth.throttle import Buckets
from app.auth.user_agents import device
from app.core.gc_freeze import free_closed
from app.core.request_identity import OWNER, acting_as
from app.http.error_handlers import hide_paths
from app.http.installable import PUBLIC_FILES, public_file
from app.http.pages import FOLDER
from app.http.security import SAFE_METHODS, ListenConfig
from app.presentation.i18n import t, translate
from memory.types.errors import StoreError

# Who is not signed in gets these, and nothing else.
PUBLIC = ("/sign-in", "/sign-out", "/sign-in.css", "/healthz", *PUBLIC_FILES)
RATE, BURST = 20.0, 60.0  # requests of one session or token: a second, and at once
COUNTED = ("/api/", "/mcp", "/gradio_api/")
PIECES = "/api/uploads/"  # below it; there itself, files are announced
LOOKS = 15.0  # seconds between two looks at whose homes are whose
SHOWN = ("image", "video", "audio", "track", "style", "script", "font")  # parts of a page

_log = logging.getLogger(__name__)


class _Nobody(Exception):
    """Whoever asks has not said who they are; the text is for them."""


class AuthMiddleware:
    """ASGI app: asks who it is, and hands over to the app of that owner."""

    def __init__(
        self,
        accounts: Accounts,
        owners: TenantApps,
        door: ListenConfig,
        buckets: Buckets | None = None,
    ) -> None:
        """``buckets`` hold the requests that sessions and tokens have left."""
        self._accounts, self._owners, self._door = accounts, owners, door
        self._deeds = AuditWriter(owners.store)
        self._sign_in = SignIn(accounts, self._deeds.tell)
        self._buckets = Buckets(RATE, BURST) if buckets is None else buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await (await self._answer(scope, receive))(scope, receive, send)
        # The guard before this closes every other kind.

    async def _live(self, receive: Receive, send: Send) -> None:
        """The root home's app starts with the server, others when their owners come; all end."""
        looking: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._owners.app(self._accounts.root, self._first_name())
                looking = asyncio.create_task(self._look_after_homes())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if looking is not None:
                    looking.cancel()
                    await asyncio.wait({looking})
                await self._deeds.settled()
                await self._owners.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _look_after_homes(self) -> None:
        """Sees, now and then, whether an account is gone, which a command elsewhere may have ended,
        and whether too many homes are open."""
        while True:
            await asyncio.sleep(LOOKS)
            try:
                closed = await self._owners.leave(await run_in_threadpool(self._homes))
                await self._owners.do_rounds()
                if closed + await self._owners.rest():
                    await asyncio.sleep(LOOKS)  # until Gradio's queues have seen that they ended
                    await run_in_threadpool(free_closed)
            except (AccountsError, StoreError, OSError):
                _log.warning("homes could not be looked after", exc_info=True)

    def _first_name(self) -> str:
        mine = (
            account.name for account in self._accounts.all() if account.home == self._accounts.root
        )
        return next(mine, OWNER)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        request = Request(scope, receive)
        try:
            return await self._routed(request)
        except _Nobody as error:
            return please_sign_in(request, str(error))
        except AccountsUnreadable as error:
            _log.critical("nobody is let in: %s", error)
            words = t(
                "Nobody can be let in: the accounts cannot be read. See what the server says."
            )
            return denied(request, words, 503)
        except StoreError as error:
            _log.exception("a home cannot be opened")
            return denied(request, hide_paths(translate(str(error)), *self._homes()), 503)

    def _homes(self) -> set[Path]:
        return {self._accounts.root, *(account.home for account in self._accounts.all())}

    async def _routed(self, request: Request) -> ASGIApp:
        path, secure = request.scope["path"], self._secure(request)
        if path in PUBLIC:
            return await self._public(request, path, secure)
        visit = await self._accounts.call(self._visit, request, secure)
        if visit.account and (refusal := _not_at_home(request, visit.account, secure)):
            return refusal
        if refusal := self._refusal(request, visit):
            return refusal
        await self._note(visit)
        home = visit.account.home if visit.account else self._accounts.root
        name = visit.account.name if visit.account else visit.who
        return _Inside(await self._owners.app(home, name), visit)

    async def _public(self, request: Request, path: str, secure: bool) -> Response:
        if path == "/sign-in.css":
            return FileResponse(FOLDER / "sign-in.css", media_type="text/css")
        if path == "/healthz":  # tells whoever watches that the server is up, and nothing else
            return JSONResponse({"ok": True})
        if path not in ("/sign-in", "/sign-out"):
            return public_file(path)
        if request.method not in ("GET", "HEAD", "POST"):
            return denied(request, t("This page can be opened or sent, nothing else."), 405)
        if path == "/sign-in":
            return await self._sign_in.sign_in(request, secure)
        visit = await self._accounts.call(self._signed_in, request, secure)
        if visit and _unaccounted(request):
            return denied(request, t("Requests from other sites are refused."), 403)
        return await self._sign_in.sign_out(request, visit)

    def _visit(self, request: Request, secure: bool) -> RequestContext:
        """Who asks. Raises _Nobody where they do not say, or what they say is not so."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._by_token(request, secret.strip())
        visit = self._signed_in(request, secure)
        if visit is not None:
            return visit
        if self._accounts.exist():
            raise _Nobody(t("Please sign in."))
        if self._door.reachable:
            raise _Nobody(
                t(
                    "Nobody has an account yet. On the computer that runs EgoButler, type: "
                    "egobutler users add YOUR-NAME"
                )
            )
        return self._stranger(request, secure)

    def _stranger(self, request: Request, secure: bool) -> RequestContext:
        address = request.client.host if request.client else ""
        agent = request.headers.get("user-agent", "")
        return RequestContext(self._accounts, address=address, device=device(agent), secure=secure)

    def _by_token(self, request: Request, secret: str) -> RequestContext:
        token = self._accounts.tokens.find(secret)
        if token is None:
            raise _Nobody(t("This token is unknown, has ended, or was removed."))
        account = None if token.account is None else self._accounts.by_id(token.account)
        if account is None and (token.account is not None or self._accounts.exist()):
            raise _Nobody(t("This token is unknown, has ended, or was removed."))
        return replace(self._stranger(request, False), account=account, token=token)

    def _signed_in(self, request: Request, secure: bool) -> RequestContext | None:
        session = self._accounts.sessions.find(cookies.read(request, cookies.SESSION, secure))
        account = self._accounts.by_id(session.account) if session else None
        if account is None:
            return None
        return replace(self._stranger(request, secure), account=account, session=session)

    def _refusal(self, request: Request, visit: RequestContext) -> Response | None:
        """Why somebody who is known may not do this, or not now."""
        path, method = request.scope["path"], request.method
        if visit.token and not scopes.opens(visit.token.scopes, method, path):
            scope_names = ", ".join(sorted(scopes.needed(method, path) or ()))
            words = t("This token may not do that. It takes one of: {scopes}.", scopes=scope_names)
            nothing = t("No token may do that; sign in.")
            return denied(request, words if scope_names else nothing, 403)
        if visit.session and _unaccounted(request):
            return denied(request, t("Requests from other sites are refused."), 403)
        if visit.payer and _counts(request) and (wait := self._buckets.take(visit.payer)):
            return denied(request, t("Too much at once. Wait a moment, then go on."), 429, wait)
        return None

    async def _note(self, visit: RequestContext) -> None:
        """Enters when a session or token was used; a full disk keeps nobody out."""
        try:
            if visit.token is not None and self._accounts.tokens.due(visit.token):
                await run_in_threadpool(self._accounts.tokens.note, visit.token)
            if visit.session is not None and self._accounts.sessions.due(visit.session):
                await run_in_threadpool(self._accounts.sessions.note, visit.session, visit.address)
        except AccountsError:
            _log.warning("the use of a session or token was not entered", exc_info=True)

    def _secure(self, request: Request) -> bool:
        return request.url.scheme == "https" or self._door.https


class _Inside:
    """An owner's app, called on behalf of a visit."""

    def __init__(self, app: ASGIApp, visit: RequestContext) -> None:
        self._app, self._visit = app, visit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request over; pages and data of somebody who is signed in are not kept."""

        async def private(message: Message) -> None:
            if message["type"] == "http.response.start" and self._visit.payer:
                headers = MutableHeaders(scope=message)
                kind = headers.get("content-type", "")
                if kind.startswith(("text/html", "application/json")):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        limits = self._visit.token.scopes if self._visit.token else None
        with acting_as(self._visit.who, limits):
            await self._app({**scope, KEY: self._visit}, receive, private)


def _not_at_home(request: Request, account: Account, secure: bool) -> Response | None:
    """Refuses somebody whose home is in another house, which a proxy is told, or not yet here."""
    if not account.here:
        words = t("Your memories are in house {house}. Load the page again.", house=account.house)
        reply = denied(request, words, 421)
        reply.headers["EgoButler-House"] = account.house
        cookies.put(reply, cookies.HOUSE, account.house, secure)
        return reply
    if account.awaited:  # none is made in its place
        words = t("Your memories are being moved to this house. Try again in some minutes.")
        return denied(request, words, 503, wait=60.0)
    return None


def _unaccounted(request: Request) -> bool:
    """Whether it changes something and does not say which page sent it; browsers always say."""
    headers = request.headers
    has_origin = "origin" in headers or "sec-fetch-site" in headers
    return request.method not in SAFE_METHODS and not has_origin


def _counts(request: Request) -> bool:
    """Whether a request counts against the limit: not the parts of a page, nor pieces of a file."""
    path, headers = request.scope["path"], request.headers
    if not path.startswith(COUNTED) or (path.startswith(PIECES) and path != PIECES):
        return False
    return request.method not in SAFE_METHODS or headers.get("sec-fetch-dest") not in SHOWN
