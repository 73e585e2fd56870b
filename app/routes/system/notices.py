"""``/api/notices``: what became of recordings, for the bell of the pages and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.notifications.notices import NoticesOut, look_at, notices

if TYPE_CHECKING:
    from app.assistant import Assistant


class LookedAt(BaseModel):
    """The id of the newest notice that was shown."""

    newest: Annotated[int, Field(ge=0, lt=2**53)]


def notices_router(assistant: Assistant) -> APIRouter:
    """``/api/notices`` and ``/api/notices/seen``."""
    router = APIRouter(prefix="/api/notices", tags=["notices"])

    @router.get("")
    def newest() -> NoticesOut:
        """What became of the files that were given, the newest first."""
        return notices(assistant.store)

    @router.post("/seen")
    def seen(what: LookedAt) -> NoticesOut:
        """Says that everything up to a notice was looked at."""
        look_at(assistant.store, what.newest)
        return notices(assistant.store)

    return router
