"""One file on its way: taken in, run through the stages, and filed under what became of it.

Whatever goes wrong is one of three things: the file cannot be read (quarantined, with the reason),
something around it is missing for now (waits, and goes on by itself), or nobody foresaw it (tried
again twice, later each time, then quarantined).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egogpt.remote.errors import ServerDown
from ingest.decode.decoder import MediaDecoder
from ingest.discovery.copying import keep_copy
from ingest.errors import IngestError, WasForgotten, printable
from ingest.importers import ImportOptions, import_paths
from ingest.importers.format_detection import SUFFIXES
from ingest.importers.registry import AUTO
from ingest.jobs.intake import Intake, take_in
from ingest.jobs.progress import Interrupted, LeaseLost, Progress, QueuePaused
from ingest.probe.probe_types import Probe
from ingest.stages import pipeline
from ingest.stages.executor import Executor, PerceptionRequest
from ingest.stages.pipeline import StagePlan
from ingest.stages.stages import ClipBlock
from memory.deletion.files import sweep_thumbnails
from memory.repositories.job_rows import state_of
from memory.store.store import Store
from memory.types.core import Damage, Recording, RecordingState
from memory.types.errors import RecordingMoved, StoreBusy, StoreError, StoreUnwritable
from memory.types.ingest_progress import (
    IngestProgress,
    IngestResult,
    IngestStatus,
    ProgressListener,
)
from memory.types.jobs import Job, JobState
from memory.types.messages import UserMessage, clauses, sentences
from memory.types.paths import sha256_of
from memory.types.timezones import zone

_log = logging.getLogger(__name__)
ATTEMPTS = 3
CRASHES = 10  # processes that may die over a file, with nothing achieved, before it is put aside
FIRST_PAUSE = 5.0  # seconds until the second attempt; each later pause is four times as long
ANOTHER_LOOK = 60.0  # seconds after which what waits for room or for its file is tried again
_WORTH_TELLING = 0.5  # seconds: a single broken picture is nobody's loss
_SHOWN = 4  # stretches that are named one by one


class GaveWay(Exception):
    """The job lets shorter ones pass, and is queued again with what is done of it."""


class Models(Protocol):
    """Where the stages and the embedder come from."""

    def stages(self) -> StagePlan:
        """The stages that can run now."""
        ...

    def embedder(self) -> Embedder | None:
        """The text embedder, or None without its weights."""
        ...

    def embedder_name(self) -> str | None:
        """What its vectors are stored under, without loading it."""
        ...

    def pictures(self) -> PictureEmbedder | None:
        """The image–text embedder, or None where none was chosen or it cannot be had."""
        ...

    def pictures_name(self) -> str | None:
        """What its vectors are stored under, without loading it."""
        ...


class JobRunner:
    """Runs one job and settles it."""

    def __init__(
        self, store: Store, models: Models, decoder: MediaDecoder, executor: Executor
    ) -> None:
        self._store = store
        self._models = models
        self._decoder = decoder
        self._executor = executor
        self._gives_way: Callable[[Job], bool] = lambda job: False
        self._upcoming: Iterator[PerceptionRequest] = iter(())
        self._taken_in: dict[tuple[str, int, float], Intake] = {}  # by job, before its turn
        self.seconds = 0.0  # of recording that the last run has worked on

    def run(
        self,
        job: Job,
        listen: ProgressListener,
        gives_way: Callable[[Job], bool],
        upcoming: Iterator[PerceptionRequest],
    ) -> IngestResult:
        """Does what is left to do for the job's file, unless it gives way between two blocks.

        ``upcoming`` is what the executor may begin with beside it.

        Raises:
            Interrupted: ``listen`` raised it.
            GaveWay: ``gives_way`` returned true.
        """
        path = Path(job.path)
        self._gives_way, self._upcoming, self.seconds = gives_way, upcoming, 0.0
        try:
            return self._run(job, listen)
        except (Interrupted, GaveWay, KeyboardInterrupt):
            self._settle(job, JobState.QUEUED)
            raise
        except QueuePaused:
            self._settle(job, JobState.QUEUED)
            message = (
                f"{printable(path.name)} is queued; the queue is paused: egobutler queue resume"
            )
            return IngestResult(path, "waiting", message)
        except StoreUnwritable as error:
            return self._later(job, "disk", _of_file(path, error))
        except (IngestError, ServerDown, StoreError, OSError) as error:
            return self._failed(job, error)
        except Exception as error:  # one odd file must not cost the others
            _log.exception("ingest of %s failed", path)
            return self._failed(job, error)

    def requests(self, job: Job) -> Iterator[PerceptionRequest]:
        """What is to be perceived of a file before its turn; what is wrong with it is told then."""
        try:
            if Path(job.path).suffix.lower() in SUFFIXES:
                return
            key = (job.id, *state_of(Path(job.path)))
            if key not in self._taken_in:
                self._taken_in[key] = self._take_in(job)
            intake = self._taken_in[key]
            stages, probe = self._models.stages().stages, intake.probed(self._decoder)
            yield from pipeline.requests(self._store, stages, intake.recording, probe)
        except Exception:
            _log.info("%s could not be begun ahead", job.path, exc_info=True)

    def _run(self, job: Job, listen: ProgressListener) -> IngestResult:
        store, path = self._store, Path(job.path)
        listen(IngestProgress(path, "opening", 0, 1))
        if job.attempts >= CRASHES:
            name = printable(path.name)
            return self._quarantine(
                job, UserMessage("ingest.ended-often", name=name, n=job.attempts)
            )
        if path.suffix.lower() in SUFFIXES and (path.is_file() or self._is_read(job)):
            return self._import(job)
        ahead = self._taken_in.pop((job.id, *state_of(path)), None)
        intake = ahead or self._take_in(job)
        recording = intake.recording
        job = replace(
            job, recording_id=recording.id, seconds=recording.duration, attempts=job.attempts
        )
        store.jobs.renew(job, now=time.time())
        if store.jobs.working_on(recording.id, but=job.id, now=time.time()):
            self._end(job, JobState.QUEUED, not_before=time.time() + FIRST_PAUSE)
            message = f"{printable(path.name)} is being indexed under another name"
            return IngestResult(path, "already", message, recording.id)
        plan = self._models.stages()
        if self._is_complete(recording, plan):
            self._done(job, plan.held_up(recording.id))
            notes = filter(None, [intake.note, *plan.waiting])
            message = "; ".join([f"{printable(path.name)} is indexed already", *notes])
            return IngestResult(path, "already", message, recording.id)
        try:
            self._perceive(job, intake, plan, listen)
            return self._finish(job, intake, plan)
        except (LeaseLost, RecordingMoved):
            return self._overtaken(job, recording.id)

    def _import(self, job: Job) -> IngestResult:
        """Reads lines of text; a file of them that was uploaded does not outlast it.

        What is forgotten of it later would stay in it.
        """
        store, path, options = self._store, Path(job.path), job.options
        if self._is_read(job):  # and the process ended before it could say so
            self._end(job, JobState.DONE, ended=time.time(), attempts=0)
            name = printable(path.name)
            return IngestResult(path, "already", f"{name} is indexed already", job.recording_id)
        day_one = None if options.day_one is None else date.fromisoformat(options.day_one)
        start = None if options.start is None else datetime.fromtimestamp(options.start, UTC)
        chosen = ImportOptions(AUTO, day_one, start, options.timezone)
        report = import_paths(store, [path], chosen)[-1]
        if report.status == "forgotten":
            raise WasForgotten(path)
        if report.status not in ("imported", "already"):
            return self._quarantine(job, report.message)
        job = replace(job, recording_id=next(iter(report.recording_ids), ""))
        store.jobs.renew(job, now=time.time())
        if path.is_relative_to(store.media.uploads):
            path.unlink(missing_ok=True)
        self._end(job, JobState.DONE, ended=time.time(), attempts=0)
        status: IngestStatus = "indexed" if report.status == "imported" else "already"
        return IngestResult(path, status, report.message, job.recording_id)

    def _is_read(self, job: Job) -> bool:
        """Whether an uploaded file of lines was read, and is gone for that."""
        path = Path(job.path)
        uploaded = path.is_relative_to(self._store.media.uploads)
        return uploaded and bool(job.recording_id) and not path.exists()

    def _take_in(self, job: Job) -> Intake:
        path, options = Path(job.path), job.options
        digest = None
        if options.copy and path.is_file():
            digest = sha256_of(path)
            if not self._store.forgotten.holds(digest):  # or the home would have it again
                path = keep_copy(self._store.media, path, digest)
        start = None if options.start is None else datetime.fromtimestamp(options.start, UTC)
        return take_in(
            self._store,
            path,
            start=start,
            timezone=options.timezone,
            day_one=None if options.day_one is None else date.fromisoformat(options.day_one),
            digest=digest,
            decoder=self._decoder,
            origin=Path(job.path),
            arrived=job.added,
        )

    def _is_complete(self, recording: Recording, plan: StagePlan) -> bool:
        return recording.state != RecordingState.PENDING and not pipeline.outstanding(
            self._store, plan.stages, recording
        )

    def _perceive(
        self, job: Job, intake: Intake, plan: StagePlan, listen: ProgressListener
    ) -> None:
        beat = Progress(self._store, job, listen)

        def finished(block: ClipBlock) -> None:
            self.seconds += block.clips[-1].span.end - block.clips[0].span.start
            if self._gives_way(beat.job):
                beat.note()
                raise QueuePaused if self._store.jobs.paused else GaveWay

        try:
            pipeline.run(
                self._store,
                plan.stages,
                intake.recording,
                intake.probed(self._decoder),
                self._models.embedder(),
                beat.listen,
                self._decoder,
                self._models.pictures(),
                finished,
                beat.listen_partly,
                self._executor,
                self._upcoming,
            )
        except (GaveWay, QueuePaused):  # it goes on from here
            raise
        except BaseException:
            self._executor.drop(intake.recording.id)
            raise

    def _finish(self, job: Job, intake: Intake, plan: StagePlan) -> IngestResult:
        store, path, recording = self._store, Path(job.path), intake.recording
        probe = intake.probed(self._decoder)
        note, whole = wholeness(recording, probe, store.perceptions.damage(recording.id))
        state = RecordingState.READY if whole else RecordingState.PARTIAL
        store.recordings.set_state(recording.id, state, note)
        if store.recordings.get(recording.id) is None:
            raise RecordingMoved(f"{recording.id} was deleted meanwhile")
        held_up = plan.held_up(recording.id)
        message = _report(printable(path.name), recording, [note, intake.note, *held_up])
        status: IngestStatus = "indexed" if whole else "partial"
        self._done(job, held_up)
        return IngestResult(path, status, message, recording.id)

    def _done(self, job: Job, held_up: Sequence[str]) -> None:
        """Done, or done but for what is held up."""
        now = time.time()
        if held_up:
            reason = clauses(held_up)
            self._end(job, JobState.WAITING, reason, waits_for="models", ended=now, attempts=0)
        else:
            self._end(job, JobState.DONE, ended=now, attempts=0)

    # What went wrong

    def _overtaken(self, job: Job, recording_id: str) -> IngestResult:
        """Somebody deleted the recording, re-dated it, or works on it now."""
        path, now = Path(job.path), self._store.jobs.get(job.id)
        name = printable(path.name)
        if self._store.recordings.get(recording_id) is None:
            self._store.delete_recording(recording_id)  # thumbnails written since then
            return IngestResult(path, "skipped", f"{name} was deleted meanwhile")
        sweep_thumbnails(self._store, [recording_id])  # of a part that was forgotten since then
        if now is not None and now.owner == job.owner:  # what was perceived has moved with it
            self._settle(job, JobState.QUEUED)
            return IngestResult(path, "waiting", f"{name} was re-dated meanwhile")
        return IngestResult(path, "waiting", f"another process works on {name} now")

    def _failed(self, job: Job, error: Exception) -> IngestResult:
        path = Path(job.path)
        name = printable(path.name)
        if isinstance(error, WasForgotten):
            if path.is_relative_to(self._store.media.uploads):
                path.unlink(missing_ok=True)  # the home must not hold it again
            return self._quarantine(job, str(error))
        if isinstance(error, (IngestError, ServerDown)) and job.size and not path.exists():
            return self._later(job, "file", UserMessage("ingest.file-is-gone", name=name))
        if isinstance(error, ServerDown):  # a captioner or a cluster: the file is as good as before
            return self._later(job, "server", _of_file(path, error))
        if isinstance(error, IngestError) and not getattr(error, "passing", False):
            return self._quarantine(job, str(error))
        what = str(error) or type(error).__name__
        if not isinstance(error, (IngestError, StoreError)):
            kind, line = type(error).__name__, what.splitlines()[0]
            what = UserMessage("ingest.went-wrong", name=name, kind=kind, what=line)
        attempts = job.attempts + (not isinstance(error, StoreBusy))
        if attempts >= ATTEMPTS:
            return self._quarantine(job, what)
        pause = FIRST_PAUSE * 4.0 ** max(attempts - 1, 0)
        again = time.time() + pause
        self._settle(job, JobState.FAILED, what, attempts=attempts, not_before=again)
        return IngestResult(path, "failed", f"{what}; it is tried again in {pause:.0f} s")

    def _quarantine(self, job: Job, reason: str) -> IngestResult:
        self._settle(job, JobState.QUARANTINED, reason, ended=time.time())
        return IngestResult(Path(job.path), "failed", reason, job.recording_id)

    def _later(self, job: Job, waits_for: str, reason: str) -> IngestResult:
        again = time.time() + ANOTHER_LOOK
        self._settle(job, JobState.WAITING, reason, waits_for=waits_for, not_before=again)
        return IngestResult(Path(job.path), "failed", reason, job.recording_id)

    def _settle(self, job: Job, state: JobState, reason: str = "", **changes: object) -> None:
        """Settles the job, if that can be written."""
        try:
            self._end(job, state, reason, **changes)
        except StoreError:  # a full disk: the lease runs out by itself
            _log.warning("the state of %s could not be kept", job.path, exc_info=True)

    def _end(self, job: Job, state: JobState, reason: str = "", **changes: object) -> None:
        """Settles the job as it is in the store now, which may be further than ``job`` knows."""
        current = self._store.jobs.get(job.id)
        if current is not None and current.owner == job.owner:  # else it is not ours any more
            self._store.jobs.finish(current, state, reason, **changes)


def _of_file(path: Path, error: Exception) -> str:
    return UserMessage("ingest.of-file", name=printable(path.name), what=error)


def _report(name: str, recording: Recording, notes: Sequence[str]) -> str:
    seconds = round(recording.duration)
    length = f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
    if recording.kind == "photo":
        length = "a photo"
    remarks = [note.rstrip(".") for note in notes if note]
    if recording.kind == "video" and not recording.has_audio:
        remarks.append("it has no sound, so nothing was said")
    if not recording.has_video:
        remarks.append("it has no picture, so nothing was seen")
    return "; ".join([f"{name}: {length} indexed", *remarks])


def wholeness(recording: Recording, probe: Probe, damage: Sequence[Damage]) -> tuple[str, bool]:
    """What to tell the person (or nothing), and whether all of the recording could be read."""
    notes = [probe.note]
    for what, key in (("picture", "ingest.unreadable-spans"), ("sound", "ingest.silent-spans")):
        spans = [one.span for one in damage if one.what == what]
        told = [span for span in spans if span.duration >= _WORTH_TELLING]
        if told:
            shown = ", ".join(_on_clock(recording, s.start, s.end) for s in told[:_SHOWN])
            if more := len(told[_SHOWN:]):
                shown = UserMessage("ingest.more-spans", spans=shown, n=more)
            notes.append(UserMessage(key, spans=shown))
    whole = not probe.partial and len([note for note in notes[1:] if note]) == 0
    return sentences(notes), whole


def _on_clock(recording: Recording, start: float, end: float) -> str:
    local = zone(recording.timezone)
    begin, finish = (datetime.fromtimestamp(at, local) for at in (start, end))
    return f"{begin:%H:%M:%S}–{finish:%H:%M:%S}"
