"""Routes that the pages fetch: the library and recordings in the words that they show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from app.api_models.library import LibraryReply, QueuedReply, RecordingReply
from app.library.library import job_entry, library_page
from app.presentation.i18n import t, translate
from app.presentation.rendering import local_time
from app.proxies.media import plays_as
from app.routes.library.media import media_type
from app.views.library_view import entry_json, entry_key
from memory.types.core import Recording, Span
from memory.types.jobs import JobState

if TYPE_CHECKING:
    from app.assistant import Assistant


class Retry(BaseModel):
    """The key of a library entry that failed."""

    key: str


def library_json(assistant: Assistant, offset: int, limit: int) -> LibraryReply:
    """Recordings and files in hand, and whether anything is being worked on."""
    entries, total = library_page(assistant.store, offset, limit)
    return LibraryReply(
        busy=assistant.queue.busy,
        entries=[entry_json(entry) for entry in entries],
        offset=offset,
        total=total,
        note=translate(assistant.preset_note),
    )


def recording_json(assistant: Assistant, recording_id: str) -> RecordingReply | None:
    """What the player says of a recording, or None where there is none of this id."""
    recording = assistant.store.recordings.get(recording_id)
    if recording is None:
        return None
    offset = local_time(recording.start, recording.timezone).utcoffset()
    path = assistant.recording_path(recording_id)
    return RecordingReply(
        id=recording.id,
        name=recording.name,
        start=recording.start,
        utc_offset=0.0 if offset is None else offset.total_seconds(),
        duration=recording.duration,
        has_video=recording.has_video,
        has_audio=recording.has_audio,
        kind=recording.kind,
        day=f"{local_time(recording.start, assistant.timezone):%Y-%m-%d}",
        type=media_type(Path(recording.path)),
        plays_as="" if path is None or recording.kind == "photo" else plays_as(path),
        poster=_poster(assistant, recording),
        available=path is not None,
        held=bool(assistant.store.forgotten.stretches(recording)),
    )


def _poster(assistant: Assistant, recording: Recording) -> str:
    """The address of a picture that stands for the recording, empty where there is none."""
    pictures = assistant.store.moments.pictured(Span(recording.start - 1, recording.start + 120))
    mine = f"thumbnails/{recording.id}/"
    picture = next((path for _, path in pictures if path.startswith(mine)), "")
    return f"/{quote(picture)}" if picture else ""


def pages_router(assistant: Assistant) -> APIRouter:
    """``/api/pages/…``."""
    router = APIRouter(prefix="/api/pages", tags=["pages"])

    @router.get("/recording/{recording_id}")
    def recording(recording_id: str) -> RecordingReply:
        details = recording_json(assistant, recording_id)
        if details is None:
            raise HTTPException(404, t("There is no such recording."))
        return details

    @router.post("/retry")
    def retry(what: Retry) -> QueuedReply:
        jobs = assistant.store.jobs
        for job in jobs.open() + jobs.all([JobState.QUARANTINED]):
            if entry_key(job_entry(assistant.store, job)) == what.key:
                assistant.queue.retry([job.id])
                return QueuedReply(queued=True)
        raise HTTPException(404, t("There is no such file to try again."))

    return router
