"""Ingest behind the web app: one thread, one file at a time, failures kept to be shown."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from pathlib import Path

from app.ingesting import Ingester, Interrupted
from app.views import IngestProgress, IngestResult
from memory.errors import StoreError
from memory.types import Recording


class BackgroundIngest:
    """A queue of files and what became of them. Nothing is lost when the process dies:

    a file in the uploads folder without a recording, or a recording still pending, is queued again
    at the next start.
    """

    def __init__(self, ingester: Ingester, uploads: Path) -> None:
        self._ingester = ingester
        self._uploads = uploads
        self._queue: queue.Queue[Path | None] = queue.Queue()
        self._guard = threading.Lock()
        self._waiting: list[Path] = []
        self._progress: IngestProgress | None = None
        self._failures: dict[Path, str] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, path: Path) -> None:
        """Queues a file, unless it is queued already."""
        with self._guard:
            if path in self._waiting:
                return
            self._waiting.append(path)
            self._failures.pop(path, None)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="ingest", daemon=True)
                self._thread.start()
        self._queue.put(path)

    def put_uploads(self, known: Iterable[Recording]) -> None:
        """Queues the uploads that no recording speaks of."""
        paths = {recording.path for recording in known}
        for path in sorted(self._uploads.iterdir()):
            if path.is_file() and not path.name.startswith(".") and str(path) not in paths:
                self.put(path)

    def stop(self) -> None:
        """Ends the thread after the stage of a block that it is in."""
        self._stopping.set()
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(timeout=60)

    @property
    def busy(self) -> bool:
        """Whether anything is queued or being worked on."""
        with self._guard:
            return bool(self._waiting)

    @property
    def waiting(self) -> list[Path]:
        """Files in hand, the current one first."""
        with self._guard:
            return list(self._waiting)

    @property
    def progress(self) -> IngestProgress | None:
        """How far the current file is, or None."""
        with self._guard:
            return self._progress

    @property
    def failures(self) -> dict[Path, str]:
        """Files that could not be ingested, and why."""
        with self._guard:
            return dict(self._failures)

    def _work(self) -> None:
        while (path := self._queue.get()) is not None and not self._stopping.is_set():
            try:
                for result in self._ingester.run([path], self._listen):
                    self._note(result)
            except Interrupted:
                return
            except (StoreError, OSError) as error:
                self._note(IngestResult(path, "failed", str(error)))
            with self._guard:
                self._waiting.remove(path)
                self._progress = None

    def _listen(self, progress: IngestProgress) -> None:
        if self._stopping.is_set():
            raise Interrupted
        with self._guard:
            self._progress = progress

    def _note(self, result: IngestResult) -> None:
        if result.status == "failed" and not self._stopping.is_set():
            with self._guard:
                self._failures[result.path] = result.message
