"""Puts batches into the store: what is known is left, what an earlier version left is replaced.

Nothing that only the store still holds is lost: a recording gives way to a new one only if it was
made from the same single file, or if all of its lines are in the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

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
    store: Store, found: Sequence[Batch], paths: Sequence[Path], *, parts: bool
) -> Filed:
    """Stores the batches that were made from ``paths``, each all or nothing.

    ``parts`` is whether the files may be only some of those that make up the recordings, as the
    hours of a day are.
    """
    before = [one for one in store.recordings.all() if one.kind == "import"]
    ids: list[str] = []
    added = 0
    for batch in found:
        recording_id, new = _file(store, before, batch, parts)
        ids.append(recording_id)
        added += new
    kept: list[str] = []
    if parts:
        outdated, kept = _overtaken(store, before, [b for b in found if b.recording.id in ids])
    else:
        sources = {str(path.resolve()) for path in paths}
        outdated = [one.id for one in before if one.path in sources]
    gone = [one for one in outdated if one not in ids and store.recordings.get(one) is not None]
    for recording_id in gone:
        store.delete_recording(recording_id)
    return Filed(tuple(ids), added, len(gone), tuple(one for one in kept if one not in ids))


def _file(store: Store, before: Sequence[Recording], batch: Batch, parts: bool) -> tuple[str, bool]:
    """The id of the recording that holds the batch's lines, and whether it is a new one."""
    wanted = batch.recording
    same = next((one for one in before if one.sha256 == wanted.sha256), None)
    if same is not None and _unmoved(same, wanted):
        if not Path(same.path).exists():
            store.recordings.update(replace(same, path=wanted.path))
        return same.id, False
    if parts and same is None:
        lines = _lines_of(batch)
        for one in _rivals(before, wanted):
            if _unmoved_day(one, wanted) and lines <= _lines_in(store, one):
                return one.id, False
    if same is not None and same.id != wanted.id:
        store.delete_recording(same.id)
    store.import_clips(wanted, batch.clips, batch.utterances, batch.sightings, batch.captions)
    return wanted.id, True


def _overtaken(
    store: Store, before: Sequence[Recording], found: Sequence[Batch]
) -> tuple[list[str], list[str]]:
    """Earlier imports whose lines are all in one of the batches, and those that hold others."""
    outdated: list[str] = []
    kept: list[str] = []
    for batch in found:
        for one in _rivals(before, batch.recording):
            contained = _lines_in(store, one) <= _lines_of(batch)
            (outdated if contained else kept).append(one.id)
    return outdated, kept


def _rivals(before: Sequence[Recording], wanted: Recording) -> list[Recording]:
    """Earlier imports of the same subject's same time, or from the same first file."""
    return [
        one
        for one in before
        if one.sha256 != wanted.sha256
        and one.device == wanted.device
        and (one.span.overlaps(wanted.span) or one.path == wanted.path)
    ]


def _unmoved(one: Recording, other: Recording) -> bool:
    return abs(one.start - other.start) < 0.5 and one.timezone == other.timezone


def _unmoved_day(one: Recording, other: Recording) -> bool:
    return _midnight(one) == _midnight(other)


def _midnight(recording: Recording) -> float:
    return bucket("day", recording.start, recording.timezone).start


def _lines_of(batch: Batch) -> _Lines:
    said = (one for lines in batch.utterances.values() for one in lines)
    told = (one for lines in batch.sightings.values() for one in lines)
    return _lines(_midnight(batch.recording), [*said, *told])


def _lines_in(store: Store, recording: Recording) -> _Lines:
    clips = [clip.id for clip in store.recordings.clips(recording.id)]
    said = (one for clip_id in clips for one in store.perceptions.utterances(clip_id))
    told = (one for clip_id in clips for one in store.perceptions.sightings(clip_id))
    return _lines(_midnight(recording), [*said, *told])


def _lines(midnight: float, found: Sequence[Utterance | Sighting]) -> _Lines:
    return frozenset(
        (
            round(one.span.start - midnight, 2),
            one.text if isinstance(one, Utterance) else one.what,
        )
        for one in found
    )
