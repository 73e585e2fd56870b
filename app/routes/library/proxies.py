"""``/media/{id}/proxy``: a film of a recording in a form that every browser plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse
from pydantic import BaseModel

from app.api_models.library import ProxyReply
from app.http.error_handlers import hide_paths
from app.http.get_and_head import get_and_head
from app.presentation.i18n import t
from app.proxies.media import ProxyFormat
from app.proxies.proxies import ProxyService, ProxyStatus
from app.routes.library.media import RangedFile, media_replies

if TYPE_CHECKING:
    from app.assistant import Assistant


class ProxyFormatIn(BaseModel):
    """What the browser plays: MP4 with H.264 and AAC, or WebM with VP9 and Opus."""

    format: ProxyFormat = "mp4"


def proxies_router(assistant: Assistant) -> APIRouter:
    """Asks for a proxy, tells how far it is, and sends it."""
    router = APIRouter(tags=["recordings"])

    def desk(recording_id: str) -> ProxyService:
        recording = assistant.store.recordings.get(recording_id)
        if recording is None:
            raise HTTPException(404, t("There is no such recording."))
        if recording.kind == "photo" or assistant.recording_path(recording_id) is None:
            raise HTTPException(409, t("There is nothing here that could be made playable."))
        return assistant.proxies

    @router.post("/media/{recording_id}/proxy", status_code=202)
    def want(recording_id: str, body: ProxyFormatIn) -> ProxyReply:
        return reply(desk(recording_id).want(recording_id, body.format))

    @router.get("/media/{recording_id}/proxy/status")
    def status(recording_id: str) -> ProxyReply:
        return reply(desk(recording_id).status(recording_id))

    @get_and_head(router, "/media/{recording_id}/proxy", media_replies())
    def film(recording_id: str) -> FileResponse:
        path = assistant.proxies.file(recording_id)
        if path is None:
            raise HTTPException(404, t("This film is not made yet."))
        kind = f"video/{path.suffix[1:]}"
        return RangedFile(path, media_type=kind, headers={"Cache-Control": "private, no-cache"})

    def reply(status: ProxyStatus) -> ProxyReply:
        message = hide_paths(status.message, assistant.home)
        return ProxyReply(state=status.state, share=round(status.share, 3), message=message)

    return router
