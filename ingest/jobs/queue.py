"""Works the durable queue: claims a file, does it, goes on to the next; nothing is done twice.

Several processes may work on one home. What a process leaves behind when it dies is claimed by the
next one as soon as it looks.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from pathlib import Path

from ingest.decode.decoder import MediaDecoder
from ingest.derived import events as happenings
from ingest.discovery.media_finder import media_files
from ingest.jobs.job_runner import GaveWay, JobRunner, Models
from ingest.jobs.older_pictures import OlderPictures
from ingest.jobs.progress import Interrupted
from ingest.stages import pipeline
from ingest.stages.executor import Executor, Local, PerceptionRequest
from ingest.vision.image_embeddings import embed_pictures
from memory.integrity.file_faults import known_fault, with_files
from memory.repositories.job_queue import LEASE, is_at_work, is_brief
from memory.repositories.job_totals import FileLength
from memory.repositories.lease_owner import this_process
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.errors import StoreError
from memory.types.ingest_progress import IngestProgress, IngestResult, ProgressListener, QueueReport
from memory.types.jobs import Job, JobOptions, JobState
from memory.types.messages import UserMessage, clauses

_log = logging.getLogger(__name__)
_SETTLED = (JobState.DONE, JobState.WAITING, JobState.QUARANTINED)
_CATCH_UP = 300.0  # seconds after which summaries are made though more files are waiting
_PASSING = 8  # files that may pass one that is longer before it goes on by another block
_LOOKED_AHEAD = 256  # files that workers may begin with before their turn
_LOOKING = 20.0  # seconds for which vectors of old pictures are made before another look for files


class IngestQueue:
    """The queue of one home and the models that serve it."""

    def __init__(
        self,
        store: Store,
        models: Models,
        decoder: MediaDecoder,
        executor: Executor | None = None,
    ) -> None:
        """``executor`` computes perception; by default this process does."""
        self._store = store
        self._models = models
        self.executor = executor or Local(decoder)
        self._runner = JobRunner(store, models, decoder, self.executor)
        self._older_pictures = OlderPictures(store, decoder)
        self._owner = this_process()
        self._gave_way = ""  # id of the job that waits while shorter ones pass
        self._passed = 0  # how many have
        self._unsettled: set[str] = set()  # ids of jobs that are over, and say that they run
        self._caught_up = time.monotonic()
        self._embed_again = 0.0  # not before: an embedder that fails is left alone for a while
        self._look_again = 0.0  # the same for pictures
        self.picture_trouble = ""  # one sentence on why pictures have no vectors, else empty

    def add(
        self,
        paths: Iterable[Path],
        options: JobOptions | None = None,
        *,
        priority: int = 0,
        again: bool = False,
    ) -> list[Job]:
        """Queues files, and the media in folders; what is done and unchanged is left alone.

        ``again`` queues what was given up, too; what is complete stays complete.
        """
        self.wake()
        added = []
        for path in media_files(paths, home=self._store.home):
            whole = Path(os.path.abspath(path))
            known = self._store.jobs.of(whole)
            redo = again and not (known is not None and self._holds(known, options))
            added.append(
                self._store.jobs.add(
                    whole, now=time.time(), options=options, priority=priority, again=redo
                )
            )
        return added

    def _holds(self, job: Job, options: JobOptions | None) -> bool:
        """Whether the job is done, with these options, and no stage or file is outstanding."""
        recording = self._store.recordings.get(job.recording_id)
        if job.state != JobState.DONE or recording is None:
            return False
        if options is not None and options != job.options:
            return False
        if with_files([recording]) and known_fault(self._store, recording):
            return False  # this file may take the place of the one that is damaged or gone
        return not pipeline.outstanding(self._store, self._models.stages().stages, recording)

    def wake(self) -> None:
        """Queues what waited for weights that are here now."""
        waiting = self._store.jobs.all([JobState.WAITING])
        if not waiting:
            return
        plan = self._models.stages()
        for job in waiting:
            missing = clauses(plan.held_up(job.recording_id))
            if job.waits_for == "models" and missing != job.reason:
                self._store.jobs.retry([job.id])

    def work(
        self,
        listen: ProgressListener,
        among: Collection[str] | None = None,
        idle: Callable[[], bool] | None = None,
    ) -> Iterator[IngestResult]:
        """One result per file, as each is finished.

        Args:
            listen: told of progress; may raise Interrupted to stop.
            among: ids of the jobs to see to; ends when they are settled. None: every job.
            idle: asked whether to go on when there is nothing to do (it may wait meanwhile);
                None: end when nothing is left that can be done soon.
        """
        try:
            ids = None if among is None else frozenset(among)
            yield from self._results(listen, ids, idle)
        finally:
            self.executor.drop()

    def _results(
        self,
        listen: ProgressListener,
        among: Collection[str] | None,
        idle: Callable[[], bool] | None,
    ) -> Iterator[IngestResult]:
        while True:
            job = self._next(among)
            if job is not None:
                if (result := self._one(job, listen, among)) is not None:
                    yield result
                if time.monotonic() - self._caught_up > _CATCH_UP:
                    self.catch_up()
                continue
            self.catch_up(_LOOKING if idle is not None else None)
            if idle is not None:
                self.executor.drop()  # of files that another process has done
                if not idle():
                    return
            elif not self._wait(among, listen):
                return

    def _next(self, among: Collection[str] | None) -> Job | None:
        """Claims a job: one that may pass where another gave way, and that after eight of them."""
        now, jobs = time.time(), self._store.jobs
        if self._gave_way and self._passed < _PASSING:
            self._passed += 1
            if (job := jobs.claim(self._owner, now=now, among=among, brief=True)) is not None:
                return job
        waiting, self._gave_way, self._passed = self._gave_way, "", 0
        if waiting and (job := jobs.claim(self._owner, now=now, among=[waiting])) is not None:
            return job
        return jobs.claim(self._owner, now=now, among=among)

    def _one(
        self, job: Job, listen: ProgressListener, among: Collection[str] | None
    ) -> IngestResult | None:
        """The result of a job, or None where it gave way."""
        begun = time.monotonic()
        try:
            with self._alive(job):
                result = self._runner.run(
                    job, listen, lambda at: self._gives_way(at, among), self._upcoming(among)
                )
        except GaveWay:
            self._gave_way = self._gave_way or job.id
            result = None
        done = self._store.jobs.get(job.id)
        if done is not None and self._is_mine(done):  # a full disk: it could not be let go of
            self._unsettled.add(job.id)
        if (result is None or result.status in ("indexed", "partial")) and self._runner.seconds:
            took = max(time.monotonic() - begun, 1e-3)
            self._store.jobs.note_speed(self._runner.seconds / took)
        return result

    def _upcoming(self, among: Collection[str] | None) -> Iterator[PerceptionRequest]:
        """What of the files that come next is to be perceived, taken in as it is asked for."""
        for job in self._store.jobs.upcoming(_LOOKED_AHEAD, now=time.time(), among=among):
            yield from self._runner.requests(job)

    def _gives_way(self, job: Job, among: Collection[str] | None) -> bool:
        """Whether the job, of which more than a block is left, lets others go first.

        Those that may pass it do, and so does the one that it was allowed to pass itself.
        """
        if is_brief(job):
            return False
        may_pass = self._store.jobs.next(
            now=time.time(),
            among=among,
            brief=True,
            priority=None if self._gave_way else job.priority,
        )
        return bool(self._gave_way) or may_pass is not None

    def _is_mine(self, job: Job) -> bool:
        return job.state == JobState.RUNNING and job.owner == self._owner

    @contextmanager
    def _alive(self, job: Job) -> Iterator[None]:
        """Renews the lease while the work goes on, however long one stage takes."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(LEASE / 4):
                try:
                    self._store.jobs.renew_lease(job.id, self._owner, now=time.time())
                except StoreError:
                    _log.info("a lease could not be renewed", exc_info=True)

        thread = threading.Thread(target=beat, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _wait(self, among: Collection[str] | None, listen: ProgressListener) -> bool:
        """Waits a moment for what is in other hands or pauses; False where nothing is coming."""
        if self._store.jobs.paused:
            return False
        coming = [
            job
            for job in self._store.jobs.all([JobState.QUEUED, JobState.RUNNING, JobState.FAILED])
            if among is None or job.id in among
            if not (job.id in self._unsettled and self._is_mine(job))
        ]
        if not coming:
            return False
        for job in coming:
            if job.state == JobState.RUNNING:
                listen(IngestProgress(Path(job.path), job.stage or "opening", job.done, job.total))
        time.sleep(0.25)
        return True

    def catch_up(self, looking: float | None = _LOOKING) -> None:
        """Reads the events that are new, and makes stale summaries and missing vectors.

        Vectors of pictures, which may be a year's after another model was chosen, are made for at
        most ``looking`` seconds, and only while no file waits; None: until all are done. Pictures
        of recordings that were ingested before these were kept are made for 20 s at a time.
        """
        self._caught_up = time.monotonic()
        try:
            happenings.rebuild(self._store)
            summaries.rebuild(self._store)
            self._embed()
            until = time.monotonic() + _LOOKING
            self._older_pictures.make(lambda: time.monotonic() > until or self._is_called())
        except Exception:  # what is stale or missing stays so marked, and is made at the next run
            _log.warning("events, summaries, vectors or pictures could not be made", exc_info=True)
        try:
            self._embed_pictures(looking)
        except Exception as error:
            self.picture_trouble = UserMessage("ingest.pictures-failed", why=error)
            _log.warning("vectors of pictures could not be made", exc_info=True)

    def _embed(self) -> None:
        """Makes the vectors that are missing; what failed is left alone for a while."""
        name = self._models.embedder_name()
        if name is None or time.monotonic() < self._embed_again:
            return
        if not self._store.vectors.missing(name, limit=1):
            return
        self._embed_again = time.monotonic() + _CATCH_UP
        pipeline.embed(self._store, self._models.embedder())
        if not self._store.vectors.missing(name, limit=1):
            self._embed_again = 0.0

    def _embed_pictures(self, looking: float | None) -> None:
        """Makes vectors of pictures that have none; what failed is left alone for a while."""
        name = self._models.pictures_name()
        if name is None or time.monotonic() < self._look_again:
            return
        if not self._store.pictures.missing(name, limit=1):
            return
        self._look_again = time.monotonic() + _CATCH_UP
        until = math.inf if looking is None else time.monotonic() + looking
        embedder = self._models.pictures()
        if embedder is None:
            return
        stopped = False

        def enough() -> bool:
            nonlocal stopped
            stopped = time.monotonic() > until or self._is_called()
            return stopped

        embed_pictures(self._store, embedder, enough)
        self.picture_trouble = ""
        if stopped or not self._store.pictures.missing(name, limit=1):
            self._look_again = 0.0

    def _is_called(self) -> bool:
        """Whether a file waits, or all work is held."""
        return self._store.jobs.paused or self._store.jobs.any([JobState.QUEUED])

    def report(self) -> QueueReport:
        """How much is done and left, how fast it goes, and about how long it will take."""
        return queue_report(self._store)


def queue_report(store: Store) -> QueueReport:
    """The queue at a glance, as any process sees it."""
    counts, speed = store.jobs.totals.counts(), store.jobs.speed
    seconds = seconds_to_come(store.jobs.totals.lengths())
    return QueueReport(
        counts[JobState.DONE],
        counts[JobState.QUEUED] + counts[JobState.RUNNING] + counts[JobState.FAILED],
        tuple(job for job in store.jobs.all([JobState.RUNNING]) if is_at_work(job, time.time())),
        speed,
        seconds / speed if speed and seconds is not None else None,
        store.jobs.paused,
        reduce(_also_waiting, store.jobs.totals.waiting_reasons() or [""]),
    )


def _also_waiting(first: str, rest: str) -> str:
    return UserMessage("ingest.also-waiting", first=first, rest=rest)


def seconds_to_come(files: Sequence[FileLength]) -> float | None:
    """Seconds of recording still to be worked on; the length of files not opened is guessed.

    Of files that are not there any more nothing counts.
    """
    coming = [file for file in files if not file.is_done and os.path.exists(file.path)]
    known: dict[str, tuple[float, int]] = {}  # seconds and bytes of the files of each suffix
    for file in (*coming, *(file for file in files if file.is_done)):
        if file.seconds and file.size:
            suffix = os.path.splitext(file.path)[1].lower()
            seconds, size = known.get(suffix, (0.0, 0))
            known[suffix] = seconds + file.seconds, size + file.size
    if not known and coming:
        return None
    rates = {suffix: seconds / size for suffix, (seconds, size) in known.items()}
    usual = sum(seconds for seconds, _ in known.values()) / max(
        sum(size for _, size in known.values()), 1
    )
    return sum(
        file.left or file.size * rates.get(os.path.splitext(file.path)[1].lower(), usual)
        for file in coming
    )


__all__ = ["IngestQueue", "Interrupted", "queue_report"]
