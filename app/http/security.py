"""Keep the web app private: headers, accepted hosts, and who may change things.

Where nobody has an account, only this computer may ask: the server binds a loopback address and
nothing else. A page of another site that is open in the same browser is kept out by the Host
allow-list (DNS rebinding) and the Origin check (cross-site requests); the Content-Security-Policy
makes sure that text from a recording cannot fetch anything even if it were ever rendered as HTML.
Who may come in is found out behind here, in ``app/auth``.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.cross_site import comes_from_us, follows_a_link, is_data
from app.http.pages import told_page
from app.presentation.i18n import t

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Gradio compiles its templates in the browser, hence 'unsafe-eval' and 'unsafe-inline'.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
}

# What is told of a life stays in no browser's cache, where it would outlive a forgetting.
DATA = ("application/json", "application/x-ndjson")
LARGEST = 2**20  # bytes of a request, but to these, which take it piece by piece and have limits
STREAMED = ("/api/uploads/",)
LARGER = {"/gradio_api/upload": 2**30}  # a photo, a spoken question, a film by gradio_client
STRICT_TRANSPORT = "max-age=31536000"
# An answer may be stricter than these, not laxer: pages of our own, without scripts or with a form.
OWN_CHOICE = ("Content-Security-Policy", "Referrer-Policy")

# Of Gradio's own API only what its page and gradio_client need. What they ask for by name is looked
# at by app/server/gradio_requests.py.
GRADIO_API = "/gradio_api/"
_OPEN = re.compile(
    r"GET (heartbeat/[\w-]{1,64}|startup-events|theme\.css|app_id|info|queue/data|file=/.+)"
    r"|POST (queue/join|cancel|reset|upload)",
    re.ASCII,
)
SHUT_DOORS = ("/monitoring", "/login", "/logout", "/docs", "/redoc", "/openapi.json", "/pwa_icon")


_HOST = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?", re.ASCII)


class NotLoopback(ValueError):
    """Someone asked to serve other computers while nobody has an account."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} can be reached from other computers, and nobody has an account: with no "
            "sign-in, anyone there could watch your recordings. Make an account first: egobutler "
            "users add YOUR-NAME. Or use --host 127.0.0.1 and tunnel in from elsewhere: "
            "ssh -L 7860:127.0.0.1:7860 THIS-COMPUTER"
        )


class InvalidListenConfig(ValueError):
    """The words about host and proxy do not go together; the text says which would."""


@dataclass(frozen=True, slots=True)
class ListenConfig:
    """Where the app is reached.

    ``wide`` says that it is bound to an address that other computers reach. ``public_url`` is what
    browsers see of a reverse proxy, such as https://butler.example, and ``proxies`` are addresses
    or networks that the proxy calls from.
    """

    wide: bool = False
    public_url: str = ""
    proxies: tuple[str, ...] = ()

    @classmethod
    def choose(
        cls,
        host: str,
        behind_proxy: bool = False,
        public_url: str | None = None,
        proxies: Sequence[str] = (),
    ) -> ListenConfig:
        """The door for what a person asks for. Raises BadDoor."""
        wide = not loopback(host)
        if not behind_proxy:
            if public_url or proxies:
                raise InvalidListenConfig(
                    "--public-url and --proxy-address take --behind-proxy as well"
                )
            return cls(wide)
        if public_url is None:
            raise InvalidListenConfig(
                "--behind-proxy takes --public-url too: what people type, such as "
                "https://butler.example"
            )
        return cls(wide, _origin(public_url), tuple(map(_network, proxies or ("127.0.0.1", "::1"))))

    @property
    def reachable(self) -> bool:
        """Whether others than this computer reach it, so that nobody is the owner unasked."""
        return self.wide or bool(self.public_url)

    @property
    def https(self) -> bool:
        """Whether browsers reach it by https."""
        return self.public_url.startswith("https:")

    def answers(self, name: str | None) -> bool:
        """Whether the app answers under a host name.

        DNS rebinding takes a name that somebody else controls; a bare address is none.
        """
        if not name:
            return False
        if name in LOCAL_HOSTS or (self.public_url and name == host_name(self.public_url)):
            return True
        mine = socket.gethostname().lower()
        return self.wide and (_is_address(name) or name in (mine, f"{mine}.local"))


def loopback(host: str) -> bool:
    """Whether ``host`` is an address of this computer alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_allowed(host: str, door: ListenConfig | None = None) -> bool:
    """Whether a Host header, with any port, is a name that this door answers to.

    Links in files (calendars, Markdown) are made of it: it must be a name and a port, nothing more.
    """
    return bool(_HOST.fullmatch(host)) and (door or ListenConfig()).answers(host_name(f"//{host}"))


def host_name(url: str) -> str | None:
    """The host of an address in small letters, without its port; None where there is none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _origin(url: str) -> str:
    """Scheme, host and port of a public address. Raises BadDoor where there is more, or less."""
    bad = InvalidListenConfig(
        f"{url} is not an address that the app can have; --public-url is a scheme and a host, "
        "such as https://butler.example (it needs a name of its own, not a folder of another)"
    )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise bad from None
    good = parts.scheme in ("http", "https") and host and "@" not in parts.netloc
    if not good or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise bad
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError as error:
        raise InvalidListenConfig(
            f"--proxy-address {text} is neither an address nor a network"
        ) from error


class Guard:
    """ASGI middleware: refuses what must not come in and puts the headers on what goes out."""

    def __init__(self, app: ASGIApp, door: ListenConfig | None = None) -> None:
        self.app = app
        self.door = door or ListenConfig()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if scope["type"] == "websocket":  # nothing of ours speaks it
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in [header for header in headers if header.startswith("access-control-")]:
                    del headers[name]  # no other site reads anything; Gradio would let some
                for name, value in SECURITY_HEADERS.items():
                    if name not in OWN_CHOICE or name not in headers:
                        headers[name] = value
                if headers.get("content-type", "").startswith(DATA):
                    headers.setdefault("Cache-Control", "no-store")
                if scope.get("scheme") == "https":
                    headers["Strict-Transport-Security"] = STRICT_TRANSPORT
            await send(message)

        refusal = _refusal(scope, self.door)
        if not scope["path"].startswith(STREAMED):
            receive = _bounded(receive, _largest(scope))
        with suppress(ClientDisconnect):  # nobody is there to be told
            await (refusal or self.app)(scope, receive, sealed)


def _largest(scope: Scope) -> int:
    return LARGER.get(scope["path"], LARGEST)


def _bounded(receive: Receive, most: int) -> Receive:
    """What is sent, up to so much of it: it is held in memory before anybody looks at it."""
    taken = 0

    async def some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413, t("This is more than a request may hold."))
        return message

    return some


def _foreign(scope: Scope, headers: Headers) -> Response | None:
    """The refusal of what another site sent; None where it is ours, or a link to a page."""
    if comes_from_us(scope["scheme"], headers):
        return None
    if not follows_a_link(scope["method"], headers):
        return PlainTextResponse(t("Requests from other sites are refused."), 403)
    if not is_data(scope["path"]):
        return None
    words = t(
        "Another site led here, and this address opens from EgoButler's own pages only. To open "
        "it all the same, copy it into the address line."
    )
    return told_page("EgoButler", words, 403)


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def is_shut(method: str, path: str) -> bool:
    """Whether this is Gradio's and for nobody."""
    if path.startswith(GRADIO_API):
        return not _OPEN.fullmatch(f"{method} {path.removeprefix(GRADIO_API)}")
    return path.startswith(SHUT_DOORS)


def _refusal(scope: Scope, door: ListenConfig) -> Response | None:
    headers = Headers(scope=scope)
    content_length = headers.get("content-length", "0")
    if (
        not scope["path"].startswith(STREAMED)
        and content_length.isdecimal()
        and int(content_length[:20]) > _largest(scope)
    ):
        return PlainTextResponse(t("This is more than a request may hold."), 413)
    if not host_allowed(headers.get("host", ""), door):
        where = door.public_url or t("its own address") if door.reachable else "localhost"
        return PlainTextResponse(t("This app answers on {where} only.", where=where), 421)
    if foreign := _foreign(scope, headers):
        return foreign
    if is_shut(scope["method"], scope["path"]):
        return PlainTextResponse(t("There is nothing here."), 404)
    if _CONTROL.search(scope["path"]):  # no name of ours has any, and libraries trip over them
        return PlainTextResponse(t("This address cannot be read."), 400)
    if scope["path"] == "/" and b"page=" in scope["query_string"]:  # Gradio has pages of that name
        return RedirectResponse("/", 303)
    return None
