"""Behind a reverse proxy: who asked it, and under which address, where the proxy may be believed.

Everybody can write ``X-Forwarded-For``. It counts only from the proxy's own address; from anywhere
else it is taken out, before anything behind here (Gradio among it) can believe it.
"""

from __future__ import annotations

import ipaddress
from typing import Any, cast
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.http.security import ListenConfig, host_name

_FORWARDED = (b"forwarded", b"x-gradio-server", b"x-real-ip")


class Proxied:
    """ASGI middleware: tells the app the address and the client that the proxy tells of."""

    def __init__(self, app: ASGIApp, door: ListenConfig) -> None:
        self._app, self._door = app, door
        self._networks = [ipaddress.ip_network(proxy, strict=False) for proxy in door.proxies]
        # Its types are narrower names for the same ASGI that Starlette's are.
        public, proxies = cast(Any, self._public), list(door.proxies)
        self._forwarded = cast(ASGIApp, ProxyHeadersMiddleware(public, trusted_hosts=proxies))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._comes_through(scope):
            await self._forwarded(scope, receive, send)
        else:
            await self._app(_stripped(scope), receive, send)

    def _comes_through(self, scope: Scope) -> bool:
        """Whether the proxy sent it, rather than somebody else on the same computer."""
        if not self._from_proxy(scope):
            return False
        headers = Headers(scope=scope)
        public = host_name(self._door.public_url)
        asked = host_name(f"//{headers.get('host', '')}")
        return asked == public or ("x-forwarded-for" in headers and self._door.answers(asked))

    def _from_proxy(self, scope: Scope) -> bool:
        try:
            peer = ipaddress.ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(peer in network for network in self._networks)

    async def _public(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The same request as the person's browser sent it."""
        seen, address = _stripped(scope), urlsplit(self._door.public_url)
        others = [(name, value) for name, value in seen["headers"] if name != b"host"]
        seen["headers"] = [(b"host", address.netloc.encode()), *others]
        await self._app({**seen, "scheme": address.scheme}, receive, send)


def _stripped(scope: Scope) -> Scope:
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if not name.startswith(b"x-forwarded-") and name not in _FORWARDED
    ]
    return {**scope, "headers": headers}
