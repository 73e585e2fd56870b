"""Transcripts for the player: a WebVTT track with the time of every word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from fastapi.responses import PlainTextResponse, Response

from app.days.transcripts import FORMATS, spoken_in
from app.http.openapi import file_reply
from app.presentation.i18n import t

if TYPE_CHECKING:
    from app.assistant import Assistant


def transcript_router(assistant: Assistant) -> APIRouter:
    """``/api/recordings/{id}/transcript.vtt``."""
    router = APIRouter(prefix="/api/recordings", tags=["recordings"])

    @router.get(
        "/{recording_id}/transcript.vtt", response_class=Response, responses=file_reply("text/vtt")
    )
    def transcript(recording_id: str) -> PlainTextResponse:
        recording = assistant.store.recordings.get(recording_id)
        if recording is None:
            raise HTTPException(404, t("There is no such recording."))
        text = FORMATS["vtt"](spoken_in(assistant.store, recording), recording)
        fresh = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
        return PlainTextResponse(text, media_type="text/vtt", headers=fresh)

    return router
