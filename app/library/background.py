"""Ingest behind the web app: one thread that works the queue for as long as the app is open."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from app.core.background_thread import Periodic
from ingest.jobs.progress import Interrupted
from ingest.jobs.queue import IngestQueue
from memory.store.store import Store
from memory.types.ingest_progress import IngestProgress
from memory.types.jobs import JobState

_LOOK = 5.0  # seconds between two looks for files that another process has queued
_GIVES_WAY = 5  # how much nicer than who answers questions: a third of what they get, at least
_PAUSE_LOOK = 1.0  # seconds between two looks, while at work, for whether work is held


@dataclass(eq=False)
class BackgroundIngest:
    """Works the queue of a home. Nothing is lost when the process dies: the queue is in the store.

    A job whose process is gone is claimed again at the next start.
    """

    _store: Store
    _queue: IngestQueue
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)
    _progress: IngestProgress | None = field(init=False, default=None)
    _working: Periodic = field(
        init=False,
        default_factory=partial(
            Periodic, "ingest", "the queue could not be worked", again=_LOOK, patience=60.0
        ),
    )
    _gave_way: bool = field(init=False, default=False)
    _looked: float = field(init=False, default=0.0)

    def start(self) -> None:
        """Begins to work, or looks for new work at once."""
        self._working.start(self._work)

    def stop(self) -> None:
        """Ends the thread after the stage of a block that it is in."""
        self._working.stop()

    @property
    def busy(self) -> bool:
        """Whether anything is being worked on or will be soon."""
        states = [JobState.QUEUED, JobState.RUNNING, JobState.FAILED]
        return not self._store.jobs.paused and self._store.jobs.any(states)

    @property
    def progress(self) -> IngestProgress | None:
        """How far the current file is, or None."""
        with self._guard:
            return self._progress

    def _work(self) -> float:
        if not self._gave_way:
            self._gave_way = True
            _give_way()
        with suppress(Interrupted):
            for _ in self._queue.work(self._listen, idle=self._idle):
                self._show(None)
        self._show(None)
        return 0.0

    def _idle(self) -> bool:
        goes_on = self._working.rest(_LOOK)
        if goes_on:
            self._queue.wake()
        return goes_on

    def _listen(self, progress: IngestProgress) -> None:
        if self._working.stopping:
            raise Interrupted
        now = time.monotonic()
        if now - self._looked > _PAUSE_LOOK:
            self._looked = now
            if self._store.jobs.paused:
                raise Interrupted
        self._show(progress)

    def _show(self, progress: IngestProgress | None) -> None:
        with self._guard:
            self._progress = progress


def _give_way() -> None:
    """Lets those go first for whom somebody waits: answers, pages, films that are being watched.

    On Linux a thread has a niceness of its own, which the threads and processes that it starts
    inherit: those of the recognisers, and the one that decodes. Elsewhere nothing is changed.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            this = threading.get_native_id()
            own = os.getpriority(os.PRIO_PROCESS, this)
            os.setpriority(os.PRIO_PROCESS, this, min(19, own + _GIVES_WAY))
