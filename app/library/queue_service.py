"""The queue of files of a home: add to it, work it, hold it, try again, report on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.core.view_models import IngestProgress, IngestResult, ProgressListener, QueueReport
from app.library.background import BackgroundIngest
from app.library.ingesting import Ingester
from app.models.optional_models import OptionalModels
from ingest.jobs.queue import IngestQueue
from memory.store.store import Store
from memory.types.jobs import Job, JobOptions


def ignore(progress: IngestProgress) -> None:
    """The listener of those who do not watch."""


class QueueService:
    """The queue of a home; what is asked of it is done by this or any other process."""

    def __init__(
        self, store: Store, queue: IngestQueue, background: BackgroundIngest, models: OptionalModels
    ) -> None:
        self.work = queue
        self._store, self._background, self._models = store, background, models
        self._ingester = Ingester(store, queue)

    def run(
        self, paths: Sequence[Path], on_progress: ProgressListener, options: JobOptions | None
    ) -> list[IngestResult]:
        """Ingest files, or the media in folders, now; one result per file.

        Raises:
            StoreError: the home cannot be written.
        """
        return self._ingester.run(paths, on_progress, options)

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
        return list(self._ingester.see_through(again, on_progress))

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
