"""A recording in the words of the Library page: what is done, what is going on, what to do."""

from __future__ import annotations

import hashlib
from pathlib import Path

from app.api_models.library import (
    EntryReply,
    StageReply,
)
from app.core.view_models import LibraryEntry
from app.library.library import may_retry, was_forgotten
from app.presentation.duration_text import STAGE_WORDS
from app.presentation.i18n import t, translate_below
from app.presentation.rendering import local_time
from app.presentation.time_text import length_words, moment_words
from memory.db.media_files import COPIES
from memory.types.core import Damage, Recording, TimeSource
from memory.types.jobs import JobState


def status_words(status: str) -> str:
    """How far an entry is."""
    words = {
        "waiting": t("Waiting for its turn"),
        "indexing": t("Being remembered"),
        "ready": t("Ready"),
        "partial": t("Readable in part"),
        "failed": t("Not added"),
    }
    return words.get(status, status)


def source_words(source: TimeSource) -> str:
    """What told when it was recorded."""
    return {
        TimeSource.USER: t("time set by you"),
        TimeSource.SIDECAR: t("time from the file beside it"),
        TimeSource.GPS: t("time from GPS"),
        TimeSource.CONTAINER: t("time from the camera"),
        TimeSource.FILE_NAME: t("time from the file name"),
        TimeSource.TAKE: t("time counted on from the part before"),
        TimeSource.FILE_TIME: t("time from the file's date"),
        TimeSource.ARRIVAL: t("time when it was added, date unknown"),
    }[source]


def kind_words(kind: str) -> str:
    """What it is where it is no film."""
    words = {"photo": t("photo"), "sound": t("sound only"), "import": t("imported text")}
    return words.get(kind, "")


def stage_words(stage: str) -> str:
    """A stage of the work."""
    if stage == "events":
        return t("Noting what was done")
    return t(STAGE_WORDS.get(stage, stage.capitalize()))


def entry_json(entry: LibraryEntry, home: Path | None = None) -> EntryReply:
    """One entry as the page shows it; with ``home``, also where its file is."""
    reply = EntryReply(
        key=entry_key(entry),
        name=entry.name,
        status=entry.status,
        words=_status_words(entry),
        message=_message(entry),
        forgotten=was_forgotten(entry),
        job="" if entry.job is None else entry.job.id,
        retry=entry.job is not None and may_retry(entry.job),
        parts=list(entry.parts),
        damage=damage_words(entry),
        place="" if home is None else place_words(entry, home),
        stages=[
            StageReply(words=stage_words(stage), done=done, total=total)
            for stage, (done, total) in _stages(entry)
        ],
        recording="",
    )
    if entry.recording is not None:
        _add_recording(reply, entry.recording, entry.seconds)
    return reply


def _message(entry: LibraryEntry) -> str:
    if was_forgotten(entry):
        return t("You have had this recording, or a part of it, forgotten: it is not added again.")
    words = translate_below(entry.name, entry.message)
    return words if words.startswith(entry.name) else words[:1].upper() + words[1:]


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
        return t("copied into the library")
    if path.is_relative_to(home / "uploads"):
        return t("kept in the library")
    there = entry.here and path.exists()
    return t("left where it is") if there else t("its file is not there at the moment")


def damage_words(entry: LibraryEntry) -> list[str]:
    """``12:03:10–12:03:44 unreadable`` for each stretch that the message does not name."""
    if entry.recording is None:
        return []
    kinds: dict[str, set[str]] = {}
    for damage in entry.damage:
        kinds.setdefault(_clock(damage, entry.recording), set()).add(damage.what)
    return [
        f"{clock} {t('no sound') if what == {'sound'} else t('unreadable')}"
        for clock, what in kinds.items()
        if clock not in entry.message
    ]


def _clock(damage: Damage, recording: Recording) -> str:
    begin, end = (local_time(at, recording.timezone) for at in (damage.span.start, damage.span.end))
    return f"{begin:%H:%M:%S}–{end:%H:%M:%S}"


def _status_words(entry: LibraryEntry) -> str:
    job = entry.job
    if job is not None and job.state == JobState.FAILED:
        return t("Will be tried again soon")
    if job is not None and job.state == JobState.WAITING and job.waits_for != "models":
        return t("Waiting for room") if job.waits_for == "disk" else t("Waiting for its file")
    return status_words(entry.status)


def _stages(entry: LibraryEntry) -> list[tuple[str, tuple[int, int]]]:
    """The stages in the order of work; while it goes on, also those that have not begun."""
    stages = dict(entry.progress)
    if entry.recording is not None and entry.status == "indexing":
        clips = max((total for _, total in stages.values()), default=0)
        for stage in _expected(entry.recording):
            stages.setdefault(stage, (0, clips))
    known = list(STAGE_WORDS)
    return sorted(
        stages.items(), key=lambda item: known.index(item[0]) if item[0] in known else len(known)
    )


def _expected(recording: Recording) -> list[str]:
    heard = ["speech"] if recording.has_audio else []
    seen = ["sights"] if recording.has_video else []
    return [*heard, *seen, "caption"]


def _add_recording(reply: EntryReply, recording: Recording, seconds: float) -> None:
    """Fill in what is known of the recording; ``seconds`` is the length of its whole take or 0."""
    kind = "" if recording.has_video else "sound"
    reply.recording = recording.id
    reply.start = recording.start
    reply.end = recording.start + (seconds or recording.duration)
    reply.day = local_time(recording.start, recording.timezone).date().isoformat()
    reply.when = moment_words(recording.start, recording.timezone)
    reply.source = source_words(recording.time_source)
    reply.undated = recording.time_source is TimeSource.ARRIVAL
    lasts = recording.kind not in ("photo", "import")  # of an import it counts the pauses, too
    reply.length = length_words(seconds or recording.duration) if lasts else ""
    reply.kind = kind_words(recording.kind) or kind_words(kind)
    reply.device = recording.device
    reply.silent = recording.kind == "video" and recording.has_video and not recording.has_audio
