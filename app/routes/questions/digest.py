"""``/api/digest/{day}``, as Markdown and as a calendar; a feed of promises; the page's address."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.api_models.digest import DigestReply
from app.core.result_cache import VersionedCache
from app.days.digest import Digest, digest, promises
from app.days.digest_calendar import digest_calendar, promises_calendar
from app.days.digest_markdown import digest_markdown
from app.days.digest_text import digest_json
from app.http.openapi import file_reply

if TYPE_CHECKING:
    from app.assistant import Assistant


def digest_router(assistant: Assistant) -> APIRouter:
    """The digest of a day in every form."""
    router = APIRouter(tags=["digest"])
    cache: VersionedCache[Digest] = assistant.caches.until_change()

    def digest_of(day: date) -> Digest:
        zone = assistant.timezone
        key = (day, zone, time.time() // 60)
        return cache.get(key, lambda: digest(assistant.store, day, zone))

    @router.get(
        "/api/digest/promises.ics", response_class=Response, responses=file_reply("text/calendar")
    )
    def feed(request: Request, kind: Literal["event", "todo"] = "event") -> Response:
        open_promises = promises(assistant.store, assistant.timezone)
        ics = promises_calendar(open_promises, assistant.timezone, _address(request), kind)
        return _file(ics, "text/calendar", "promises.ics", inline=True)

    @router.get(
        "/api/digest/{day}.md", response_class=Response, responses=file_reply("text/markdown")
    )
    def markdown(day: date, request: Request) -> Response:
        text = digest_markdown(digest_of(day), assistant.store, _address(request))
        return _file(text.encode(), "text/markdown", f"{day.isoformat()}.md")

    @router.get(
        "/api/digest/{day}.ics", response_class=Response, responses=file_reply("text/calendar")
    )
    def calendar(day: date, request: Request) -> Response:
        ics = digest_calendar(digest_of(day), _address(request))
        return _file(ics, "text/calendar", f"{day.isoformat()}.ics")

    @router.get("/api/digest/{day}")
    def one_day(day: date) -> DigestReply:
        return digest_json(digest_of(day), assistant.store)

    @router.get("/digest/{day}", include_in_schema=False)
    def page(day: date) -> RedirectResponse:
        return RedirectResponse(f"/#digest={day.isoformat()}", 307)

    return router


def _address(request: Request) -> str:
    """Where the app is, for links back to it; the guard has checked the host."""
    return str(request.base_url).rstrip("/")


def _file(content: bytes, kind: str, name: str, *, inline: bool = False) -> Response:
    place = "inline" if inline else "attachment"
    headers = {
        "Content-Disposition": f'{place}; filename="{name}"',
        "Cache-Control": "private, no-cache",
    }
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)
