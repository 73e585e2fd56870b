"""Routes that the pages fetch: the library and recordings in the words that they show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request

from app.across.cards import AT
from app.api_models.library import LibraryReply, RecordingReply, TranscriptReply
from app.days.transcripts import transcript_reply
from app.http.cache_headers import EMPTIES_CACHE
from app.library.library import library_page
from app.presentation.i18n import t, translate
from app.presentation.rendering import local_time
from app.proxies.media import plays_as
from app.routes.access.visits import Visits
from app.routes.library.media import found_recording, media_type
from app.views.library_view import entry_json
from memory.store.store import Store
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


def recording_json(
    store: Store, recording: Recording, timezone: str, address: str = ""
) -> RecordingReply:
    """What the player says of a recording; ``address`` is that of somebody else's."""
    offset = local_time(recording.start, recording.timezone).utcoffset()
    found = store.original(recording)
    path = found if found is not None and found.is_file() else None
    kind = media_type(Path(recording.path))
    held = bool(store.forgotten.stretches(recording))
    poster = "" if address else _poster(store, recording)
    shows = path is not None and not held and kind.startswith("image/")
    return RecordingReply(
        id=address or recording.id,
        name=recording.name,
        start=recording.start,
        utc_offset=0.0 if offset is None else offset.total_seconds(),
        duration=recording.duration,
        has_video=recording.has_video,
        has_audio=recording.has_audio,
        kind=recording.kind,
        day=f"{local_time(recording.start, timezone):%Y-%m-%d}",
        type=kind,
        plays_as="" if path is None or recording.kind == "photo" else plays_as(path),
        poster=poster,
        picture=f"/media/{quote(address or recording.id)}" if shows else poster,
        available=path is not None,
        held=held,
        trouble=_trouble(recording, path is not None, held),
        wearer=address.rpartition(AT)[2],
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


def _poster(store: Store, recording: Recording) -> str:
    """The address of a picture that stands for the recording, empty where there is none."""
    pictures = store.moments.pictured(Span(recording.start - 1, recording.start + 120))
    mine = f"thumbnails/{recording.id}/"
    picture = next((path for _, path in pictures if path.startswith(mine)), "")
    return f"/{quote(picture)}" if picture else ""


def pages_router(assistant: Assistant) -> APIRouter:
    """``/api/pages/…``."""
    router, visits = APIRouter(prefix="/api/pages", tags=["pages"]), Visits(assistant)

    @router.get("/recording/{recording_id}")
    def recording(recording_id: str, request: Request) -> RecordingReply:
        """What the player needs to know; of somebody else's, too, while it may be played."""
        with found_recording(assistant, visits.of(request), recording_id) as (store, found, other):
            return recording_json(store, found, assistant.timezone, recording_id if other else "")

    @router.get("/transcript/{recording_id}")
    def transcript(recording_id: str, request: Request) -> TranscriptReply:
        """What is said in a recording, each word with its time; of somebody else's nothing."""
        with found_recording(assistant, visits.of(request), recording_id) as (store, found, other):
            if other:
                return TranscriptReply(lines=[], outline="")
            return transcript_reply(store, found)

    @router.post("/forgotten", status_code=204, dependencies=EMPTIES_CACHE)
    def forgotten() -> None:
        """Empties the browser's cache of pictures, after an event of a page has forgotten some."""

    return router
