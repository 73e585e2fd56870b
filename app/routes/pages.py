"""What the pages fetch: days, the library and recordings in the words that they show."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from app.rendering import Json, local_time
from app.routes.media import media_type
from app.web.day_view import day_json
from app.web.library_view import entry_json, entry_key
from app.web.moments import day_words

if TYPE_CHECKING:
    from app.assistant import Assistant


class Retry(BaseModel):
    """The key of a library entry that failed."""

    key: str


def library_json(assistant: Assistant) -> Json:
    """Every recording and file in hand, and whether anything is being worked on."""
    entries = [entry_json(entry) for entry in assistant.library()]
    return {"busy": assistant.busy, "entries": entries, "note": assistant.preset_note}


def recording_json(assistant: Assistant, recording_id: str) -> Json | None:
    """What the player says of a recording, or None where there is none of this id."""
    recording = assistant.store.recording(recording_id)
    if recording is None:
        return None
    offset = local_time(recording.start, recording.timezone).utcoffset()
    return {
        "id": recording.id,
        "name": Path(recording.path).name,
        "start": recording.start,
        "utc_offset": 0.0 if offset is None else offset.total_seconds(),
        "duration": recording.duration,
        "has_video": recording.has_video,
        "has_audio": recording.has_audio,
        "type": media_type(Path(recording.path)),
        "available": assistant.recording_path(recording_id) is not None,
    }


def pages_router(assistant: Assistant) -> APIRouter:
    """``/api/pages/…``."""
    router = APIRouter(prefix="/api/pages")

    @router.get("/days")
    def days() -> list[Json]:
        return [{"day": day.isoformat(), "label": day_words(day)} for day in assistant.days()]

    @router.get("/day/{day}")
    def one_day(day: date) -> Json:
        return day_json(assistant.timeline(day))

    @router.get("/recording/{recording_id}")
    def recording(recording_id: str) -> Json:
        found = recording_json(assistant, recording_id)
        if found is None:
            raise HTTPException(404, "There is no such recording.")
        return found

    @router.post("/retry")
    def retry(what: Retry) -> Json:
        for entry in assistant.library():
            if entry.job is not None and entry_key(entry) == what.key:
                assistant.retry([entry.job.id])
                return {"queued": True}
        raise HTTPException(404, "There is no such file to try again.")

    return router
