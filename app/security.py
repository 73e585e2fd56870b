"""What keeps the web app private: headers, which hosts it answers to, who may change things.

Without sign-in, only this computer may ask, so the server binds a loopback address and nothing
else. A page of another site that is open in the same browser is kept out by the Host allow-list
(DNS rebinding) and the Origin check (cross-site requests); the Content-Security-Policy makes sure
that text from a recording cannot fetch anything even if it were ever rendered as HTML.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

# Of Gradio's own API only what its page needs: events, and the stream of their results. Files,
# uploads, proxying, direct calls, tools and whatever a later version adds stay shut.
GRADIO_API = "/gradio_api/"
OPEN_DOORS = tuple(
    GRADIO_API + door
    for door in ("queue/", "heartbeat/", "cancel", "reset", "startup-events", "theme.css", "app_id")
)
SHUT_DOORS = ("/monitoring", "/login", "/logout", "/docs", "/redoc", "/openapi.json", "/pwa_icon")


class NotLoopback(ValueError):
    """Someone asked to serve other computers, which takes a sign-in that does not exist yet."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} can be reached from other computers, and the app has no sign-in: anyone there "
            "could watch your recordings. Use --host 127.0.0.1; to look from elsewhere, "
            "tunnel in: ssh -L 7860:127.0.0.1:7860 THIS-COMPUTER"
        )


def require_loopback(host: str) -> None:
    """Does nothing where ``host`` is an address of this computer alone.

    Raises:
        NotLoopback: it is not.
    """
    if host == "localhost":
        return
    try:
        local = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        local = False
    if not local:
        raise NotLoopback(host)


def host_allowed(host: str) -> bool:
    """Whether a Host header names this computer, with any port."""
    return (_host_name(f"//{host}") or "") in LOCAL_HOSTS


def origin_allowed(headers: Headers) -> bool:
    """Whether a request that changes something comes from our own pages, or from no page at all."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


class Guard:
    """ASGI middleware: refuses what must not come in and puts the headers on what goes out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = _refusal(scope)
        await (refusal or self.app)(scope, receive, sealed)


def _shut(path: str) -> bool:
    if path.startswith(GRADIO_API):
        return not path.startswith(OPEN_DOORS)
    return path.startswith(SHUT_DOORS)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    headers = Headers(scope=scope)
    if not host_allowed(headers.get("host", "")):
        return PlainTextResponse("This app answers on localhost only.", 421)
    if scope["method"] not in SAFE_METHODS and not origin_allowed(headers):
        return PlainTextResponse("Requests from other sites are refused.", 403)
    if _shut(scope["path"]):
        return PlainTextResponse("There is nothing here.", 404)
    return None
