"""``/mcp``: the tools over streamable HTTP, without sessions, behind the same guard as the rest."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING

from fastapi import APIRouter
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from app.tools.links import DEFAULT_ADDRESS
from app.tools.mcp_server import build
from app.tools.scopes import Scopes, owner
from app.tools.service import ToolService
from egogpt.runtime.cancellation import until

if TYPE_CHECKING:
    from app.assistant import Assistant

LARGEST_REQUEST = 64 * 1024  # bytes: the longest question, and then some
PATH = "/mcp"

_address: ContextVar[str] = ContextVar("address", default=DEFAULT_ADDRESS)


def mcp_router(assistant: Assistant, scopes: Scopes = owner) -> APIRouter:
    """``/mcp``; ``scopes`` says what the sender of the request that is served may do."""
    server = build(ToolService(assistant, _address.get), scopes)
    return APIRouter(routes=[Route(PATH, endpoint=Mcp(server))])


class Mcp:
    """One request, one server: nothing is kept in between, so nothing has to be started or ended.

    Which hosts and origins may ask is for the guard in front to say; a second list here would
    only disagree with it.
    """

    def __init__(self, server: MCPServer) -> None:
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request. There is no stream to listen to, hence nothing to GET."""
        if scope["method"] != "POST":
            response = PlainTextResponse("Send MCP messages with POST.", 405, {"Allow": "POST"})
            await response(scope, receive, send)
            return
        _address.set(f"{scope['scheme']}://{Headers(scope=scope)['host']}")
        caller = _Caller(receive)
        inner = self._server.streamable_http_app(
            streamable_http_path=PATH,
            json_response=True,
            stateless_http=True,
            max_request_body_size=LARGEST_REQUEST,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        with until(caller.gone):  # what is started inside takes the signal along
            async with inner.router.lifespan_context(inner):
                await inner(scope, caller.receive, send)
        caller.close()


class _Caller:
    """Who sent a request; ``gone`` is set once they have left without its reply."""

    def __init__(self, receive: Receive) -> None:
        self.gone = threading.Event()
        self._receive = receive
        self._left: asyncio.Task[Message] | None = None

    async def receive(self) -> Message:
        """The next message; behind the body, the only one that can come is that they left."""
        if self._left is not None:
            return await asyncio.shield(self._left)
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._left = asyncio.create_task(self._wait())
        return message

    async def _wait(self) -> Message:
        message = await self._receive()
        self.gone.set()
        return message

    def close(self) -> None:
        """Waits for them no more: they have their reply."""
        if self._left is not None:
            self._left.cancel()
