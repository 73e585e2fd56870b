"""``/api/search``: moments that fit a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, HTTPException, Query

from app.api_models.search import SearchReply
from app.presentation.i18n import t
from app.routes.system.api import EARLIEST, LATEST
from app.search.rendering import results_json
from app.search.service import FARTHEST, LONGEST, MOST, SearchService

if TYPE_CHECKING:
    from app.assistant import Assistant


def search_router(assistant: Assistant) -> APIRouter:
    """``/api/search``."""
    router = APIRouter(prefix="/api/search", tags=["search"])
    desk = SearchService(assistant.store, assistant.brains)

    @router.get("")
    def search(
        q: Annotated[str, Query(max_length=LONGEST)] = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = 24,
        offset: Annotated[int, Query(ge=0, le=FARTHEST)] = 0,
        sort: Literal["best", "newest", "oldest"] = "best",
        at: Annotated[float | None, Query(allow_inf_nan=False)] = None,
        typing: bool = False,
        literal: bool = False,
        nearest: bool = False,
    ) -> SearchReply:
        if at is not None and not EARLIEST <= at <= LATEST:
            raise HTTPException(422, t("'at' is not a moment in time."))
        results = desk.search(
            q,
            timezone=assistant.timezone,
            order=sort,
            offset=offset,
            limit=limit,
            at=at,
            typing=typing,
            literal=literal,
            nearest=nearest,
        )
        return results_json(results, assistant.timezone)

    return router
