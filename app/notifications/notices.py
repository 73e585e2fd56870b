"""Notices in words: what became of a file, and what to do about it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from app.presentation.i18n import t, translate_below
from memory.repositories.notifications import Notice
from memory.store.store import Store
from memory.types.core import Recording, RecordingState
from memory.types.jobs import Job
from memory.types.paths import printable

SEEN = "notices_seen"  # the preference that holds the id of the last notice that was looked at
SHOWN = 50


class NoticeOut(BaseModel):
    """One notice: a file that was finished, failed, or waits for the owner."""

    id: int
    at: float = Field(description="seconds UTC")
    kind: Literal["finished", "partial", "failed", "waiting"]
    name: str = Field(description="the file's name")
    words: str = Field(description="one sentence in the language of whoever asks")
    more: str = Field(description="what is wrong and what to do, empty where nothing is")
    job: str
    recording: str = Field(description="id of the recording, empty where there is none yet")
    new: bool = Field(description="whether nobody has looked at it yet")


class NoticesOut(BaseModel):
    """The newest notices, and how many files have news since somebody last looked."""

    newest: int = Field(description="id of the newest notice, 0 where there is none")
    unseen: int
    notices: list[NoticeOut]


def notices(store: Store, limit: int = SHOWN) -> NoticesOut:
    """The newest notices of a home, in the language of whoever is served."""
    seen = seen_until(store)
    entries = []
    for notice in store.notices.newest(limit):
        job = store.jobs.get(notice.job_id)
        if job is not None:
            entries.append(_told(notice, job, store.recordings.get(job.recording_id), seen))
    newest = max((entry.id for entry in entries), default=0)
    return NoticesOut(newest=newest, unseen=store.notices.count(seen), notices=entries)


def seen_until(store: Store) -> int:
    """The id of the last notice that was looked at, 0 where none was."""
    return int(store.preferences.get(SEEN, 0))


def look_at(store: Store, newest: int) -> None:
    """Remembers that everything up to this notice was looked at; never less than before."""
    if newest > seen_until(store):
        store.preferences.put(SEEN, newest)


def _told(notice: Notice, job: Job, recording: Recording | None, seen: int) -> NoticeOut:
    name = printable(job.name)
    partly = recording is not None and recording.state == RecordingState.PARTIAL
    kind: Literal["finished", "partial", "failed", "waiting"] = notice.kind
    if kind == "finished" and partly:
        kind = "partial"
    if kind == "waiting" and job.waits_for == "models":
        # What could be done without the missing weights is done, and can be asked about.
        more, words = job.reason, t("{name} can be searched; a part of it waits", name=name)
    else:
        words = _words(kind, name)
        more = recording.note if partly and recording is not None else job.reason
    return NoticeOut(
        id=notice.id,
        at=notice.at,
        kind=kind,
        name=name,
        words=words,
        more="" if kind == "finished" else translate_below(name, more),
        job=job.id,
        recording=job.recording_id,
        new=notice.id > seen,
    )


def _words(kind: str, name: str) -> str:
    match kind:
        case "finished":
            return t("{name} is remembered", name=name)
        case "partial":
            return t("{name} is remembered as far as it can be read", name=name)
        case "waiting":
            return t("{name} waits for you", name=name)
    return t("{name} could not be taken in", name=name)
