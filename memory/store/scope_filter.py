"""Turn a question's scope into sets of clips and recordings, and into SQL conditions.

A person is where a face or voice of theirs was, where a transcript gives the name, or where they
took part in something; a place is where something was done, or where a clip's text names it. What
an owner has granted to somebody else narrows in the same way, but strictly: nothing that is told
reaches beyond it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from memory.db.database import HomeDatabase
from memory.people import names as people_names
from memory.repositories.feedback import Verdicts
from memory.search.full_text import match_expression
from memory.types.core import EVERYTHING, Coverage, Level, Scope, Span, merge_spans
from memory.types.events import Event

_PEOPLE = "SELECT id, name, number FROM person"
_OF_PERSON = """
SELECT clip_id FROM print WHERE person_id IN (SELECT value FROM json_each(:people))
UNION SELECT clip_id FROM utterance WHERE speaker <> '' AND speaker = :name COLLATE NOCASE
UNION SELECT clip_id FROM event_clip WHERE event_id IN
    (SELECT event_id FROM event_person WHERE name = :name COLLATE NOCASE)
"""
_OF_PLACE = """
SELECT event_clip.clip_id FROM event_clip JOIN event ON event.id = event_id
WHERE event.place = :place COLLATE NOCASE
UNION SELECT clip_id FROM sighting WHERE kind = 'place' AND what = :place COLLATE NOCASE
UNION SELECT memory.clip_id FROM memory_fts CROSS JOIN memory ON memory.id = memory_fts.rowid
WHERE memory_fts MATCH :words AND memory.level = 'clip'
"""
_LISTED = "(SELECT value FROM json_each(?))"


def people_meant(database: HomeDatabase, who: str) -> tuple[list[str], str]:
    """The ids of those called ``who`` (a name, "Person 3", an id), and the name in transcripts."""
    number = people_names.number(who)
    known = database.rows(_PEOPLE)
    matches = [row for row in known if row["id"] == who or people_names.same(row["name"], who)]
    matches = matches or [row for row in known if row["number"] == number]
    names = [row["name"] for row in matches if row["name"]]
    return [row["id"] for row in matches], names[0] if names else who


def clips_with(database: HomeDatabase, who: str) -> set[str]:
    """The clips in which somebody was seen or heard, or took part in something."""
    ids, name = people_meant(database, who)
    rows = database.rows(_OF_PERSON, {"people": json.dumps(ids), "name": name})
    return {row["clip_id"] for row in rows}


def clips_at(database: HomeDatabase, place: str) -> set[str]:
    """The clips of which something was done at a place, that show it, or whose text names it."""
    words = match_expression([place]) or '""'
    rows = database.rows(_OF_PLACE, {"place": place, "words": words})
    return {row["clip_id"] for row in rows}


class ScopeFilter:
    """A scope and verdicts as they stand in a home; lives for one question.

    ``grant`` is what somebody else who asks may see at most: clips, occasions and recorded time
    must lie in it whole.
    """

    def __init__(
        self, database: HomeDatabase, scope: Scope, verdicts: Verdicts, grant: Scope = EVERYTHING
    ) -> None:
        self.scope, self.verdicts, self.grant = scope, verdicts, grant
        self._database = database
        self._granted = _clips(database, grant)
        self.clips = _both(_clips(database, scope), self._granted)
        self.recordings = _both(
            _recordings(database, scope.devices), _recordings(database, grant.devices)
        )
        self._wanted = None if self.clips is None else json.dumps(sorted(self.clips))
        self._sources = None if self.recordings is None else json.dumps(sorted(self.recordings))
        self._wrong = json.dumps(sorted(verdicts.wrong))

    @property
    def summaries(self) -> bool:
        """Whether summaries may be read: they tell of all that happened in their time."""
        return self.clips is None and self.recordings is None

    def of_memory(self, level: Level) -> tuple[list[str], list[object]]:
        """Clauses over ``memory`` and their values."""
        if level != "clip":
            if not self.summaries:
                return ["0"], []
            return self._inside()
        return self._of("memory.clip_id", "memory.recording_id", "memory")

    def of_any_memory(self) -> tuple[str, list[object]]:
        """A clause over ``memory`` for memories of any level."""
        clip, values = self.of_memory("clip")
        above, more = self.of_memory("day")
        low, high = " AND ".join(clip) or "1", " AND ".join(above) or "1"
        where = f"CASE WHEN memory.level = 'clip' THEN ({low}) ELSE ({high}) END"
        return where, [*values, *more]

    def of_state(self) -> tuple[list[str], list[object]]:
        """Clauses over ``object_state`` joined with its ``clip``."""
        return self._of("clip.id", "clip.recording_id", "clip")

    def _inside(self) -> tuple[list[str], list[object]]:
        clauses, values = list[str](), list[object]()
        for span in filter(None, (self.scope.span, self.grant.span)):
            clauses += ["memory.start >= ?", 'memory."end" <= ?']
            values += [span.start, span.end]
        return clauses, values

    def _of(self, clip: str, recording: str, table: str) -> tuple[list[str], list[object]]:
        clauses, values = list[str](), list[object]()
        if self._wanted is not None:
            clauses.append(f"{clip} IN {_LISTED}")
            values.append(self._wanted)
        if self._sources is not None:
            clauses.append(f"{recording} IN {_LISTED}")
            values.append(self._sources)
        if self.verdicts.wrong:
            clauses.append(f"{clip} NOT IN {_LISTED}")
            values.append(self._wrong)
        if (span := self.scope.span) is not None:
            clauses.append(f"{table}.start >= ? AND {table}.start < ?")
            values += [span.start, span.end]
        if (span := self.grant.span) is not None:
            clauses.append(f'{table}.start >= ? AND {table}."end" <= ?')
            values += [span.start, span.end]
        return clauses, values

    def within(self, span: Span | None) -> Span | None:
        """What scope and grant leave of a time, None for all of it; an empty one where nothing."""
        for bound in filter(None, (self.scope.span, self.grant.span)):
            span = bound if span is None else span.intersection(bound) or Span(0.0, 0.0)
        return span

    def allowed(self, clip_ids: Iterable[str]) -> set[str]:
        """Those of the clips that a question may rest on."""
        clauses, values = self._of("clip.id", "clip.recording_id", "clip")
        where = " AND ".join(["1", *clauses])
        rows = self._database.rows(
            f"SELECT clip.id AS id FROM clip WHERE clip.id IN {_LISTED} AND {where}",
            [json.dumps(list(clip_ids)), *values],
        )
        return {row["id"] for row in rows}

    def takes(self, event: Event) -> bool:
        """Whether an occasion over several clips may be told: one of them must be wanted, and all
        of it granted."""
        span, granted = self.scope.span, self.grant.span
        return (
            (self.clips is None or not self.clips.isdisjoint(event.clip_ids))
            and (self._granted is None or self._granted.issuperset(event.clip_ids))
            and (self.recordings is None or event.recording_id in self.recordings)
            and (span is None or span.contains(event.span.start))
            and (granted is None or granted.intersection(event.span) == event.span)
            and self.verdicts.wrong.isdisjoint(event.clip_ids)
        )

    @cached_property
    def memory_ids(self) -> NDArray[np.int64] | None:
        """The ids of the clips' memories that are wanted, sorted; None where most are."""
        if self.summaries:
            return None
        clauses, values = self._of("memory.clip_id", "memory.recording_id", "memory")
        where = " AND ".join(["memory.level = 'clip'", *clauses])
        rows = self._database.rows(f"SELECT id FROM memory WHERE {where} ORDER BY id", values)
        return np.fromiter((row["id"] for row in rows), np.int64, len(rows))

    def picture_ids(self, model: str) -> NDArray[np.int64]:
        """The ids of the wanted clips' picture vectors of a model, sorted."""
        clauses, values = self._of("clip.id", "clip.recording_id", "clip")
        rows = self._database.rows(
            "SELECT picture_vector.id AS id FROM picture_vector JOIN clip ON clip.id = clip_id "
            f"WHERE {' AND '.join(['model = ?', *clauses])} ORDER BY picture_vector.id",
            [model, *values],
        )
        return np.fromiter((row["id"] for row in rows), np.int64, len(rows))

    def covered(self, coverage: Coverage) -> Coverage:
        """Of what is covered, the time of the scope, and of the recordings of its devices; of a
        grant to people and places, that of the clips with them."""
        parts = [[span] for span in (self.scope.span, self.grant.span) if span is not None]
        if self.recordings is not None:
            rows = self._database.rows(
                f"SELECT start, duration FROM recording WHERE id IN {_LISTED}", [self._sources]
            )
            parts.append([Span(row["start"], row["start"] + row["duration"]) for row in rows])
        if self._granted is not None:
            rows = self._database.rows(
                f'SELECT start, "end" FROM clip WHERE id IN {_LISTED}',
                [json.dumps(sorted(self._granted))],
            )
            parts.append([Span(row["start"], row["end"]) for row in rows])
        for part in parts:
            coverage = Coverage(_within(coverage.indexed, part), _within(coverage.pending, part))
        return coverage


def _both(ids: frozenset[str] | None, among: frozenset[str] | None) -> frozenset[str] | None:
    """What is in both, where None is all."""
    if ids is None or among is None:
        return among if ids is None else ids
    return ids & among


def _clips(database: HomeDatabase, scope: Scope) -> frozenset[str] | None:
    """The clips of the people and places, None where neither is said."""
    kinds = [
        set[str]().union(*(find(database, name) for name in names))
        for names, find in ((scope.people, clips_with), (scope.places, clips_at))
        if names
    ]
    return frozenset(set.intersection(*kinds)) if kinds else None


def _recordings(database: HomeDatabase, devices: Sequence[str]) -> frozenset[str] | None:
    if not devices:
        return None
    sql = f"SELECT id FROM recording WHERE device IN {_LISTED}"
    return frozenset(row["id"] for row in database.rows(sql, [json.dumps(list(devices))]))


def _within(spans: Sequence[Span], parts: Sequence[Span]) -> tuple[Span, ...]:
    met = (whole.intersection(part) for whole in spans for part in merge_spans(parts))
    return merge_spans(span for span in met if span is not None)
