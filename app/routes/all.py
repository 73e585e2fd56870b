"""Every route of ours, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import APIRouter

from app.routes.api import api_router
from app.routes.hooks import hooks_router
from app.routes.mcp import mcp_router
from app.routes.media import media_router
from app.routes.notices import notices_router
from app.routes.openapi import openapi_router
from app.routes.pages import pages_router
from app.routes.phrases import phrases_router
from app.routes.queue import queue_router
from app.routes.transcript import transcript_router
from app.routes.upload import upload_router

if TYPE_CHECKING:
    from app.assistant import Assistant


def routers(assistant: Assistant) -> Iterator[APIRouter]:
    """The routers of one home; a new area adds its line here."""
    yield media_router(assistant)
    yield upload_router(assistant)
    yield transcript_router(assistant)
    yield api_router(assistant)
    yield pages_router(assistant)
    yield queue_router(assistant)
    yield phrases_router()
    yield hooks_router(assistant)
    yield notices_router(assistant)
    yield mcp_router(assistant)
    yield openapi_router()
