"""Passes on how far a job is, and keeps it with the job for other processes."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from memory.store.store import Store
from memory.types.ingest_progress import IngestProgress, ProgressListener
from memory.types.jobs import Job


class Interrupted(Exception):
    """Raised by a progress listener to leave a file half done; it is gone on with later."""


class LeaseLost(Exception):
    """The job is somebody else's now, or was taken off the list."""


class QueuePaused(Exception):
    """The person holds all work."""


class Progress:
    """Passes progress on, and keeps it with the job so that other processes see it too."""

    EVERY = 2.0  # seconds between two notes in the store

    def __init__(self, store: Store, job: Job, listen: ProgressListener) -> None:
        self._store = store
        self.job = job  # with how far it is
        self._listen = listen
        self._begun: dict[str, int] = {}
        self._noted = 0.0

    def listen(self, stage: str, done: int, total: int) -> None:
        """Notes that ``done`` of ``total`` clips are through ``stage``.

        Raises:
            LeaseLost: the job is not ours any more.
            QueuePaused: the person holds all work.
            Interrupted: the listener wants to stop.
        """
        first = self._begun.setdefault(stage, done)
        if done > first:
            self.job = replace(self.job, attempts=0)
        if self._pass_on(stage, done, total) and self._store.jobs.paused:
            raise QueuePaused
        self._listen(IngestProgress(Path(self.job.path), stage, done, total))

    def listen_partly(self, stage: str, done: int, total: int) -> None:
        """Notes clips that ``stage`` is at work on; a file that fails there fails all the same.

        Raises:
            LeaseLost: the job is not ours any more.
        """
        self._pass_on(stage, done, total)
        with suppress(Interrupted):  # it ends after the stage, whose work is not lost then
            self._listen(IngestProgress(Path(self.job.path), stage, done, total))

    def _pass_on(self, stage: str, done: int, total: int) -> bool:
        """Whether it was noted in the store, too."""
        self.job = replace(self.job, stage=stage, done=done, total=total)
        due = time.monotonic() - self._noted > self.EVERY
        if due:
            self.note()
        return due

    def note(self) -> None:
        """Keeps how far the job is. Raises LeaseLost where it is not ours any more."""
        self._noted = time.monotonic()
        if not self._store.jobs.renew(self.job, now=time.time()):
            raise LeaseLost
