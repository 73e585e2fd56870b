"""Puts batches into the store: what is known is left, what an earlier version left is replaced.

Nothing that only the store still holds is lost: a recording gives way to a new one only if it was
made from the same single file, or if all of its lines are in the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from ingest.errors import WasForgotten
from ingest.importers.clip_batches import Batch
from memory.store.store import Store
from memory.types.core import Recording, Sighting, Utterance
from memory.types.timezones import bucket

_Lines: TypeAlias = frozenset[tuple[float, str]]  # seconds of the day, text


@dataclass(frozen=True, slots=True)
class Filed:
    """What was done. ``kept`` are earlier imports that hold lines which the new files lack."""

    recording_ids: tuple[str, ...]
    added: int
    replaced: int
    kept: tuple[str, ...]


def file_batches(
    store: Store, batches: Sequence[Batch], paths: Sequence[Path], *, parts: bool
) -> Filed:
    """Stores the batches that were made from ``paths``, each all or nothing.

    ``parts`` is whether the files may be only some of those that make up the recordings, as the
    hours of a day are. What the owner has had forgotten is left out.

    Raises:
        WasForgotten: that is all of it.
    """
    batches = [batch for batch in batches if not _is_barred(store, batch.recording.sha256)]
    if not batches:
        raise WasForgotten(paths[0])
    before = [recording for recording in store.recordings.all() if recording.kind == "import"]
    ids: list[str] = []
    added = 0
    for batch in batches:
        recording_id, new = _file(store, before, batch, parts)
        ids.append(recording_id)
        added += new
    other_ids: list[str] = []
    if parts:
        outdated, other_ids = _overtaken(
            store, before, [b for b in batches if b.recording.id in ids]
        )
    else:
        sources = {str(path.resolve()) for path in paths}
        outdated = [earlier.id for earlier in before if earlier.path in sources]
    gone = [
        outdated_id
        for outdated_id in outdated
        if outdated_id not in ids and store.recordings.get(outdated_id) is not None
    ]
    for recording_id in gone:
        store.delete_recording(recording_id)
    return Filed(
        tuple(ids),
        added,
        len(gone),
        tuple(other_id for other_id in other_ids if other_id not in ids),
    )


def _is_barred(store: Store, sha256: str) -> bool:
    return store.recordings.by_sha256(sha256) is None and store.forgotten.holds(sha256)


def _file(store: Store, before: Sequence[Recording], batch: Batch, parts: bool) -> tuple[str, bool]:
    """The id of the recording that holds the batch's lines, and whether it is a new one."""
    recording = batch.recording
    same = next((earlier for earlier in before if earlier.sha256 == recording.sha256), None)
    if same is not None and _unmoved(same, recording):
        if not Path(same.path).exists():
            store.recordings.update(replace(same, path=recording.path))
        return same.id, False
    if parts and same is None:
        lines = _lines_of(batch)
        for rival in _rivals(before, recording):
            if _unmoved_day(rival, recording) and lines <= _lines_in(store, rival):
                return rival.id, False
    if same is not None and same.id != recording.id:
        store.delete_recording(same.id)
    store.import_clips(recording, batch.clips, batch.utterances, batch.sightings, batch.captions)
    return recording.id, True


def _overtaken(
    store: Store, before: Sequence[Recording], batches: Sequence[Batch]
) -> tuple[list[str], list[str]]:
    """Earlier imports whose lines are all in one of the batches, and those that hold others."""
    outdated: list[str] = []
    retained: list[str] = []
    for batch in batches:
        for rival in _rivals(before, batch.recording):
            contained = _lines_in(store, rival) <= _lines_of(batch)
            (outdated if contained else retained).append(rival.id)
    return outdated, retained


def _rivals(before: Sequence[Recording], recording: Recording) -> list[Recording]:
    """Earlier imports of the same subject's same time, or from the same first file."""
    return [
        earlier
        for earlier in before
        if earlier.sha256 != recording.sha256
        and earlier.device == recording.device
        and (earlier.span.overlaps(recording.span) or earlier.path == recording.path)
    ]


def _unmoved(recording: Recording, other: Recording) -> bool:
    return abs(recording.start - other.start) < 0.5 and recording.timezone == other.timezone


def _unmoved_day(recording: Recording, other: Recording) -> bool:
    return _midnight(recording) == _midnight(other)


def _midnight(recording: Recording) -> float:
    return bucket("day", recording.start, recording.timezone).start


def _lines_of(batch: Batch) -> _Lines:
    spoken = (line for lines in batch.utterances.values() for line in lines)
    narrated = (line for lines in batch.sightings.values() for line in lines)
    return _lines(_midnight(batch.recording), [*spoken, *narrated])


def _lines_in(store: Store, recording: Recording) -> _Lines:
    clips = [clip.id for clip in store.recordings.clips(recording.id)]
    spoken = (utterance for clip_id in clips for utterance in store.perceptions.utterances(clip_id))
    narrated = (sighting for clip_id in clips for sighting in store.perceptions.sightings(clip_id))
    return _lines(_midnight(recording), [*spoken, *narrated])


def _lines(midnight: float, lines: Sequence[Utterance | Sighting]) -> _Lines:
    return frozenset(
        (
            round(line.span.start - midnight, 2),
            line.text if isinstance(line, Utterance) else line.what,
        )
        for line in lines
    )
