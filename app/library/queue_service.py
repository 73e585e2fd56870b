"""The queue of files of a home: add to it, work it, hold it, try again, report on it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from app.core.view_models import IngestProgress, IngestResult, ProgressListener, QueueReport
from app.library.background import BackgroundIngest
from app.models.optional_models import OptionalModels
from ingest.discovery.media_finder import Skipped, media_files
from ingest.errors import UnreadableMedia, unreadable
from ingest.jobs.queue import IngestQueue
from ingest.probe.probe import probe
from ingest.timestamps.start_times import plan_starts
from memory.store.store import Store
from memory.types.errors import StoreError
from memory.types.jobs import Job, JobOptions, JobState
from memory.types.paths import printable


def ignore(progress: IngestProgress) -> None:
    """The listener of those who do not watch."""


class QueueService:
    """The queue of a home; what is asked of it is done by this or any other process."""

    def __init__(
        self, store: Store, queue: IngestQueue, background: BackgroundIngest, models: OptionalModels
    ) -> None:
        self.work = queue
        self._store, self._background, self._models = store, background, models

    def run(
        self,
        paths: Sequence[Path],
        listen: ProgressListener,
        options: JobOptions | None,
    ) -> list[IngestResult]:
        """One result per file, in the order of the files. Known ones cost next to nothing.

        Summaries and vectors that are missing, of old recordings too, are made at the end.

        Raises:
            StoreError: the home cannot be written.
        """
        results: dict[str, IngestResult | None] = {}
        jobs: list[Job] = []
        skipped: list[Skipped] = []
        files = list(media_files(paths, home=self._store.home, skipped=skipped))
        starts = self._starts(files, options)
        for path in files:
            whole = os.path.abspath(path)
            results[whole] = refusal(path)
            if results[whole] is None:
                file_options = options
                if options is not None and path in starts:
                    file_options = replace(options, start=starts[path].timestamp())
                try:
                    jobs += self.work.add([path], file_options, again=True)
                except StoreError as error:  # a full disk, say: the others are not lost
                    message = f"{printable(path.name)}: {error}"
                    results[whole] = IngestResult(path, "failed", message)
        for left_out in skipped:
            note = f"{printable(str(left_out.path))}: {left_out.reason}"
            results[str(left_out.path)] = IngestResult(left_out.path, "skipped", note)
        results |= {job.path: _already(job) for job in jobs if job.state == JobState.DONE}
        remaining = [job for job in jobs if job.state != JobState.DONE]
        results |= {str(result.path): result for result in self._see_through(remaining, listen)}
        return [result for result in results.values() if result is not None]

    def _starts(self, files: Sequence[Path], options: JobOptions | None) -> dict[Path, datetime]:
        """When each of several files begins, if the person said when the first one did."""
        if options is None or options.start is None or len(files) < 2:
            return {}
        return plan_starts(
            files,
            datetime.fromtimestamp(options.start, UTC),
            timezone=options.timezone,
            day_one=None if options.day_one is None else date.fromisoformat(options.day_one),
        )

    def _see_through(self, jobs: Sequence[Job], listen: ProgressListener) -> Iterator[IngestResult]:
        """One result per job, once each is settled."""
        results_by_path: dict[str, IngestResult] = {}
        passing = ("failed", "waiting")  # others may have done it since
        for result in self.work.work(listen, [job.id for job in jobs]):
            results_by_path[str(result.path)] = result
            if result.status != "failed":
                yield result
        for job in jobs:  # a failure counts once nothing more is tried
            last = results_by_path.get(job.path)
            now = self._store.jobs.get(job.id) or job
            if last is None or (last.status in passing and now.is_through):
                yield _elsewhere(now)
            elif last.status == "failed":
                yield last

    def add(self, paths: Sequence[Path], options: JobOptions | None, *, again: bool) -> None:
        """Ingest files in the background, before those of a backlog."""
        self.work.add(paths, options, priority=1, again=again)
        self._background.start()

    def take_up_unfinished(self) -> None:
        """Go on, in the background, with what an earlier process left unfinished."""
        self.work.add(self._unfinished())
        self._background.start()

    def stop(self) -> None:
        """End background work after the stage that it is in."""
        self._background.stop()

    def jobs(self) -> list[Job]:
        """Every file that was ever queued, those at work first."""
        return self._store.jobs.all()

    def retry(self, ids: Sequence[str] | None = None) -> list[Job]:
        """Queues given-up files again, in the background; all of them where no ids are given."""
        again = self._store.jobs.retry(ids)
        self._background.start()
        return again

    def retry_now(
        self, ids: Sequence[str], *, on_progress: ProgressListener = ignore
    ) -> list[IngestResult]:
        """Tries given-up files again and says what became of each."""
        again = self._store.jobs.retry(ids)
        return list({str(r.path): r for r in self._see_through(again, on_progress)}.values())

    def forget(self, ids: Sequence[str]) -> None:
        """Takes files off the list of the queue; they themselves and their recordings stay."""
        self._store.jobs.forget(ids)

    def pause(self) -> None:
        """Holds all ingest, in every process, after the stage of a block that it is in."""
        self._store.jobs.pause(True)

    def unpause(self) -> None:
        """Lets ingest go on."""
        self._store.jobs.pause(False)
        self._background.start()
        self._models.background.wake()

    @property
    def busy(self) -> bool:
        """Whether something is being ingested in the background."""
        return self._background.busy

    @property
    def paused(self) -> bool:
        """Whether ingest is held."""
        return self._store.jobs.paused

    def report(self) -> QueueReport:
        """How much is done and left, how fast, and about how long it will take."""
        return replace(self.work.report(), to_write=self._models.summaries.remaining)

    def _unfinished(self) -> list[Path]:
        """Files that an earlier process had begun with, or had received, and did not queue."""
        known = {job.path for job in self._store.jobs.all()}
        begun = [
            Path(recording.path)
            for recording in self._store.recordings.all()
            if recording.state == "pending"
            and recording.path not in known
            and self._store.original(recording) is not None
        ]
        uploads = [
            path
            for path in sorted(self._store.media.uploads.iterdir())
            if path.is_file() and not path.name.startswith(".") and str(path) not in known
        ]
        return [path for path in (*begun, *uploads) if path.exists()]


def _already(job: Job) -> IngestResult:
    path = Path(job.path)
    message = f"{printable(path.name)} is indexed already"
    return IngestResult(path, "already", message, job.recording_id)


def _elsewhere(job: Job) -> IngestResult:
    """The result of a job that another process worked on, or that nobody may work on now."""
    path = Path(job.path)
    name = printable(path.name)
    if job.is_through:
        message = f"{name}: indexed by another process"
        message += f"; {job.reason}" if job.reason else ""
        return IngestResult(path, "indexed", message, job.recording_id)
    if job.state in (JobState.QUEUED, JobState.RUNNING):
        return IngestResult(
            path, "waiting", f"{name} is queued; the queue is paused: egobutler queue resume"
        )
    return IngestResult(path, "failed", job.reason or f"{name} could not be indexed")


def refusal(path: Path) -> IngestResult | None:
    """Why a path is no file at all, so that a slip of the keyboard leaves nothing in the queue."""
    if os.path.isfile(path):
        return None
    try:
        if os.path.isdir(path):
            raise unreadable(path, "ingest.folder-without-media", "ingest.name-another")
        probe(path)
    except UnreadableMedia as error:
        return IngestResult(path, "failed", str(error))
    return None
