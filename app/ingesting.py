"""Ingest of many files: each by itself, so that a bad one never costs the others."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from app.brains import Brains
from app.views import IngestProgress, IngestResult, ProgressListener
from ingest import pipeline
from ingest.errors import IngestError, printable
from ingest.intake import Intake, media_files, take_in
from memory import summaries
from memory.errors import StoreError
from memory.store import Store
from memory.types import Recording, RecordingState

_log = logging.getLogger(__name__)


class Interrupted(Exception):
    """Raised by a progress listener to leave a file half done; it resumes later."""


class Ingester:
    """Takes files in and runs what is left to do for them."""

    def __init__(self, store: Store, brains: Brains) -> None:
        self._store = store
        self._brains = brains

    def run(
        self,
        paths: Sequence[Path],
        listen: ProgressListener,
        *,
        start: datetime | None = None,
        timezone: str | None = None,
    ) -> Iterator[IngestResult]:
        """One result per file, as each is finished. Files already known cost only their hash.

        Summaries and vectors that are missing, of old recordings too, are made at the end.
        """
        with self._store.writing():
            for path in media_files(paths):
                yield self._one(path, listen, start, timezone)
            self._catch_up()

    def _catch_up(self) -> None:
        try:
            summaries.rebuild(self._store)
            name = self._brains.embedder_name()
            if name is not None and self._store.vectors.missing(name, limit=1):
                pipeline.embed(self._store, self._brains.embedder())
        except Exception:  # what is stale or missing stays so marked, and is made at the next run
            _log.warning("summaries or vectors could not be made", exc_info=True)

    def _one(
        self, path: Path, listen: ProgressListener, start: datetime | None, timezone: str | None
    ) -> IngestResult:
        try:
            listen(IngestProgress(path, "opening", 0, 1))
            intake = take_in(self._store, path, start=start, timezone=timezone)
            return self._finish(path, intake, listen)
        except IngestError as error:
            return IngestResult(path, "failed", str(error))
        except StoreError as error:  # a full disk, say: the others' results are not lost
            return IngestResult(path, "failed", f"{printable(path.name)}: {error}")
        except Interrupted:
            raise
        except Exception as error:  # one odd file must not cost the others
            _log.exception("ingest of %s failed", path)
            what = f"{type(error).__name__}: {error}".splitlines()[0]
            advice = "what was finished is kept; run ingest again to go on"
            return IngestResult(path, "failed", f"{printable(path.name)}: {what}; {advice}.")

    def _finish(self, path: Path, intake: Intake, listen: ProgressListener) -> IngestResult:
        store, recording, plan = self._store, intake.recording, self._brains.stages()
        complete = recording.state in (RecordingState.READY, RecordingState.PARTIAL)
        name = printable(path.name)
        if complete and not pipeline.outstanding(store, plan.stages, recording):
            return IngestResult(path, "already", f"{name} is indexed already", recording.id)
        probe = intake.probed()
        pipeline.run(
            store,
            plan.stages,
            recording,
            probe,
            self._brains.embedder(),
            lambda stage, done, total: listen(IngestProgress(path, stage, done, total)),
        )
        partial = probe.partial
        store.set_state(
            recording.id,
            RecordingState.PARTIAL if partial else RecordingState.READY,
            probe.note,
        )
        return IngestResult(
            path,
            "partial" if partial else "indexed",
            _report(name, recording, probe.note, plan.waiting),
            recording.id,
        )


def _report(name: str, recording: Recording, note: str, waiting: Sequence[str]) -> str:
    seconds = round(recording.duration)
    length = f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
    notes = [note.rstrip(".")] if note else []
    if not recording.has_audio:
        notes.append("it has no sound, so nothing was said")
    if not recording.has_video:
        notes.append("it has no picture, so nothing was seen")
    return "; ".join([f"{name}: {length} indexed", *notes, *waiting])
