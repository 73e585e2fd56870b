"""Clips as moments: where and when they are, who and what was in them, what they look like."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from memory.db.database import HomeDatabase
from memory.types.core import Span

_CLIPS = """
SELECT clip.id AS id, clip.recording_id AS recording_id, clip.start AS start,
    clip."end" AS "end", recording.start AS begun, recording.device AS device,
    recording.timezone AS timezone, coalesce(memory.text, '') AS text,
    memory.id IS NOT NULL AS known
FROM json_each(?) AS wanted CROSS JOIN clip ON clip.id = wanted.value
JOIN recording ON recording.id = clip.recording_id
LEFT JOIN memory ON memory.clip_id = clip.id
"""
_PICTURES = """
SELECT clip_id, at, path FROM thumbnail
WHERE clip_id IN (SELECT value FROM json_each(?)) ORDER BY clip_id, at
"""
_TOLD = """
SELECT passage.id AS id, passage.clip_id AS clip_id, passage.kind AS kind, utterance.start AS start,
    utterance."end" AS "end", utterance.text AS text,
    coalesce(nullif(person.name, ''), nullif(utterance.speaker, ''), 'Person ' || person.number)
    AS who
FROM json_each(?) AS wanted CROSS JOIN passage ON passage.id = wanted.value
JOIN utterance ON utterance.clip_id = passage.clip_id AND utterance.number = passage.number
LEFT JOIN print ON print.id = utterance.print_id LEFT JOIN person ON person.id = print.person_id
WHERE passage.kind = 'said'
UNION ALL
SELECT passage.id, passage.clip_id, passage.kind, sighting.start, sighting."end", sighting.what, ''
FROM json_each(?) AS wanted CROSS JOIN passage ON passage.id = wanted.value
JOIN sighting ON sighting.clip_id = passage.clip_id AND sighting.stage = passage.stage
    AND sighting.number = passage.number
WHERE passage.kind = 'text'
"""
_WITH = """
SELECT clip_id FROM print WHERE person_id IN (SELECT value FROM json_each(:ids))
UNION SELECT clip_id FROM utterance WHERE speaker <> '' AND speaker = :name COLLATE NOCASE
UNION SELECT clip_id FROM sighting WHERE kind IN ('object', 'tag', 'hand', 'face')
    AND kind = 'face' AND what = :name COLLATE NOCASE
"""
_THINGS = """
SELECT DISTINCT clip_id FROM sighting WHERE kind IN ('object', 'tag', 'hand', 'face')
AND kind <> 'face' AND what COLLATE NOCASE IN (SELECT value FROM json_each(?)) LIMIT ?
"""
_LONGEST = 600.0  # seconds that no clip outlasts
# The third bound says nothing new, but lets the index end the search.
_OVERLAPS = 'clip.start < ? AND clip."end" > ? AND clip.start > ?'
_OVERLAPS_ANY = """clip.id IN (SELECT one.id FROM json_each(?) AS span CROSS JOIN clip AS one
    ON one.start < json_extract(span.value, '$[0]') AND one."end" > json_extract(span.value, '$[1]')
    AND one.start > json_extract(span.value, '$[2]'))"""
_RECORDED_BY = """recording_id IN (SELECT id FROM recording WHERE device COLLATE NOCASE IN
    (SELECT value FROM json_each(?)))"""


@dataclass(frozen=True, slots=True)
class FoundClip:
    """A clip: ``begun`` is when its recording began; ``text`` is what is remembered of it."""

    clip_id: str
    recording_id: str
    span: Span
    begun: float
    device: str
    timezone: str
    text: str
    known: bool
    pictures: tuple[tuple[float, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Passage:
    """Something said (``who`` may be empty) or read in a clip."""

    id: int
    clip_id: str
    kind: str
    span: Span
    text: str
    who: str


@dataclass(eq=False)
class ClipSearch:
    """Reads clips by what bounds a search. What ended after ``asked_at`` does not exist."""

    _database: HomeDatabase
    _asked_at: float

    def within(
        self,
        spans: Sequence[Span],
        devices: Sequence[str] = (),
        among: Collection[str] | None = None,
        *,
        oldest: bool = False,
    ) -> list[str]:
        """Ids of the clips that overlap a span and were recorded by one of the devices.

        Without ``spans`` at any time, without ``devices`` by any; of ``among`` where it is given.
        The newest come first, or the oldest.
        """
        where, values = ['clip."end" <= ?'], list[object]([self._asked_at])
        if spans:
            where.append(_OVERLAPS if len(spans) == 1 else _OVERLAPS_ANY)
            each = [(span.end, span.start, span.start - _LONGEST) for span in spans]
            values += each[0] if len(spans) == 1 else [json.dumps(each)]
        if devices:
            where.append(_RECORDED_BY)
            values.append(json.dumps(list(devices)))
        source = "clip"
        if among is not None:
            source = "json_each(?) AS wanted CROSS JOIN clip ON clip.id = wanted.value"
            values.insert(0, json.dumps(list(among)))
        # As one value: rows by the ten thousand take their time.
        rows = self._database.rows(
            f"SELECT json_group_array(id) FROM (SELECT clip.id AS id FROM {source} "
            f"WHERE {' AND '.join(where)} ORDER BY clip.start {'' if oldest else 'DESC'}, clip.id)",
            values,
        )
        return [str(clip_id) for clip_id in json.loads(rows[0][0])]

    def with_person(self, ids: Sequence[str], name: str) -> set[str]:
        """Ids of the clips in which the people with these ids, or this name, were met."""
        rows = self._database.rows(_WITH, {"ids": json.dumps(list(ids)), "name": name})
        return {row["clip_id"] for row in rows}

    def with_things(self, names: Iterable[str], limit: int) -> list[str]:
        """Ids of clips in which a thing of one of these names was recognised."""
        values = [json.dumps(sorted(names)), limit]
        return [row["clip_id"] for row in self._database.rows(_THINGS, values)]

    def starts(self, clip_ids: Iterable[str]) -> dict[str, Span]:
        """Clip id → when it was, of those that exist and ended in time."""
        rows = self._database.rows(
            'SELECT clip.id AS id, start, "end" FROM json_each(?) AS wanted CROSS JOIN clip '
            'ON clip.id = wanted.value WHERE "end" <= ?',
            [json.dumps(list(clip_ids)), self._asked_at],
        )
        return {row["id"]: Span(row["start"], row["end"]) for row in rows}

    def clips_of(self, memory_ids: Iterable[int]) -> dict[int, str]:
        """Memory id → the clip that it tells of."""
        rows = self._database.rows(
            "SELECT memory.id AS id, clip_id FROM json_each(?) AS wanted CROSS JOIN memory "
            "ON memory.id = wanted.value WHERE clip_id IS NOT NULL",
            [json.dumps(list(memory_ids))],
        )
        return {row["id"]: row["clip_id"] for row in rows}

    def places(self, clip_ids: Sequence[str]) -> dict[str, FoundClip]:
        """Clip id → where and when it is, its pictures, and what is remembered of it."""
        text = json.dumps(list(clip_ids))
        pictures: dict[str, list[tuple[float, str]]] = {}
        for row in self._database.rows(_PICTURES, [text]):
            pictures.setdefault(row["clip_id"], []).append((row["at"], row["path"]))
        return {
            row["id"]: FoundClip(
                row["id"], row["recording_id"], Span(row["start"], row["end"]), row["begun"],
                row["device"], row["timezone"], row["text"], bool(row["known"]),
                tuple(pictures.get(row["id"], ())),
            )
            for row in self._database.rows(_CLIPS, [text])
        }  # fmt: skip

    def passages(self, ids: Iterable[int]) -> dict[int, Passage]:
        """Passage id → what was said or read."""
        text = json.dumps(list(ids))
        return {
            row["id"]: Passage(
                row["id"], row["clip_id"], row["kind"], Span(row["start"], row["end"]),
                row["text"], row["who"] or "",
            )
            for row in self._database.rows(_TOLD, [text, text])
        }  # fmt: skip

    def devices(self) -> list[str]:
        """The devices that recorded something, by name."""
        rows = self._database.rows("SELECT DISTINCT device FROM recording WHERE device <> ''")
        return sorted(row["device"] for row in rows)
