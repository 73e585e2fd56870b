"""Routes that the pages fetch: the library and recordings in the words that they show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, HTTPException

from app.api_models.library import LibraryReply, RecordingReply, TranscriptReply
from app.days.transcripts import transcript_reply
from app.http.cache_headers import EMPTIES_CACHE
from app.library.library import library_page
from app.presentation.i18n import t, translate
from app.presentation.rendering import local_time
from app.proxies.media import plays_as
from app.routes.library.media import media_type
from app.views.library_view import entry_json
from memory.types.core import Recording, Span

if TYPE_CHECKING:
    from app.assistant import Assistant


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
    kind = media_type(Path(recording.path))
    held = bool(assistant.store.forgotten.stretches(recording))
    poster = _poster(assistant, recording)
    shows = path is not None and not held and kind.startswith("image/")
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
        type=kind,
        plays_as="" if path is None or recording.kind == "photo" else plays_as(path),
        poster=poster,
        picture=f"/media/{quote(recording.id)}" if shows else poster,
        available=path is not None,
        held=held,
        trouble=_trouble(recording, path is not None, held),
    )


def _trouble(recording: Recording, available: bool, holds_forgotten: bool) -> str:
    """What to say where a browser does not play the file."""
    if recording.kind == "import":
        return t("This was imported as text: there is no film of it.")
    if not available:
        return t(
            "The file of this recording was moved away or deleted, or another one has its name "
            "now, so it cannot be played. Put it back where it was, or add it again in the Library."
        )
    if holds_forgotten:
        return t(
            "A part of this recording was forgotten, but its file still holds it: a copy without "
            "that part is played."
        )
    if recording.has_video:
        return t("This browser cannot play this kind of video.")
    return t("This browser cannot play this kind of sound.")


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

    @router.get("/transcript/{recording_id}")
    def transcript(recording_id: str) -> TranscriptReply:
        """What is said in a recording, each word with its time."""
        recording = assistant.store.recordings.get(recording_id)
        if recording is None:
            raise HTTPException(404, t("There is no such recording."))
        return transcript_reply(assistant.store, recording)

    @router.post("/forgotten", status_code=204, dependencies=EMPTIES_CACHE)
    def forgotten() -> None:
        """Empties the browser's cache of pictures, after an event of a page has forgotten some."""

    return router
