"""Routes of the Timeline: the calendar, a day at a glance, moments and pictures of an hour.

``/day/2026-03-16?t=18:42`` opens the app there.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from app.api_models.base import EmptyReply
from app.api_models.days import (
    CalendarReply,
    DayReply,
    MomentReply,
    MomentsReply,
    RevisionReply,
    WallClockReply,
)
from app.days.sheets import contact_sheet, sheet_pictures, sheet_tag
from app.days.strip import DayStrip, strip
from app.days.timeline import (
    EARLIEST,
    LATEST,
    day_span,
    moments,
    recorded_days,
    recorded_seconds,
    summaries_by_start,
)
from app.http.compression import compressed_reply
from app.http.openapi import file_reply
from app.presentation.i18n import t
from app.presentation.rendering import local_time
from app.presentation.time_text import day_words
from app.views.day_view import calendar_json, day_json, moments_json, position_of
from memory.types.core import Span

if TYPE_CHECKING:
    from app.assistant import Assistant

LONGEST = 2 * 3600.0  # seconds of moments that are given at once
_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
Instant = Annotated[float, Query(ge=-1e10, le=1e11, allow_inf_nan=False)]


def days_router(assistant: Assistant) -> APIRouter:
    """``/api/pages/days``, ``…/day/{day}``, ``…/moments``, ``…/sheet``, ``…/revision``, ``/day/…``.

    Replies that are large are compressed, where whoever asks can read that.
    """
    router = APIRouter(tags=["pages"])
    _add_days(router, assistant)
    _add_moments(router, assistant)
    _add_pictures(router, assistant)

    @router.get("/day/{day}", include_in_schema=False)
    def link(day: str, t: str = "", clip: str = "") -> Response:
        wish = _of_clip(assistant, clip) or _wish(day, t)
        return RedirectResponse("/?" + urlencode({"open": "timeline"} | wish), 307)

    return router


def _add_days(router: APIRouter, assistant: Assistant) -> None:
    @router.get("/api/pages/days", response_model=CalendarReply)
    def days(request: Request) -> Response:
        seconds = recorded_seconds(assistant.store, assistant.timezone)
        return _sent(request, _body(calendar_json(seconds)))

    @router.get("/api/pages/day/{day}", response_model=DayReply)
    def one_day(
        request: Request, day: date, time: Annotated[str, Query(alias="t")] = ""
    ) -> Response:
        """A day, or the nearest with recordings, which says so; where its clock shows ``t``."""
        found, instead = strip(assistant.store, day, assistant.timezone), ""
        if found is None or not found.recorded:
            found = _nearest(assistant, day)
            instead = t(
                "Nothing is recorded on {day}. This is the nearest that there is.",
                day=day_words(day),
            )
        shown = day_json(found)
        if _CLOCK.fullmatch(time) and not instead:
            shown.at = position_of(shown.clock, time)
        shown.instead, shown.revision = instead, _revision(assistant, found.day)
        return _sent(request, _body(shown))

    @router.get("/api/pages/revision")
    def revision(day: date) -> RevisionReply:
        return RevisionReply(revision=_revision(assistant, day))


def _add_moments(router: APIRouter, assistant: Assistant) -> None:
    @router.get("/api/pages/moments", response_model=MomentsReply)
    def some(request: Request, start: Instant, end: Instant) -> Response:
        if not 0 < end - start <= LONGEST:
            raise HTTPException(422, t("Moments are given for up to two hours at a time."))
        span, timezone = Span(start, end), assistant.timezone
        tens = summaries_by_start(assistant.store, "ten_minutes", span, timezone)
        listing = moments_json(moments(assistant.store, span), tens, timezone)
        return _sent(request, _body(listing))

    @router.get("/api/pages/moment")
    def moment(at: Instant, recording: str = "") -> WallClockReply:
        """Where on the Timeline a time is, and the moment of a recording that it lies in."""
        when = local_time(at, assistant.timezone)
        around = _moment_around(assistant, recording, at)
        return WallClockReply(
            day=when.date().isoformat(),
            time=f"{when:%H:%M:%S}",
            start=round(around.start, 2),
            end=round(around.end, 2),
        )

    @router.get("/api/pages/beside")
    def beside(at: Instant, by: Annotated[int, Query(ge=-1, le=1)] = 1) -> MomentReply | EmptyReply:
        # Just after a moment began, "before" means the one before it.
        span = assistant.store.moments.beside(at + 0.5 if by > 0 else at - 3, by > 0)
        if span is None:
            return EmptyReply()
        here = Span(span.start, max(span.end, span.start + 0.001))
        found = moments_json(moments(assistant.store, here), {}, assistant.timezone)
        first = next(iter(found.items), None)
        return first if isinstance(first, MomentReply) else EmptyReply()


def _add_pictures(router: APIRouter, assistant: Assistant) -> None:
    @router.get("/api/pages/sheet", response_class=Response, responses=file_reply("image/jpeg"))
    def sheet(request: Request, start: Instant) -> Response:
        pictures = sheet_pictures(assistant.store, start)
        headers = {"Cache-Control": "private, no-cache", "ETag": f'"{sheet_tag(pictures)}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        image = contact_sheet(assistant.home, pictures)
        return Response(image, media_type="image/jpeg", headers=headers)


def _moment_around(assistant: Assistant, recording_id: str, at: float) -> Span:
    """The moment of a recording at a time; where none is known, half a minute around it."""
    around = Span(at - 5, at + 25)
    recording = assistant.store.recordings.get(recording_id)
    if recording is None:
        return around
    clips = assistant.store.recordings.clips(recording_id)
    known = next((clip.span for clip in clips if clip.span.contains(at)), around)
    return known.intersection(recording.span) or around


def _nearest(assistant: Assistant, day: date) -> DayStrip:
    days = recorded_days(assistant.store, assistant.timezone)
    nearest = min(days, key=lambda one: abs(one - day), default=day)
    found = strip(assistant.store, nearest, assistant.timezone)
    if not days or found is None:
        raise HTTPException(404, t("Nothing is recorded."))
    return found


def _of_clip(assistant: Assistant, clip_id: str) -> dict[str, str]:
    """The day and the time of a clip, empty where there is none of this id."""
    known = clip_id.isprintable() and 0 < len(clip_id) <= 200
    clip = assistant.store.recordings.clip(clip_id) if known else None
    if clip is None:
        return {}
    begins = local_time(clip.span.start, assistant.timezone)
    return {"day": f"{begins:%Y-%m-%d}", "t": f"{begins:%H:%M:%S}", "clip": clip.id}


def _wish(day: str, t: str) -> dict[str, str]:
    """What of a link can be meant; one that was cut short still opens the Timeline."""
    try:
        wish = {"day": date.fromisoformat(day).isoformat()}
    except ValueError:
        return {}
    return wish | ({"t": t} if _CLOCK.fullmatch(t) else {})


def _revision(assistant: Assistant, day: date) -> str:
    """Another text whenever the calendar or the day is another one. Costs a few rows."""
    timezone = assistant.timezone
    inside = EARLIEST <= day <= LATEST
    span = day_span(day, timezone) if inside else Span(0.0, 0.0)
    return f"{timezone}/{assistant.store.moments.revision(span)}"


def _body(reply: BaseModel) -> bytes:
    return reply.model_dump_json(by_alias=True).encode()


def _sent(request: Request, body: bytes) -> Response:
    fresh = {"Cache-Control": "private, no-cache"}
    return compressed_reply(request, body, "application/json", fresh)
