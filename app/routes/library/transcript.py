"""Transcripts: a WebVTT track for the player, with the time of every word, and days as text."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import PlainTextResponse, Response

from app.days.timeline import EARLIEST, LATEST, day_span
from app.days.transcripts import FORMATS, days_text, spoken_in, spoken_within
from app.http.openapi import file_reply
from app.presentation.i18n import t
from memory.types.core import Span

if TYPE_CHECKING:
    from app.assistant import Assistant


def transcript_router(assistant: Assistant) -> APIRouter:
    """``/api/recordings/{id}/transcript.vtt`` and ``/api/transcript``."""
    router = APIRouter(prefix="/api", tags=["recordings"])

    @router.get(
        "/recordings/{recording_id}/transcript.vtt",
        response_class=Response,
        responses=file_reply("text/vtt"),
    )
    def transcript(recording_id: str) -> PlainTextResponse:
        recording = assistant.store.recordings.get(recording_id)
        if recording is None:
            raise HTTPException(404, t("There is no such recording."))
        text = FORMATS["vtt"](spoken_in(assistant.store, recording), recording)
        fresh = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
        return PlainTextResponse(text, media_type="text/vtt", headers=fresh)

    @router.get("/transcript", response_class=Response, responses=file_reply("text/plain"))
    def of_days(
        first: Annotated[date, Query(alias="from", ge=EARLIEST, le=LATEST)],
        last: Annotated[date | None, Query(alias="to", ge=EARLIEST, le=LATEST)] = None,
    ) -> PlainTextResponse:
        """What was said from one day to another, across recordings, as text."""
        zone, until = assistant.timezone, last or first
        span = Span(day_span(first, zone).start, day_span(max(first, until), zone).end)
        text = days_text(spoken_within(assistant.store, span), zone)
        name = f"transcript-{first}.txt" if until == first else f"transcript-{first}-{until}.txt"
        headers = {
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        return PlainTextResponse(text, headers=headers)

    return router
