"""The library: recordings, and files that are at work, waiting or given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from app.core.result_cache import ResultCaches, VersionedCache
from app.core.view_models import LibraryEntry
from ingest.errors import WasForgotten
from memory.repositories.library_shelf import LibraryFilter, ShelfEntry
from memory.store.store import Store
from memory.types.core import Damage, Recording, RecordingState
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
    """A page of the library; only what is on it is read.

    Whoever asks again and again hands over the same ``counts`` each time.
    """
    counted = counts or Counts(store)
    numbers = store.shelf.counts()
    there, numbers["there"] = shelf_entries(store, library_filter, counted)
    words, all_of_it = library_filter.words, library_filter.status in ("", "ready", "partial")
    stuck = LibraryFilter(words, "stuck", limit=STUCK_SHOWN)
    coming = LibraryFilter(words, "coming", limit=COMING_SHOWN)
    above = (shelf_entries(store, asked, counted)[0] for asked in (stuck, coming) if all_of_it)
    return LibraryPage(next(above, []), next(above, []), there, numbers)


def shelf_entries(
    store: Store, library_filter: LibraryFilter, counts: Counts
) -> tuple[list[LibraryEntry], int]:
    """The entries of a page of the shelf, and how many fit on all pages together."""
    page, total = store.shelf.page(library_filter)
    return chosen_entries(store, page, counts), total


def chosen_entries(
    store: Store, chosen: Sequence[ShelfEntry], counts: Counts
) -> list[LibraryEntry]:
    """These entries in their order, without those that are not there (any more)."""
    takes: dict[str, list[Recording]] = {}
    for part in store.shelf.parts(one.take for one in chosen if one.take):
        takes.setdefault(part.take or part.id, []).append(part)
    parts = [part.id for take in takes.values() for part in take]
    jobs = store.jobs.unfinished([one.job for one in chosen if one.job], parts)
    by_recording = {job.recording_id: job for job in jobs if job.recording_id}
    by_id = {job.id: job for job in jobs}
    entries = [by_id.get(one.job) or takes.get(one.take) for one in chosen]
    return [_made(store, one, by_recording, counts) for one in entries if one is not None]


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


def library(store: Store) -> list[LibraryEntry]:
    """Files that are no recordings yet first, then the recordings, newest first."""
    return library_page(store, 0, -1)[0]


def library_page(store: Store, offset: int, limit: int) -> tuple[list[LibraryEntry], int]:
    """Some of the same, and how many there are. Files are looked at only of what is on the page."""
    asked = LibraryFilter(status="all", offset=offset, limit=limit)
    return shelf_entries(store, asked, Counts(store))


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
    if job is not None and job.state == JobState.RUNNING and job.stage not in ("", "opening"):
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
