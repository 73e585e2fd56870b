"""``/api/habits``: what the charts show, and the moments behind each bar."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query

from app.api_models.habits import HabitMomentsReply, HabitsReply
from app.core.result_cache import VersionedCache
from app.days.habit_range import Range, choose
from app.days.habits import Habits, habits, moments
from app.presentation.i18n import t
from app.views.habits_view import habits_json, moments_json
from memory.repositories.habit_counts import KINDS
from memory.types.timezones import zone

if TYPE_CHECKING:
    from app.assistant import Assistant

LONGEST_LABEL = 300
PAGE = 24

Name = Annotated[str, Query(max_length=20)]
First = Annotated[date | None, Query(alias="from")]
Last = Annotated[date | None, Query(alias="to")]


def habits_router(assistant: Assistant) -> APIRouter:
    """``/api/habits`` and ``/api/habits/moments``."""
    router = APIRouter(prefix="/api/habits", tags=["habits"])
    cache: VersionedCache[Habits] = assistant.caches.until_change()

    @router.get("")
    def charts(range: Name = "", first: First = None, last: Last = None) -> HabitsReply:
        date_range = _wanted(assistant, range, first, last)
        # What was recorded by now is: it is enough to look again when a minute has passed.
        range_habits = cache.get(
            (date_range, time.time() // 60), lambda: habits(assistant.store, date_range)
        )
        return habits_json(range_habits, _today(assistant))

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
        date_range = _wanted(assistant, "custom", first, last)
        habit_moments = moments(assistant.store, date_range, kind, what, period, weekday, hour)
        return moments_json(assistant.store, habit_moments, assistant.timezone, offset, PAGE)

    return router


def _wanted(assistant: Assistant, name: str, first: date | None, last: date | None) -> Range:
    try:
        return choose(name, _today(assistant), assistant.days(), assistant.timezone, first, last)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


def _today(assistant: Assistant) -> date:
    return datetime.now(zone(assistant.timezone)).date()
