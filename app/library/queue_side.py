"""Queue controls of the facade: hold, resume, retry, report."""

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
from memory.types.jobs import Job


def ignore(progress: IngestProgress) -> None:
    """The listener of those who do not watch."""


class QueueSide:
    """The queue of a home, as `Assistant` hands it out."""

    store: Store
    queue: IngestQueue
    by_choice: OptionalModels
    _ingester: Ingester
    _background: BackgroundIngest

    def jobs(self) -> list[Job]:
        """Every file that was ever queued, those at work first."""
        return self.store.jobs.all()

    def retry(self, ids: Sequence[str] | None = None) -> list[Job]:
        """Queues given-up files again, in the background; all of them where no ids are given."""
        again = self.store.jobs.retry(ids)
        self._background.start()
        return again

    def retry_now(
        self, ids: Sequence[str], *, on_progress: ProgressListener = ignore
    ) -> list[IngestResult]:
        """Tries given-up files again and says what became of each."""
        again = self.store.jobs.retry(ids)
        return list(self._ingester.see_through(again, on_progress))

    def forget_jobs(self, ids: Sequence[str]) -> None:
        """Takes files off the list of the queue; they themselves and their recordings stay."""
        self.store.jobs.forget(ids)

    def pause(self) -> None:
        """Holds all ingest, in every process, after the stage of a block that it is in."""
        self.store.jobs.pause(True)

    def unpause(self) -> None:
        """Lets ingest go on."""
        self.store.jobs.pause(False)
        self._background.start()
        self.by_choice.background.wake()

    @property
    def paused(self) -> bool:
        """Whether ingest is held."""
        return self.store.jobs.paused

    def queue_report(self) -> QueueReport:
        """How much is done and left, how fast, and about how long it will take."""
        return replace(self.queue.report(), to_write=self.by_choice.summaries.left)

    def _unfinished(self) -> list[Path]:
        """Files that an earlier process had begun with, or had received, and did not queue."""
        known = {job.path for job in self.store.jobs.all()}
        begun = [
            Path(recording.path)
            for recording in self.store.recordings()
            if recording.state == "pending"
            and recording.path not in known
            and self.store.original(recording) is not None
        ]
        uploads = [
            path
            for path in sorted(self.store.media.uploads.iterdir())
            if path.is_file() and not path.name.startswith(".") and str(path) not in known
        ]
        return [path for path in (*begun, *uploads) if path.exists()]
