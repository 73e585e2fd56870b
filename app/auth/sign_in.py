"""Signing in and out: ``/sign-in`` and ``/sign-out``, the only doors that are open to everybody."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from urllib.parse import parse_qs, quote

from anyio import CapacityLimiter, move_on_after, to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.auth import account_names as names
from app.auth import cookies
from app.auth.accounts import Account, Accounts
from app.auth.errors import TooManyTries, WrongPassword
from app.auth.request_context import RequestContext
from app.auth.user_agents import device
from app.http.pages import sign_in_page, sign_out_page, told_page
from app.presentation.i18n import t

LONGEST_FORM = 8192  # bytes
LONGEST_ONWARD = 2000
PATIENCE = 20.0  # seconds in which a form has to arrive
AT_ONCE = 2  # passwords of strangers looked at together: each takes 64 MiB and all of a processor
TELL = Callable[[Account, str, str], None]  # an account, what happened, from where


class SignIn:
    """Lets people in and out. ``tell`` enters deeds into the log of the account's home."""

    def __init__(self, accounts: Accounts, tell: TELL) -> None:
        self._accounts, self._tell = accounts, tell
        self._strangers, self._known = CapacityLimiter(AT_ONCE), CapacityLimiter(1)

    async def sign_in(self, request: Request, secure: bool) -> Response:
        """``/sign-in``: the page (GET), or what was typed into it (POST)."""
        if not await self._accounts.call(self._accounts.exist):
            return RedirectResponse("/", 303)
        if request.method in ("GET", "HEAD"):
            return _asking(secure, onward(request.query_params.get("next", "")))
        form = await _form(request)
        if form is None:
            words = t("This is more than a name and a password.")
            return told_page(t("Sign in"), words, 413)
        name, goes_to = form.get("name", ""), onward(form.get("next", ""))
        shown = cookies.read(request, cookies.FORM, secure)
        if not shown or not _same(shown, form.get("form", "")):
            error = t("This page was open for too long, or cookies are off. Please try again.")
            return _asking(secure, goes_to, name, error, 403)
        try:
            browser = cookies.read(request, cookies.BROWSER, secure)
            account = await self._checked(request, name, form.get("password", ""), browser)
        except TooManyTries as error:
            reply = _asking(secure, goes_to, name, str(error), 429)
            reply.headers["Retry-After"] = str(error.wait)
            return reply
        except WrongPassword as error:
            return _asking(secure, goes_to, name, str(error), 403)
        return await self._let_in(request, account, goes_to, secure)

    async def _checked(self, request: Request, name: str, password: str, browser: str) -> Account:
        guesses, key, address = self._accounts.guesses, names.key(name), _address(request)
        source = await self._accounts.call(self._accounts.sources.of, key, browser, address)
        if wait := guesses.charge(address, key, source):
            raise TooManyTries(wait)
        looking = self._known if source else self._strangers
        try:
            account = await to_thread.run_sync(
                self._accounts.check, name, password, limiter=looking
            )
        except WrongPassword:
            if known := await self._accounts.call(self._accounts.by_name, name):
                self._tell(known, "sign-in-failed", address)
            raise
        guesses.forgive(address, key, source)
        return account

    async def _let_in(
        self, request: Request, account: Account, goes_to: str, secure: bool
    ) -> Response:
        reply = RedirectResponse(quote(goes_to, safe="/?=&%:,;+@!$'()*~#-._"), 303)
        await self._accounts.call(let_in, request, reply, self._accounts, account, secure)
        cookies.drop(reply, cookies.FORM, secure)
        self._tell(account, "sign-in", _address(request))
        return reply

    async def sign_out(self, request: Request, visit: RequestContext | None) -> Response:
        """``/sign-out``: asks (GET), or ends the session (POST)."""
        if visit is None or visit.session is None or visit.account is None:
            return RedirectResponse("/sign-in", 303)
        if request.method in ("GET", "HEAD"):
            return sign_out_page(visit.account.name)
        await self._accounts.call(self._accounts.sessions.end, visit.account.id, visit.session.id)
        self._tell(visit.account, "sign-out", visit.address)
        reply = RedirectResponse("/sign-in", 303)
        cookies.drop(reply, cookies.SESSION, visit.secure)
        # Pictures that were seen, and what pages kept, are not for who sits there next.
        reply.headers["Clear-Site-Data"] = '"cache", "storage"'
        return reply


def let_in(
    request: Request, reply: Response, accounts: Accounts, account: Account, secure: bool
) -> None:
    """Signs the browser in instead of whoever was, and remembers it and its network."""
    agent, address = request.headers.get("user-agent", ""), _address(request)
    before = cookies.read(request, cookies.SESSION, secure)
    secret = accounts.sessions.begin(account.id, device(agent), address, before)
    shown = cookies.read(request, cookies.BROWSER, secure)
    browser = accounts.sources.remember(account.id, shown, address)
    cookies.put(reply, cookies.SESSION, secret, secure)
    cookies.put(reply, cookies.BROWSER, browser, secure)
    if account.house:
        cookies.put(reply, cookies.HOUSE, account.house, secure)


def onward(target: str) -> str:
    """Where to go after signing in: a page of ours, whatever was asked for."""
    plain = target.isprintable() and len(target) <= LONGEST_ONWARD and "\\" not in target
    if not plain or not target.startswith("/") or target.startswith(("//", "/sign-")):
        return "/"
    return target


def _asking(
    secure: bool, goes_to: str, name: str = "", error: str = "", status: int = 200
) -> Response:
    """The page, and a cookie that says that the form came from it: no other site can send both."""
    form = secrets.token_urlsafe(16)
    reply = sign_in_page(form, goes_to, name=name[:64], error=error, status=status)
    cookies.put(reply, cookies.FORM, form, secure)
    return reply


def _same(secret: str, other: str) -> bool:
    return hmac.compare_digest(secret.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _form(request: Request) -> dict[str, str] | None:
    """What was typed, nothing where it does not arrive; None where it is too long to be typed."""
    body = bytearray()
    with move_on_after(PATIENCE) as waiting:
        async for some in request.stream():
            body += some
            if len(body) > LONGEST_FORM:
                return None
    if waiting.cancelled_caught:
        return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), True, max_num_fields=10)
    except ValueError:
        return None
    return {name: values[-1] for name, values in fields.items()}
