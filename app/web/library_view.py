"""A recording in the words of the Library page: what is done, what is going on, what to do."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from app.progress import STAGE_WORDS
from app.rendering import Json, local_time
from app.views import LibraryEntry
from app.web.moments import length_words, moment_words
from ingest.copying import FOLDER as COPIES
from memory.job_types import Job, JobState
from memory.types import Damage, Recording, TimeSource
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
    TimeSource.SIDECAR: "time from the file beside it",
    TimeSource.GPS: "time from GPS",
    TimeSource.CONTAINER: "time from the camera",
    TimeSource.FILE_NAME: "time from the file name",
    TimeSource.TAKE: "time counted on from the part before",
    TimeSource.FILE_TIME: "time from the file's date",
}
_KIND_WORDS = {"photo": "photo", "sound": "sound only", "import": "imported text"}


def entry_json(entry: LibraryEntry, home: Path | None = None) -> Json:
    """One entry as the page shows it; with ``home``, also where its file is."""
    return {
        "key": entry_key(entry),
        "name": entry.name,
        "status": entry.status,
        "words": _status_words(entry),
        "message": entry.message,
        "job": "" if entry.job is None else entry.job.id,
        "retry": entry.job is not None and _may_retry(entry.job),
        "parts": list(entry.parts),
        "damage": damage_words(entry),
        "place": "" if home is None else place_words(entry, home),
        "stages": [
            {"words": STAGE_WORDS.get(stage, stage.capitalize()), "done": done, "total": total}
            for stage, (done, total) in _stages(entry)
        ],
        **(
            _recording_json(entry.recording, entry.seconds)
            if entry.recording
            else {"recording": ""}
        ),
    }


def entry_key(entry: LibraryEntry) -> str:
    """A name for the entry that says nothing about where its file lies."""
    name = entry.path
    if entry.recording is not None and not entry.here:  # another file may have this name now
        name += f" {entry.recording.id}"
    return hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:16]


def place_words(entry: LibraryEntry, home: Path) -> str:
    """Whether the home has the file itself, or only knows where it is."""
    path = Path(entry.path)
    if entry.recording is not None and entry.recording.kind == "import":
        return ""
    if path.is_relative_to(home / COPIES):
        return "copied into the library"
    if path.is_relative_to(home / "uploads"):
        return "kept in the library"
    there = entry.here and path.exists()
    return "left where it is" if there else "its file is not there at the moment"


def damage_words(entry: LibraryEntry) -> list[str]:
    """``12:03:10–12:03:44 unreadable`` for each stretch that the message does not name."""
    if entry.recording is None:
        return []
    kinds: dict[str, set[str]] = {}
    for one in entry.damage:
        kinds.setdefault(_clock(one, entry.recording), set()).add(one.what)
    return [
        f"{clock} {'no sound' if what == {'sound'} else 'unreadable'}"
        for clock, what in kinds.items()
        if clock not in entry.message
    ]


def _clock(damage: Damage, recording: Recording) -> str:
    begin, end = (local_time(at, recording.timezone) for at in (damage.span.start, damage.span.end))
    return f"{begin:%H:%M:%S}–{end:%H:%M:%S}"


def _status_words(entry: LibraryEntry) -> str:
    job = entry.job
    if job is not None and job.state == JobState.FAILED:
        return "Will be tried again soon"
    if job is not None and job.state == JobState.WAITING and job.waits_for != "models":
        return {"disk": "Waiting for room"}.get(job.waits_for, "Waiting for its file")
    return STATUS_WORDS.get(entry.status, entry.status)


def _may_retry(job: Job) -> bool:
    """Whether the person may have it tried again at once: given up, or waiting for a moment."""
    waits = job.state == JobState.WAITING and job.waits_for != "models"
    return waits or job.state in (JobState.QUARANTINED, JobState.FAILED)


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


def _recording_json(recording: Recording, seconds: float) -> Json:
    """``seconds`` is the length of its whole take, where that is known."""
    today = datetime.now(zone(recording.timezone)).date()
    kind = "" if recording.has_video else "sound only"
    return {
        "recording": recording.id,
        "day": local_time(recording.start, recording.timezone).date().isoformat(),
        "when": moment_words(recording.start, recording.timezone, today)[:-3],
        "source": _SOURCE_WORDS.get(recording.time_source, ""),
        "length": "" if recording.kind == "photo" else length_words(seconds or recording.duration),
        "kind": _KIND_WORDS.get(recording.kind, kind),
        "silent": recording.kind == "video" and recording.has_video and not recording.has_audio,
    }
