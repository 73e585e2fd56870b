"""``/api/habits``: what the charts show, the moments behind each bar, and what is usual now."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query

from app.api_models.habits import HabitMomentsReply, HabitsReply, UsuallyNowReply
from app.presentation.i18n import t
from app.views.habits_view import HabitsView
from memory.repositories.habit_counts import KINDS

if TYPE_CHECKING:
    from app.assistant import Assistant

LONGEST_LABEL = 300

Name = Annotated[str, Query(max_length=20)]
First = Annotated[date | None, Query(alias="from")]
Last = Annotated[date | None, Query(alias="to")]


def habits_router(assistant: Assistant) -> APIRouter:
    """``/api/habits``, ``/api/habits/now`` and ``/api/habits/moments``."""
    router = APIRouter(prefix="/api/habits", tags=["habits"])
    view = HabitsView(assistant)

    @router.get("")
    def charts(range: Name = "", first: First = None, last: Last = None) -> HabitsReply:
        return view.charts(range, first, last)

    @router.get("/now")
    def now() -> UsuallyNowReply:
        return view.usually_now()

    @router.get("/moments")
    def behind(
        of: Annotated[str, Query(max_length=20)],
        first: Annotated[date, Query(alias="from")],
        last: Annotated[date, Query(alias="to")],
        what: Annotated[str, Query(max_length=LONGEST_LABEL)] = "",
        period: Annotated[int | None, Query(ge=0, le=5000)] = None,
        weekday: Annotated[int | None, Query(ge=0, le=6)] = None,
        hour: Annotated[int | None, Query(ge=0, le=23)] = None,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> HabitMomentsReply:
        kind = next((candidate for candidate in KINDS if candidate == of), None)
        if kind is None:
            raise HTTPException(422, t("Nothing is counted as “{name}”.", name=of))
        return view.moments(kind, first, last, what, period, weekday, hour, offset)

    return router
