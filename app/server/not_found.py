"""A page for people who follow an address that leads nowhere, in place of a line of JSON."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.pages import lost_page

_PROGRAMS = ("/api/", "/mcp", "/gradio_api/")  # they get JSON, whatever they accept


class NotFoundPage:
    """ASGI middleware: what a browser opens and nobody knows is answered by a page of words."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if not _opened_by_a_person(scope):
            await self.app(scope, receive, send)
            return
        lost = False

        async def tell(message: Message) -> None:
            nonlocal lost
            if message["type"] == "http.response.start" and message["status"] == 404:
                lost = True
                await lost_page()(scope, receive, send)
            elif not lost:
                await send(message)

        await self.app(scope, receive, tell)


def _opened_by_a_person(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["path"].startswith(_PROGRAMS):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")
