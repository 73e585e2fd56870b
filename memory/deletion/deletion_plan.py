"""From what the owner names to all that would go with it: nothing is changed here.

A clip goes whole, whatever part of it was named. A clip that stays loses the sentences that reach
into what goes; an imported one, which nobody can tell again, goes with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from memory.db import row_mapping as rows
from memory.deletion.files import fates
from memory.repositories.places import clips_at
from memory.store.store import Store
from memory.types.core import Clip, Person, Recording, Span, merge_spans
from memory.types.deletion import DeletionPlan, DeletionRequest, RecordingPart

# Tables whose rows may reach beyond the clip that they belong to.
REACHING = ("utterance", "sighting", "print", "damage", "object_state")
_OVERLAPS = '((start < :end AND "end" > :start) OR (start >= :start AND start < :end))'
_REACHES = (
    "SELECT DISTINCT clip_id FROM {table} WHERE clip_id IN "
    f"(SELECT id FROM clip WHERE recording_id = :id) AND {_OVERLAPS}"
)
_WHERE = {
    "span": 'start < :end AND "end" > :start',
    "recording": "recording_id IN (SELECT value FROM json_each(:id))",
    "person": "id IN (SELECT clip_id FROM print WHERE person_id = :id)",
    "given": "id IN (SELECT value FROM json_each(:id))",
}


def plan_deletion(
    store: Store, wanted: DeletionRequest, *, originals: bool = False
) -> DeletionPlan:
    """All that goes with what is wanted; with ``originals``, files outside the home as well."""
    by_recording: dict[str, list[Clip]] = {}
    for clip in _clips(store, wanted):
        by_recording.setdefault(clip.recording_id, []).append(clip)
    for bare in _without_clips(store, wanted):
        by_recording.setdefault(bare, [])
    parts = [
        _part(store, recording, clips, wanted)
        for recording_id, clips in by_recording.items()
        if (recording := store.recordings.get(recording_id)) is not None
    ]
    parts.sort(key=lambda part: (part.recording.start, part.recording.id))
    people = _people(store, parts)
    files = tuple(one for part in parts for one in fates(store, part, parts, originals))
    loss = DeletionPlan(tuple(parts), people, tuple(_gone(store, people, parts)), files)
    return replace(loss, beyond=_beyond(loss, wanted), beside=tuple(_beside(store, wanted)))


def _clips(store: Store, wanted: DeletionRequest) -> list[Clip]:
    if wanted.span is not None:
        found = _select(store, "span", start=wanted.span.start, end=wanted.span.end)
        named = wanted.recordings
        return [one for one in found if not named or one.recording_id in named]
    if wanted.recording_id:
        return _select(store, "recording", id=json.dumps(wanted.recordings))
    if wanted.person_id:
        return _select(store, "person", id=wanted.person_id)
    return _select(store, "given", id=json.dumps(clips_at(store.database, wanted.place)))


def _beside(store: Store, wanted: DeletionRequest) -> Iterable[Recording]:
    """Recordings that touch the time that was named in others, and stay."""
    if wanted.span is None or not wanted.recordings:
        return
    clips = _select(store, "span", start=wanted.span.start, end=wanted.span.end)
    for recording_id in dict.fromkeys(clip.recording_id for clip in clips):
        other = None if recording_id in wanted.recordings else store.recordings.get(recording_id)
        if other is not None:
            yield other


def _select(store: Store, by: str, **values: object) -> list[Clip]:
    found = store.database.rows(f"SELECT * FROM clip WHERE {_WHERE[by]} ORDER BY start, id", values)
    return [rows.to_clip(row) for row in found]


def _without_clips(store: Store, wanted: DeletionRequest) -> Iterable[str]:
    """Recordings of which no clip was made, as of a photo that was given up."""
    found = store.database.rows(
        "SELECT id, start FROM recording WHERE id NOT IN (SELECT recording_id FROM clip)"
    )
    for row in found:
        inside = wanted.span is None or wanted.span.contains(row["start"])
        named = row["id"] in wanted.recordings if wanted.recordings else wanted.span is not None
        if inside and named:
            yield row["id"]


def _part(
    store: Store, recording: Recording, clips: list[Clip], wanted: DeletionRequest
) -> RecordingPart:
    every = store.recordings.clips(recording.id)
    spans = _spans(recording, clips, wanted)
    reached = _reached(store, recording.id, spans) - {clip.id for clip in clips}
    if recording.kind == "import":
        clips = [*clips, *(clip for clip in every if clip.id in reached)]
        reached = set()
    whole = len(clips) >= len(every)
    return RecordingPart(
        recording,
        tuple(sorted(clips, key=lambda clip: (clip.span, clip.id))),
        (recording.span,) if whole else spans,
        whole,
        () if whole else tuple(sorted(reached)),
    )


def _spans(
    recording: Recording, clips: Iterable[Clip], wanted: DeletionRequest
) -> tuple[Span, ...]:
    named = None if wanted.span is None else wanted.span.intersection(recording.span)
    return merge_spans([*(clip.span for clip in clips), *([named] if named else [])])


def _reached(store: Store, recording_id: str, spans: Iterable[Span]) -> set[str]:
    """The clips of a recording with rows that lie in these spans, if only in part."""
    found: set[str] = set()
    for span in spans:
        values = {"id": recording_id, "start": span.start, "end": span.end}
        for table in (*REACHING, "memory"):
            told = store.database.rows(_REACHES.format(table=table), values)
            found |= {row["clip_id"] for row in told}
    return found


def _people(store: Store, parts: Iterable[RecordingPart]) -> tuple[Person, ...]:
    """Those who were seen or heard in what goes."""
    found = store.database.rows(
        "SELECT DISTINCT person_id FROM print WHERE person_id <> '' "
        "AND clip_id IN (SELECT value FROM json_each(?))",
        [_ids(parts)],
    )
    wanted = {row["person_id"] for row in found}
    return tuple(one for one in store.people.all(1) if one.id in wanted) if wanted else ()


def _gone(
    store: Store, people: Iterable[Person], parts: Iterable[RecordingPart]
) -> Iterable[Person]:
    """Those of the people who are known from nothing else."""
    ids = _ids(parts)
    for person in people:
        left = store.database.rows(
            "SELECT 1 FROM print WHERE person_id = ? "
            "AND clip_id NOT IN (SELECT value FROM json_each(?)) LIMIT 1",
            [person.id, ids],
        )
        if not left:
            yield person


def _ids(parts: Iterable[RecordingPart]) -> str:
    return json.dumps([clip.id for part in parts for clip in part.clips])


def _beyond(loss: DeletionPlan, wanted: DeletionRequest) -> float:
    if wanted.span is None:
        return 0.0
    named = (
        shared.duration
        for part in loss.parts
        for span in part.spans
        if (shared := span.intersection(wanted.span)) is not None
    )
    return max(0.0, loss.seconds - sum(named))
