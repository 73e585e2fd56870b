"""``/api/search``: moments that fit a query, or show what a part of a picture does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, HTTPException, Query

from app.api_models.search import RegionReply, SearchReply
from app.presentation.i18n import t
from app.routes.system.api import EARLIEST, LATEST
from app.search.regions import RegionService
from app.search.rendering import results_json
from app.search.service import FARTHEST, LONGEST, MOST, SearchService

if TYPE_CHECKING:
    from app.assistant import Assistant

SMALLEST = 0.01  # of the picture's side
Fraction = Annotated[float, Query(ge=0, le=1, allow_inf_nan=False)]


def search_router(assistant: Assistant) -> APIRouter:
    """``/api/search`` and ``/api/search/region``."""
    router = APIRouter(prefix="/api/search", tags=["search"])
    desk = SearchService(assistant.store, assistant.brains)
    regions = RegionService(assistant.store, assistant.brains, lambda: assistant.timezone)

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

    @router.get("/region")
    def region(
        recording: Annotated[str, Query(max_length=200)],
        at: Annotated[float, Query(ge=0, le=1e7, allow_inf_nan=False)],
        left_edge: Annotated[Fraction, Query(alias="left")] = 0.0,
        top: Fraction = 0.0,
        right: Fraction = 1.0,
        bottom: Fraction = 1.0,
    ) -> RegionReply:
        """What a part of the picture ``at`` seconds into a recording is, and where else it was.

        The part is given by fractions of the picture's width and height; without it, all of it.
        """
        if right - left_edge < SMALLEST or bottom - top < SMALLEST:
            raise HTTPException(422, t("The part that was marked is too small."))
        with assistant.by_choice.yield_to_foreground():
            return regions.what_is(recording, at, (left_edge, top, right, bottom))

    return router
