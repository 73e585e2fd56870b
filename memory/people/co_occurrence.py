"""Faces in view together: two faces in one picture are never one person."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memory.db.database import HomeDatabase
from memory.types.core import Span

# A print is of one moment; its sighting tells how long that face was in view.
_IN_VIEW = """
SELECT print.id AS id, print.clip_id AS clip_id, print.person_id AS person_id,
    coalesce(min(sighting.start), print.start) AS start,
    coalesce(max(sighting."end"), print."end") AS "end"
FROM print LEFT JOIN sighting
    ON sighting.clip_id = print.clip_id AND sighting.print_id = print.id
WHERE print.kind = 'face' AND {} GROUP BY print.id ORDER BY print.clip_id, print.id
"""


@dataclass(frozen=True, slots=True)
class InView:
    """One face for as long as it was in view in a clip."""

    print_id: int
    clip_id: str
    person_id: str
    span: Span

    def with_(self, other: InView) -> bool:
        """Whether the two were in view at the same moment, so that they are two people."""
        if self.print_id == other.print_id or self.clip_id != other.clip_id:
            return False
        return self.span.start == other.span.start or self.span.overlaps(other.span)


def faces_of_clips(database: HomeDatabase, clip_ids: Iterable[str]) -> list[InView]:
    """Every face with a print in these clips."""
    where = "print.clip_id IN (SELECT value FROM json_each(?))"
    return _read(database, where, [json.dumps(list(clip_ids))])


def seen_together(database: HomeDatabase, people: Sequence[str]) -> tuple[InView, InView] | None:
    """Two faces, filed under two of these people, that were in view at the same moment, or None."""
    ids = json.dumps(list(people))
    where = (
        "print.person_id IN (SELECT value FROM json_each(?)) AND print.clip_id IN ("
        "SELECT clip_id FROM print AS other WHERE other.kind = 'face' "
        "AND other.person_id IN (SELECT value FROM json_each(?)) "
        "GROUP BY clip_id HAVING count(DISTINCT other.person_id) > 1)"
    )
    by_clip: dict[str, list[InView]] = {}
    for face in _read(database, where, [ids, ids]):
        by_clip.setdefault(face.clip_id, []).append(face)
    for faces in by_clip.values():
        for number, first in enumerate(faces):
            for two in faces[number + 1 :]:
                if first.person_id != two.person_id and first.with_(two):
                    return first, two
    return None


def _read(database: HomeDatabase, where: str, parameters: list[str]) -> list[InView]:
    rows = database.rows(_IN_VIEW.format(where), parameters)
    return [
        InView(row["id"], row["clip_id"], row["person_id"], Span(row["start"], row["end"]))
        for row in rows
    ]
