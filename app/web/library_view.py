"""A recording in the words of the Library page: what is done, what is going on, what to do."""

from __future__ import annotations

import hashlib
from datetime import datetime

from app.progress import STAGE_WORDS
from app.rendering import Json, local_time
from app.views import LibraryEntry
from app.web.moments import length_words, moment_words
from memory.types import Recording, TimeSource
from memory.zones import zone

STATUS_WORDS = {
    "waiting": "Waiting for its turn",
    "indexing": "Being remembered",
    "ready": "Ready",
    "partial": "Readable in part",
    "failed": "Not added",
}
_SOURCE_WORDS = {
    TimeSource.USER: "time set by you",
    TimeSource.CONTAINER: "time from the camera",
    TimeSource.FILE_NAME: "time from the file name",
    TimeSource.FILE_TIME: "time from the file's date",
}


def entry_json(entry: LibraryEntry) -> Json:
    """One entry as the page shows it."""
    return {
        "key": entry_key(entry),
        "name": entry.name,
        "status": entry.status,
        "words": STATUS_WORDS.get(entry.status, entry.status),
        "message": entry.message,
        "stages": [
            {"words": STAGE_WORDS.get(stage, stage.capitalize()), "done": done, "total": total}
            for stage, (done, total) in _stages(entry)
        ],
        **(_recording_json(entry.recording) if entry.recording else {"recording": ""}),
    }


def entry_key(entry: LibraryEntry) -> str:
    """A name for the entry that says nothing about where its file lies."""
    return hashlib.sha256(entry.path.encode(errors="surrogateescape")).hexdigest()[:16]


def _stages(entry: LibraryEntry) -> list[tuple[str, tuple[int, int]]]:
    """The stages in the order of work; while it goes on, also those that have not begun."""
    found = dict(entry.progress)
    if entry.recording is not None and entry.status == "indexing":
        clips = max((total for _, total in found.values()), default=0)
        for stage in _expected(entry.recording):
            found.setdefault(stage, (0, clips))
    known = list(STAGE_WORDS)
    return sorted(
        found.items(), key=lambda item: known.index(item[0]) if item[0] in known else len(known)
    )


def _expected(recording: Recording) -> list[str]:
    heard = ["speech"] if recording.has_audio else []
    seen = ["sights"] if recording.has_video else []
    return [*heard, *seen, "caption"]


def _recording_json(recording: Recording) -> Json:
    today = datetime.now(zone(recording.timezone)).date()
    return {
        "recording": recording.id,
        "day": local_time(recording.start, recording.timezone).date().isoformat(),
        "when": moment_words(recording.start, recording.timezone, today)[:-3],
        "source": _SOURCE_WORDS[recording.time_source],
        "length": length_words(recording.duration),
        "kind": "video" if recording.has_video else "audio",
        "silent": not recording.has_audio,
    }
