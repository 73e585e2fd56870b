"""Put lines first in the head of a page that another app makes."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.compression import compressed_reply

_OF_THE_BODY = frozenset({"content-length", "content-type", "vary"})


def headed(app: ASGIApp, lines: str) -> ASGIApp:
    """The app with ``lines``, HTML, right after ``<head>`` of whatever it answers."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        begun: Message = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.update(message)
            else:
                parts.append(message.get("body", b""))

        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await app({**scope, "headers": plain}, receive, collect)
        body = b"".join(parts).replace(b"<head>", b"<head>" + lines.encode(), 1)
        headers = Headers(raw=begun["headers"])
        kept = {name: headers[name] for name in headers if name not in _OF_THE_BODY}
        reply = compressed_reply(Request(scope), body, headers.get("content-type", ""), kept)
        reply.status_code = begun["status"]
        await reply(scope, receive, send)

    return call
