"""What is in a home and how far each recording is, newest first."""

from __future__ import annotations

from pathlib import Path

from app.background import BackgroundIngest
from app.views import LibraryEntry
from memory.store import Store
from memory.types import Recording, RecordingState

_STATUS = {
    RecordingState.PENDING: "waiting",
    RecordingState.READY: "ready",
    RecordingState.PARTIAL: "partial",
}


def library(store: Store, background: BackgroundIngest) -> list[LibraryEntry]:
    """Files in hand and failed ones first, then the recordings, newest first."""
    recordings = store.recordings()
    known = {recording.path for recording in recordings}
    current = background.progress
    hand = [
        LibraryEntry(path.name, str(path), None, status="waiting")
        for path in background.waiting
        if str(path) not in known
    ]
    failed = [
        LibraryEntry(path.name, str(path), None, status="failed", message=message)
        for path, message in background.failures.items()
        if str(path) not in known
    ]
    failures = {str(path): message for path, message in background.failures.items()}
    indexing = str(current.path) if current is not None else ""
    entries = [
        _entry(store, recording, indexing, failures.get(recording.path, ""))
        for recording in reversed(recordings)
    ]
    return hand + failed + entries


def _entry(store: Store, recording: Recording, indexing: str, failure: str) -> LibraryEntry:
    status = "indexing" if recording.path == indexing else _STATUS[recording.state]
    return LibraryEntry(
        Path(recording.path).name,
        recording.path,
        recording,
        store.progress(recording.id),
        "failed" if failure else status,
        failure or recording.note,
    )
