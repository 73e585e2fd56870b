"""The sample day of a home: filmed in the background, queued like an upload, removed whole."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from app.demo.film import PartMissing, film, missing_part
from app.demo.script import QUESTIONS, SCENES
from app.privacy.service import PrivacyService
from memory.store.store import Store
from memory.types.core import Recording, Span
from memory.types.deletion import DeletionRequest
from memory.types.jobs import Job, JobState
from memory.types.messages import UserMessage
from memory.types.paths import sha256_of

PREFERENCE = "sample_day"
FILMS = len(SCENES)
_AT_WORK = (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SampleState:
    """Where the sample day of a home stands; ``done`` films of ``FILMS`` are made, or read.

    ``trouble`` is why it could not be made, for the person.
    """

    phase: Literal["absent", "offered", "filming", "indexing", "ready"]
    done: int = 0
    trouble: str = ""


class SampleDay:
    """The sample day of one home. Threads may share it.

    The preference holds its day, and the SHA-256 of its films once they are queued: what has that
    content is the sample, whatever became of the files, and nothing else is.
    """

    def __init__(
        self, store: Store, privacy: PrivacyService, enqueue: Callable[[Sequence[Path]], None]
    ) -> None:
        """``enqueue`` has files ingested in the background."""
        self._store, self._privacy, self._enqueue = store, privacy, enqueue
        self._guard = threading.RLock()
        self._over = threading.Event()
        self._making: threading.Thread | None = None
        self._trouble = ""

    @property
    def folder(self) -> Path:
        """Where its films lie; an earlier version had another place for them."""
        older = self._store.home / "sample-day"
        return older if older.is_dir() else self._store.media.uploads / "sample-day"

    def state(self) -> SampleState:
        """How far it is; it is offered to homes without any recording."""
        digests = self._digests()
        if digests == [] or (digests and self.making):  # or they are being queued
            return SampleState("filming", len(list(self.folder.glob("VID_*.mp4"))))
        recordings, jobs = self._recordings(digests or []), self._jobs()
        if recordings or (digests and jobs):
            waiting = sum(map(_is_waiting, jobs))
            return SampleState("indexing" if waiting else "ready", FILMS - waiting)
        store = self._store
        empty = store.recordings.newest() is None and not store.jobs.all()
        offered = empty and not store.read_only
        return SampleState("offered" if offered else "absent", trouble=self._trouble)

    def questions(self) -> list[str]:
        """What can be asked about it, in its language; none where it is not ready or not alone."""
        if self.state().phase != "ready" or self._store.shelf.counts()["all"] > FILMS:
            return []
        return [asked.question for asked in QUESTIONS]

    def start(self) -> None:
        """Begins to make it in the background, where it is offered."""
        with self._guard:
            if self.state().phase != "offered":
                return
            self._trouble = missing_part()
            if not self._trouble:
                self._store.preferences.put(PREFERENCE, {"films": []})
                self._begin()

    def resume(self) -> None:
        """Goes on with what an earlier process had begun."""
        with self._guard:
            if self._digests() == [] and not self._store.read_only:
                self._begin()

    @property
    def making(self) -> bool:
        """Whether it is being made."""
        return self._making is not None and self._making.is_alive()

    def stop(self) -> None:
        """Ends the making after the film that it is at; a later process goes on."""
        self._over.set()
        if self._making is not None:
            self._making.join()

    def film(self) -> tuple[date, list[Path]]:
        """The day that is shown, and its films, made now unless they are there.

        The day is yesterday, seen from when it is first filmed; the file names carry the times.

        Raises:
            PartMissing: something that it is made with is not installed.
        """
        if trouble := missing_part():
            raise PartMissing(trouble)
        self.folder.mkdir(parents=True, exist_ok=True)
        there = sorted(self.folder.glob("VID_*.mp4"))
        day = _day_of(there[0]) if there else date.today() - timedelta(days=1)
        files = []
        for scene in SCENES:
            path = self.folder / f"VID_{day:%Y%m%d}_{scene.hour:02}{scene.minute:02}00.mp4"
            if not path.exists() and not self._over.is_set():
                film(scene, path)
            files.append(path)
        return day, files

    def keep(self, files: Sequence[Path]) -> None:
        """Notes which films are the sample day; forgotten ones may be there again."""
        digests = [sha256_of(path) for path in files]
        for digest in digests:
            self._store.forgotten.allow(digest)
        self._store.preferences.put(PREFERENCE, {"films": digests})

    def remove(self) -> None:
        """Forgets it: its films, and all that was made from them.

        Raises:
            StoreError: the home cannot be written.
        """
        with self._guard:
            self.stop()
            self._over.clear()
            digests, ids = self._digests() or [], [job.id for job in self._jobs()]
            with self._store.writing():  # a film that is just being taken in is refused
                for digest in digests:
                    if self._store.recordings.by_sha256(digest) is None:
                        self._store.forgotten.mark(digest, "", [Span(0.0, 1.0)])
            if parts := [recording.id for recording in self._recordings(digests)]:
                request = DeletionRequest(recording_id=parts[0], others=tuple(parts[1:]))
                self._privacy.forget(request)
            self._store.jobs.forget(ids)
            shutil.rmtree(self.folder, ignore_errors=True)
            self._store.preferences.put(PREFERENCE, None)

    def _begin(self) -> None:
        self._making = threading.Thread(target=self._make, name="sample-day", daemon=True)
        self._making.start()

    def _make(self) -> None:
        try:
            _, files = self.film()
            if not self._over.is_set():
                self.keep(files)
                self._enqueue(files)
        except PartMissing as error:
            self._give_up(str(error))
        except Exception as error:  # whatever happens, the person gets a sentence
            _log.exception("the sample day could not be made")
            self._give_up(UserMessage("app.sample-not-made", why=type(error).__name__))

    def _give_up(self, trouble: str) -> None:
        self._trouble = trouble
        self._store.preferences.put(PREFERENCE, None)

    def _digests(self) -> list[str] | None:
        """The SHA-256 of its films, none while they are being made; None without a sample day."""
        chosen = self._store.preferences.get(PREFERENCE)
        return None if chosen is None else list(chosen["films"])

    def _recordings(self, digests: Sequence[str]) -> list[Recording]:
        recordings = map(self._store.recordings.by_sha256, digests)
        return [recording for recording in recordings if recording is not None]

    def _jobs(self) -> list[Job]:
        jobs = map(self._store.jobs.of, self.folder.glob("VID_*.mp4"))
        return [job for job in jobs if job is not None and job.path]


def _is_waiting(job: Job) -> bool:
    return job.state in _AT_WORK or job.waits_for in ("disk", "file")


def _day_of(path: Path) -> date:
    return datetime.strptime(path.name[4:12], "%Y%m%d").date()
