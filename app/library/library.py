"""The library: recordings, and files that are at work, waiting or given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from app.core.result_cache import ResultCaches, VersionedCache
from app.core.view_models import LibraryEntry
from app.presentation.rendering import local_time
from ingest.errors import WasForgotten
from memory.store.store import Store
from memory.types.core import Damage, Recording, RecordingState, TimeSource
from memory.types.jobs import Job, JobState
from memory.types.messages import sentences
from memory.types.paths import printable

Told: TypeAlias = tuple[dict[str, tuple[int, int]], tuple[Damage, ...]]

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
COMING_SHOWN = 8  # files that wait for their turn; the others are counted
STUCK_SHOWN = 50
PAGE = 50


@dataclass(frozen=True, slots=True)
class LibraryFilter:
    """Which part of the shelf is shown: what to look for in names, days and devices, and where."""

    words: str = ""
    status: str = ""  # "ready", "partial"; "undated" for those of unknown date; empty for all
    offset: int = 0
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """One page of the library. ``counts`` are of all that fit, shown or not."""

    stuck: list[LibraryEntry] = field(default_factory=list)
    coming: list[LibraryEntry] = field(default_factory=list)
    there: list[LibraryEntry] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def entries(self) -> list[LibraryEntry]:
        """All that is shown, what needs a look first."""
        return [*self.stuck, *self.coming, *self.there]


class Counts:
    """How far recordings are, and what of them is damaged.

    To count the clips of fifty long recordings takes 30 ms, and a page that is open asks again and
    again: of those that nobody works on the counts are kept for a minute.
    """

    def __init__(self, store: Store, caches: ResultCaches | None = None) -> None:
        self._store = store
        caches = caches or ResultCaches(store.database)
        self._kept: VersionedCache[Told] = caches.for_seconds(60.0, 1000)

    def of(self, recording_id: str, *, worked_on: bool) -> Told:
        """Stage → (clips done, in all), and the stretches that are damaged."""
        if worked_on:
            self._kept.drop(recording_id)
            return _told_of(self._store, recording_id)
        return self._kept.get(recording_id, lambda: _told_of(self._store, recording_id))


def _told_of(store: Store, recording_id: str) -> Told:
    return store.ledger.progress(recording_id), tuple(store.perceptions.damage(recording_id))


def shelf(store: Store, library_filter: LibraryFilter, counts: Counts | None = None) -> LibraryPage:
    """A page of the library, read without looking at the files of what is not on it.

    Whoever asks again and again hands over the same ``counts`` each time.
    """
    counted = counts or Counts(store)
    jobs = store.jobs.open() + store.jobs.all([JobState.QUARANTINED])
    by_recording = {job.recording_id: job for job in jobs if job.recording_id}
    takes: dict[str, list[Recording]] = {}
    for recording in store.recordings.all():
        takes.setdefault(recording.take or recording.id, []).append(recording)
    known = {part.id for parts in takes.values() for part in parts}
    stuck: list[Job | list[Recording]] = []
    coming: list[Job | list[Recording]] = []
    there: list[list[Recording]] = []
    for job in jobs:
        if job.recording_id not in known and _named(job.path, library_filter.words):
            (stuck if may_retry(job) else coming).append(job)
    for parts in reversed(takes.values()):
        if not any(_fits(part, library_filter.words) for part in parts):
            continue
        of_them = [by_recording[part.id] for part in parts if part.id in by_recording]
        status = _worst([_told(part, by_recording.get(part.id))[0] for part in parts])
        if of_them and may_retry(of_them[0]):
            stuck.append(parts)
        elif status in ("waiting", "indexing"):
            coming.append(parts)
        elif library_filter.status in ("", status) or (
            library_filter.status == "undated" and _is_undated(parts)
        ):
            there.append(parts)
    coming.sort(key=lambda entry: _state(entry, by_recording) != JobState.RUNNING)

    def entries_of(entries: Sequence[Job | list[Recording]]) -> list[LibraryEntry]:
        return [_made(store, entry, by_recording, counted) for entry in entries]

    numbers = {"stuck": len(stuck), "coming": len(coming), "there": len(there), "all": len(takes)}
    numbers["undated"] = sum(map(_is_undated, takes.values()))
    return LibraryPage(
        entries_of(stuck[:STUCK_SHOWN]),
        entries_of(coming[:COMING_SHOWN]),
        entries_of(there[library_filter.offset : library_filter.offset + library_filter.limit]),
        numbers,
    )


def _is_undated(parts: Sequence[Recording]) -> bool:
    return any(part.time_source is TimeSource.ARRIVAL for part in parts)


def may_retry(job: Job) -> bool:
    """Whether the person may have it tried again at once: given up, or waiting for a moment."""
    waits = job.state == JobState.WAITING and job.waits_for != "models"
    return waits or job.state in (JobState.QUARANTINED, JobState.FAILED)


def _made(
    store: Store, entry: Job | list[Recording], jobs: Mapping[str, Job], counts: Counts
) -> LibraryEntry:
    if isinstance(entry, Job):
        return _of_job(entry)
    return _as_one([_entry(store, part, jobs.get(part.id), counts) for part in entry])


def _state(entry: Job | list[Recording], jobs: Mapping[str, Job]) -> JobState | None:
    own_jobs = [entry] if isinstance(entry, Job) else [jobs[p.id] for p in entry if p.id in jobs]
    return own_jobs[0].state if own_jobs else None


def _named(path: str, words: str) -> bool:
    return words.casefold() in Path(path).name.casefold()


def _fits(recording: Recording, words: str) -> bool:
    """Whether name, device or day (2026-03, on its own clock) hold the words."""
    if not words:
        return True
    day = local_time(recording.start, recording.timezone).date().isoformat()
    return (
        _named(recording.path, words) or words.casefold() in f"{day} {recording.device}".casefold()
    )


def library(store: Store) -> list[LibraryEntry]:
    """Files that are no recordings yet first, then the recordings, newest first."""
    return library_page(store, 0, None)[0]


def library_page(store: Store, offset: int, limit: int | None) -> tuple[list[LibraryEntry], int]:
    """Some of the same, and how many there are. Files are looked at only of what is on the page."""
    recordings = store.recordings.all()
    jobs = store.jobs.open() + store.jobs.all([JobState.QUARANTINED])
    by_recording = {job.recording_id: job for job in jobs if job.recording_id}
    known = {recording.id for recording in recordings}
    takes: dict[str, list[Recording]] = {}
    for part in recordings:
        takes.setdefault(part.take or part.id, []).append(part)
    entries: list[Job | list[Recording]] = [job for job in jobs if job.recording_id not in known]
    entries += reversed(takes.values())
    shown = entries[offset:] if limit is None else entries[offset : offset + limit]
    counts = Counts(store)
    return [_made(store, entry, by_recording, counts) for entry in shown], len(entries)


def job_entry(store: Store, job: Job) -> LibraryEntry:
    """The entry of the library that a job belongs to."""
    recording = store.recordings.get(job.recording_id) if job.recording_id else None
    if recording is None:
        return _of_job(job)
    first = store.recordings.get(recording.take) if recording.take else recording
    return replace(_entry(store, first or recording, job, Counts(store)), job=job)


def _as_one(parts: list[LibraryEntry]) -> LibraryEntry:
    """The files of one take as one entry: what is wrong with any of them is wrong with it."""
    first = parts[0]
    if len(parts) == 1:
        return first
    worst = _worst([part.status for part in parts])
    stages = {stage for part in parts for stage in part.progress}
    progress = {
        stage: (
            sum(part.progress.get(stage, (0, 0))[0] for part in parts),
            sum(part.progress.get(stage, (0, 0))[1] for part in parts),
        )
        for stage in sorted(stages)
    }
    unique = dict.fromkeys(part.message for part in parts if part.message)
    return replace(
        first,
        progress=progress,
        status=worst,
        message=sentences(unique),
        job=next((part.job for part in parts if part.job is not None), None),
        damage=tuple(damage for part in parts for damage in part.damage),
        here=all(part.here for part in parts),
        parts=tuple(part.name for part in parts),
        seconds=sum(part.seconds for part in parts),
    )


def _worst(statuses: Sequence[str]) -> str:
    return next((status for status in _WORST_FIRST if status in statuses), statuses[0])


def _of_job(job: Job) -> LibraryEntry:
    name = printable(job.name)
    return LibraryEntry(
        name, job.path, None, status=_JOB_STATUS[job.state], message=job.reason, job=job
    )


def _entry(store: Store, recording: Recording, job: Job | None, counts: Counts) -> LibraryEntry:
    status, message = _told(recording, job)
    unfinished = job is not None or recording.state == RecordingState.PENDING
    progress, damage = counts.of(recording.id, worked_on=unfinished)
    if job is not None and job.state == JobState.RUNNING and job.stage != "opening":
        progress = {**progress, job.stage: _further(progress.get(job.stage), job)}
    return LibraryEntry(
        recording.name,
        recording.path,
        recording,
        progress,
        status,
        message,
        job,
        damage,
        seconds=recording.duration,
        here=store.original(recording, read=False) is not None,
    )


def _further(counted: tuple[int, int] | None, job: Job) -> tuple[int, int]:
    """Clips of a stage: those that are through, or those that it is at work on."""
    done, total = counted or (0, job.total)
    return max(done, job.done), total


def _told(recording: Recording, job: Job | None) -> tuple[str, str]:
    """How far a recording is, and what there is to say of it."""
    status = _STATUS[recording.state]
    if job is None:
        return status, recording.note
    if job.waits_for != "models":
        status = _JOB_STATUS[job.state]
    return status, sentences((recording.note, job.reason))


def was_forgotten(entry: LibraryEntry) -> bool:
    """Whether it is not taken in because the owner has had something of it forgotten."""
    return entry.job is not None and WasForgotten.REASON in entry.message
