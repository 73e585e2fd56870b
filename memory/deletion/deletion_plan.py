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
    store: Store, request: DeletionRequest, *, originals: bool = False
) -> DeletionPlan:
    """All that goes with what is wanted; with ``originals``, files outside the home as well."""
    by_recording: dict[str, list[Clip]] = {}
    for clip in _clips(store, request):
        by_recording.setdefault(clip.recording_id, []).append(clip)
    for bare in _without_clips(store, request):
        by_recording.setdefault(bare, [])
    parts = [
        _part(store, recording, clips, request)
        for recording_id, clips in by_recording.items()
        if (recording := store.recordings.get(recording_id)) is not None
    ]
    parts.sort(key=lambda part: (part.recording.start, part.recording.id))
    people = _people(store, parts)
    files = tuple(fate for part in parts for fate in fates(store, part, parts, originals))
    loss = DeletionPlan(tuple(parts), people, tuple(_gone(store, people, parts)), files)
    return replace(loss, beyond=_beyond(loss, request), beside=tuple(_beside(store, request)))


def _clips(store: Store, request: DeletionRequest) -> list[Clip]:
    if request.span is not None:
        clips = _select(store, "span", start=request.span.start, end=request.span.end)
        named = request.recordings
        return [clip for clip in clips if not named or clip.recording_id in named]
    if request.recording_id:
        return _select(store, "recording", id=json.dumps(request.recordings))
    if request.person_id:
        return _select(store, "person", id=request.person_id)
    return _select(store, "given", id=json.dumps(clips_at(store.database, request.place)))


def _beside(store: Store, request: DeletionRequest) -> Iterable[Recording]:
    """Recordings that touch the time that was named in others, and stay."""
    if request.span is None or not request.recordings:
        return
    clips = _select(store, "span", start=request.span.start, end=request.span.end)
    for recording_id in dict.fromkeys(clip.recording_id for clip in clips):
        other = None if recording_id in request.recordings else store.recordings.get(recording_id)
        if other is not None:
            yield other


def _select(store: Store, by: str, **values: object) -> list[Clip]:
    records = store.database.rows(
        f"SELECT * FROM clip WHERE {_WHERE[by]} ORDER BY start, id", values
    )
    return [rows.to_clip(row) for row in records]


def _without_clips(store: Store, request: DeletionRequest) -> Iterable[str]:
    """Recordings of which no clip was made, as of a photo that was given up."""
    records = store.database.rows(
        "SELECT id, start FROM recording WHERE id NOT IN (SELECT recording_id FROM clip)"
    )
    for row in records:
        inside = request.span is None or request.span.contains(row["start"])
        named = row["id"] in request.recordings if request.recordings else request.span is not None
        if inside and named:
            yield row["id"]


def _part(
    store: Store, recording: Recording, clips: list[Clip], request: DeletionRequest
) -> RecordingPart:
    every = store.recordings.clips(recording.id)
    spans = _spans(recording, clips, request)
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
    recording: Recording, clips: Iterable[Clip], request: DeletionRequest
) -> tuple[Span, ...]:
    named = None if request.span is None else request.span.intersection(recording.span)
    return merge_spans([*(clip.span for clip in clips), *([named] if named else [])])


def _reached(store: Store, recording_id: str, spans: Iterable[Span]) -> set[str]:
    """The clips of a recording with rows that lie in these spans, if only in part."""
    clip_ids: set[str] = set()
    for span in spans:
        values = {"id": recording_id, "start": span.start, "end": span.end}
        for table in (*REACHING, "memory"):
            records = store.database.rows(_REACHES.format(table=table), values)
            clip_ids |= {row["clip_id"] for row in records}
    return clip_ids


def _people(store: Store, parts: Iterable[RecordingPart]) -> tuple[Person, ...]:
    """Those who were seen or heard in what goes."""
    records = store.database.rows(
        "SELECT DISTINCT person_id FROM print WHERE person_id <> '' "
        "AND clip_id IN (SELECT value FROM json_each(?))",
        [_ids(parts)],
    )
    person_ids = {row["person_id"] for row in records}
    return (
        tuple(person for person in store.people.all(1) if person.id in person_ids)
        if person_ids
        else ()
    )


def _gone(
    store: Store, people: Iterable[Person], parts: Iterable[RecordingPart]
) -> Iterable[Person]:
    """Those of the people who are known from nothing else."""
    ids = _ids(parts)
    for person in people:
        others = store.database.rows(
            "SELECT 1 FROM print WHERE person_id = ? "
            "AND clip_id NOT IN (SELECT value FROM json_each(?)) LIMIT 1",
            [person.id, ids],
        )
        if not others:
            yield person


def _ids(parts: Iterable[RecordingPart]) -> str:
    return json.dumps([clip.id for part in parts for clip in part.clips])


def _beyond(loss: DeletionPlan, request: DeletionRequest) -> float:
    if request.span is None:
        return 0.0
    named = (
        shared.duration
        for part in loss.parts
        for span in part.spans
        if (shared := span.intersection(request.span)) is not None
    )
    return max(0.0, loss.seconds - sum(named))
