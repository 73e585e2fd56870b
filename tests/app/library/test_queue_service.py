"""What becomes of a file that failed here, while another process sees to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from app.library.background import BackgroundIngest
from app.library.queue_service import QueueService
from app.models.optional_models import OptionalModels
from ingest.jobs.queue import IngestQueue
from memory.store.store import Store
from memory.types.ingest_progress import IngestResult, IngestStatus, ProgressListener
from memory.types.jobs import Job, JobState


@dataclass
class Worker:
    """A queue whose only file ends as ``status`` here, after which ``meanwhile`` happens to it."""

    store: Store
    status: IngestStatus
    meanwhile: Callable[[Store, Job], object]

    def work(self, listen: ProgressListener, among: Sequence[str]) -> Iterator[IngestResult]:
        job = self.store.jobs.get(among[0])
        assert job is not None
        yield IngestResult(Path(job.path), self.status, "no luck here")
        self.meanwhile(self.store, job)


def retried(store: Store, film: Path, worker: Worker) -> list[IngestResult]:
    film.write_bytes(b"film")
    job = store.jobs.add(film, now=time.time())
    store.jobs.finish(job, JobState.QUARANTINED, "is empty")
    service = QueueService(
        store, cast(IngestQueue, worker), cast(BackgroundIngest, None), cast(OptionalModels, None)
    )
    return service.retry_now([job.id])


def done(store: Store, job: Job) -> Job:
    return store.jobs.finish(job, JobState.DONE, recording_id="film-1")


def without_models(store: Store, job: Job) -> Job:
    reason = "speech needs the weights of whisper"
    return store.jobs.finish(
        job, JobState.WAITING, reason, waits_for="models", recording_id="film-1"
    )


def without_room(store: Store, job: Job) -> Job:
    return store.jobs.finish(job, JobState.WAITING, "the disk is full", waits_for="disk")


def nothing(store: Store, job: Job) -> Job:
    return job


@pytest.mark.parametrize(
    ("meanwhile", "note"), [(done, ""), (without_models, "; speech needs the weights of whisper")]
)
@pytest.mark.parametrize("status", ["failed", "waiting"])
def test_what_another_process_did_as_far_as_the_models_allow_is_indexed(
    store: Store,
    tmp_path: Path,
    status: IngestStatus,
    meanwhile: Callable[[Store, Job], Job],
    note: str,
) -> None:
    *before, result = retried(store, tmp_path / "walk.mp4", Worker(store, status, meanwhile))
    assert (result.status, result.recording_id) == ("indexed", "film-1")
    assert result.message == f"walk.mp4: indexed by another process{note}"
    assert "failed" not in [one.status for one in before]


@pytest.mark.parametrize("meanwhile", [without_room, nothing])
def test_what_nobody_did_has_failed(
    store: Store, tmp_path: Path, meanwhile: Callable[[Store, Job], Job]
) -> None:
    (result,) = retried(store, tmp_path / "walk.mp4", Worker(store, "failed", meanwhile))
    assert (result.status, result.message) == ("failed", "no luck here")
