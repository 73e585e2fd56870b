"""Every route of ours, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI

from app.core.request_identity import scopes
from app.http.openapi import new_api
from app.routes.access.account import account_router
from app.routes.access.accounts import accounts_router
from app.routes.data.keep import keep_router
from app.routes.data.privacy import privacy_router
from app.routes.data.share import share_router
from app.routes.library.library import library_router
from app.routes.library.media import media_router
from app.routes.library.proxies import proxies_router
from app.routes.library.queue import queue_router
from app.routes.library.transcript import transcript_router
from app.routes.library.upload import upload_router
from app.routes.questions.asking import asking_router
from app.routes.questions.comparing import comparing_router
from app.routes.questions.days import days_router
from app.routes.questions.digest import digest_router
from app.routes.questions.habits import habits_router
from app.routes.questions.people import people_router
from app.routes.questions.search import search_router
from app.routes.refusals import answer_refusals
from app.routes.system.api import api_router
from app.routes.system.hooks import hooks_router
from app.routes.system.mcp import mcp_router
from app.routes.system.notices import notices_router
from app.routes.system.openapi import openapi_router
from app.routes.system.pages import pages_router
from app.routes.system.phrases import phrases_router
from app.routes.system.settings import settings_router

if TYPE_CHECKING:
    from app.assistant import Assistant


def json_api(assistant: Assistant) -> FastAPI:
    """An app with every route of ours, and no pages."""
    api = new_api()
    for router in routers(assistant):
        api.include_router(router)
    answer_refusals(api, assistant.home)
    return api


def routers(assistant: Assistant) -> Iterator[APIRouter]:
    """The routers of one home; a new area adds its line here."""
    yield proxies_router(assistant)
    yield media_router(assistant)
    yield upload_router(assistant)
    yield transcript_router(assistant)
    yield api_router(assistant)
    yield asking_router(assistant)
    yield comparing_router(assistant)
    yield days_router(assistant)
    yield pages_router(assistant)
    yield queue_router(assistant)
    yield privacy_router(assistant)
    yield share_router(assistant)
    yield keep_router(assistant)
    yield phrases_router()
    yield account_router(assistant)
    yield accounts_router(assistant)
    yield search_router(assistant)
    yield people_router(assistant)
    yield habits_router(assistant)
    yield digest_router(assistant)
    yield settings_router(assistant)
    yield library_router(assistant)
    yield hooks_router(assistant)
    yield notices_router(assistant)
    yield mcp_router(assistant, scopes)
    yield openapi_router()
