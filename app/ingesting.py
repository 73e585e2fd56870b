"""Ingest of many files: each by itself, so that a bad one never costs the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from app.brains import Brains
from app.views import IngestProgress, IngestResult, ProgressListener
from ingest import pipeline
from ingest.errors import IngestError
from ingest.intake import Intake, media_files, take_in
from memory.store import Store
from memory.types import RecordingState


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
        """One result per file, as each is finished. Files already known cost only their hash."""
        with self._store.writing():
            for path in media_files(paths):
                yield self._one(path, listen, start, timezone)

    def _one(
        self, path: Path, listen: ProgressListener, start: datetime | None, timezone: str | None
    ) -> IngestResult:
        try:
            listen(IngestProgress(path, "opening", 0, 1))
            intake = take_in(self._store, path, start=start, timezone=timezone)
            return self._finish(path, intake, listen)
        except IngestError as error:
            return IngestResult(path, "failed", str(error))

    def _finish(self, path: Path, intake: Intake, listen: ProgressListener) -> IngestResult:
        store, recording, plan = self._store, intake.recording, self._brains.stages()
        complete = recording.state in (RecordingState.READY, RecordingState.PARTIAL)
        if complete and not pipeline.outstanding(store, plan.stages, recording):
            return IngestResult(path, "already", f"{path.name} is indexed already", recording.id)
        pipeline.run(
            store,
            plan.stages,
            recording,
            intake.probe,
            self._brains.embedder(),
            lambda stage, done, total: listen(IngestProgress(path, stage, done, total)),
        )
        partial = intake.probe.partial
        store.set_state(
            recording.id,
            RecordingState.PARTIAL if partial else RecordingState.READY,
            intake.probe.note,
        )
        return IngestResult(
            path,
            "partial" if partial else "indexed",
            _report(path, intake, plan.waiting),
            recording.id,
        )


def _report(path: Path, intake: Intake, waiting: Sequence[str]) -> str:
    seconds = round(intake.recording.duration)
    length = f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
    what = f"{path.name}: {length} indexed"
    notes = [intake.probe.note.rstrip(".")] if intake.probe.note else []
    if not intake.recording.has_audio:
        notes.append("it has no sound, so nothing was said")
    if not intake.recording.has_video:
        notes.append("it has no picture, so nothing was seen")
    return "; ".join([what, *notes, *waiting])
