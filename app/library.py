"""What is in a home and on its way into it: files in hand, given up or waiting, and recordings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.views import LibraryEntry
from ingest.errors import printable
from memory.job_types import Job, JobState
from memory.store import Store
from memory.types import Recording, RecordingState

_STATUS = {
    RecordingState.PENDING: "waiting",
    RecordingState.READY: "ready",
    RecordingState.PARTIAL: "partial",
}
_JOB_STATUS = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "indexing",
    JobState.WAITING: "waiting",
    JobState.FAILED: "failed",
    JobState.QUARANTINED: "failed",
}

_WORST_FIRST = ("failed", "indexing", "waiting", "partial")


def library(store: Store) -> list[LibraryEntry]:
    """Files that are no recordings yet first, then the recordings, newest first."""
    recordings = store.recordings()
    jobs = store.jobs.open() + store.jobs.all([JobState.QUARANTINED])
    by_recording = {job.recording_id: job for job in jobs if job.recording_id}
    known = {recording.id for recording in recordings}
    hand = [_of_job(job) for job in jobs if job.recording_id not in known]
    takes: dict[str, list[LibraryEntry]] = {}
    for one in recordings:
        entry = _entry(store, one, by_recording.get(one.id))
        takes.setdefault(one.take or one.id, []).append(entry)
    return hand + [_as_one(parts) for parts in reversed(takes.values())]


def _as_one(parts: list[LibraryEntry]) -> LibraryEntry:
    """The files of one take as one entry: what is wrong with any of them is wrong with it."""
    first = parts[0]
    if len(parts) == 1:
        return first
    worst = next((s for s in _WORST_FIRST if any(part.status == s for part in parts)), first.status)
    stages = {stage for part in parts for stage in part.progress}
    progress = {
        stage: (
            sum(part.progress.get(stage, (0, 0))[0] for part in parts),
            sum(part.progress.get(stage, (0, 0))[1] for part in parts),
        )
        for stage in sorted(stages)
    }
    told = dict.fromkeys(part.message for part in parts if part.message)
    return replace(
        first,
        progress=progress,
        status=worst,
        message=" ".join(told),
        job=next((part.job for part in parts if part.job is not None), None),
        damage=tuple(one for part in parts for one in part.damage),
        here=all(part.here for part in parts),
        parts=tuple(part.name for part in parts),
        seconds=sum(part.seconds for part in parts),
    )


def _of_job(job: Job) -> LibraryEntry:
    name = printable(Path(job.path).name)
    return LibraryEntry(
        name, job.path, None, status=_JOB_STATUS[job.state], message=job.reason, job=job
    )


def _entry(store: Store, recording: Recording, job: Job | None) -> LibraryEntry:
    status, message = _STATUS[recording.state], recording.note
    if job is not None:
        status = _JOB_STATUS[job.state] if job.waits_for != "models" else status
        message = " ".join(filter(None, (recording.note, job.reason)))
    return LibraryEntry(
        Path(recording.path).name,
        recording.path,
        recording,
        store.progress(recording.id),
        status,
        message,
        job,
        tuple(store.damage(recording.id)),
        seconds=recording.duration,
        here=store.original(recording) is not None,
    )
