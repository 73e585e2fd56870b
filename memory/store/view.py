"""A home as of a moment: the only door through which a question reads the store.

Every query here carries ``end <= asked_at``: a caller cannot forget it, a prompt cannot undo it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from memory.db import row_mapping as rows
from memory.db.database import HomeDatabase
from memory.repositories import events
from memory.repositories.coverage import CoverageReads
from memory.repositories.feedback import Feedback, Verdicts
from memory.repositories.llm_summaries import LlmSummaries
from memory.search import full_text as text_index
from memory.search.clip_search import ClipSearch
from memory.search.image_vectors import Pictures
from memory.search.phrase_search import PhraseSearch
from memory.search.text_vectors import Vectors
from memory.store.scope_filter import ScopeFilter
from memory.types.core import (
    EVERYTHING,
    Coverage,
    Level,
    Memory,
    Recording,
    Scope,
    Sighting,
    Span,
    Utterance,
)
from memory.types.events import Event, EventFilter, ObjectState, State
from memory.types.images import CosineSpread, PictureHit

# Seconds that no memory of a level outlasts: a clip and a sentence that goes on beyond it, a day of
# 25 hours.
LONGEST: dict[Level, float] = {
    "clip": 600.0,
    "ten_minutes": 1200.0,
    "hour": 4200.0,
    "day": 91_000.0,
}

# Whose voice or face it is, by way of its print.
_PERSON = "person.name AS person_name, person.number AS person_number"
_BY_PRINT = (
    "LEFT JOIN print ON print.id = {}.print_id LEFT JOIN person ON person.id = print.person_id"
)


@dataclass(eq=False)
class View:
    """The store as it may be seen at ``asked_at``: what ended later does not exist."""

    _database: HomeDatabase
    _vectors: Vectors
    _pictures: Pictures
    _days: CoverageReads
    asked_at: float
    _narrowing: ScopeFilter | None = None
    # A question asks for the same ones again.
    _counts: dict[tuple[str, Level], int] = field(init=False, default_factory=dict)
    _import_names: dict[str, frozenset[str]] = field(init=False, default_factory=dict)

    @cached_property
    def passages(self) -> PhraseSearch:
        """The words of clips; one that ended later is left out by ``moments``."""
        return PhraseSearch(self._database)

    @cached_property
    def moments(self) -> ClipSearch:
        """The clips that had ended."""
        return ClipSearch(self._database, self.asked_at)

    def within(self, scope: Scope, question: str) -> View:
        """The view without what lies outside ``scope``, nor what the owner says is not it.

        Verdicts are those on ``question``, known by its words. Where there is nothing to leave out
        or to prefer, the view itself.
        """
        grant = self._narrowing.grant if self._narrowing else None
        verdicts = Feedback(self._database).of(question) if grant is None else Verdicts()
        if not scope and not verdicts:
            return self
        return self._narrowed(ScopeFilter(self._database, scope, verdicts, grant or EVERYTHING))

    def granted(self, grant: Scope) -> View:
        """The view that somebody else may have: whatever it is narrowed to, it stays in ``grant``.

        Memories, what was said and seen, events, states, vectors, counts and coverage are held to
        it. Other reads (words of the home, its devices and names) are of the whole home: whoever
        hands on what a granted view tells leaves them out, see ``egorag.across``.
        """
        return self._narrowed(ScopeFilter(self._database, EVERYTHING, Verdicts(), grant))

    def _narrowed(self, narrowing: ScopeFilter) -> View:
        return View(
            self._database, self._vectors, self._pictures, self._days, self.asked_at, narrowing
        )

    def wearer_of(self, recording_id: str) -> str:
        """Whose camera made a recording; empty for the owner's own."""
        return ""

    def of_asker(self) -> View:
        """What the home of whoever asks tells by itself."""
        return self

    def other_wearers(self) -> tuple[str, ...]:
        """The names of those whose homes are asked, too."""
        return ()

    def coverage_by_wearer(self, span: Span | None = None) -> tuple[Coverage, ...]:
        """What each wearer's camera recorded; empty where only one home is asked."""
        return ()

    @property
    def verdicts(self) -> Verdicts:
        """What the owner has said of moments for the question that this view is for."""
        return self._narrowing.verdicts if self._narrowing else Verdicts()

    def _where(self, level: Level, span: Span | None) -> tuple[str, list[object]]:
        clauses, parameters = ["memory.level = ?", 'memory."end" <= ?'], [level, self.asked_at]
        if span is not None:
            # The third bound says nothing new, but lets the index end the search.
            clauses += ["memory.start < ?", 'memory."end" > ?', "memory.start > ?"]
            parameters += [span.end, span.start, span.start - LONGEST[level]]
        if self._narrowing is not None:
            more, values = self._narrowing.of_memory(level)
            return " AND ".join([*clauses, *more]), [*parameters, *values]
        return " AND ".join(clauses), list(parameters)

    def _known(self) -> tuple[str, list[object]]:
        """What must hold of a memory of any level."""
        where, values = 'memory."end" <= ?', list[object]([self.asked_at])
        if self._narrowing is None:
            return where, values
        more, further = self._narrowing.of_any_memory()
        return f"{where} AND {more}", [*values, *further]

    def _may_read(self, clip_id: str) -> bool:
        return self._narrowing is None or bool(self._narrowing.allowed([clip_id]))

    def memories(self, level: Level, span: Span | None = None) -> list[Memory]:
        """The memories of a level that overlap ``span``, in order of time."""
        where, parameters = self._where(level, span)
        records = self._database.rows(
            f"SELECT * FROM memory WHERE {where} ORDER BY start, id", parameters
        )
        return [rows.to_memory(row) for row in records]

    def memory(self, memory_id: int) -> Memory | None:
        """One memory, or None where it does not exist or ended later."""
        where, values = self._known()
        records = self._database.rows(
            f"SELECT * FROM memory WHERE id = ? AND {where}", [memory_id, *values]
        )
        return rows.to_memory(records[0]) if records else None

    def by_id(self, ids: Iterable[int]) -> list[Memory]:
        """The memories of these ids that exist and ended in time, in order of time."""
        where, values = self._known()
        records = self._database.rows(
            "SELECT memory.* FROM json_each(?) AS wanted CROSS JOIN memory "
            f"ON memory.id = wanted.value WHERE {where} ORDER BY start, memory.id",
            [json.dumps(list(ids)), *values],
        )
        return [rows.to_memory(row) for row in records]

    def sentence_sources(self, memory_id: int) -> dict[str, tuple[int, ...]]:
        """What each sentence of a written summary rests on, as memory ids; empty of an extract."""
        return {
            sentence.text: sentence.source_ids
            for sentence in LlmSummaries(self._database).sentences(memory_id)
        }

    def search_text(
        self,
        terms: Sequence[str],
        level: Level = "clip",
        span: Span | None = None,
        limit: int = 500,
    ) -> dict[int, float]:
        """Memory id → BM25 (higher is better), best first, of memories that hold any term."""
        return text_index.search(self._database, terms, *self._where(level, span), limit)

    def count_text(self, term: str, level: Level = "clip") -> int:
        """How many memories of the level hold the term; of many thousands, about how many."""
        if (term, level) not in self._counts:
            counted = text_index.count(self._database, term, *self._where(level, None))
            self._counts[term, level] = counted
        return self._counts[term, level]

    def terms_like(self, root: str) -> list[str]:
        """Stems in the home's texts that a stem may be a misspelling of."""
        return text_index.terms_like(self._database, root)

    def search_vectors(
        self,
        vector: NDArray[np.float32],
        model: str,
        level: Level = "clip",
        span: Span | None = None,
        limit: int = 500,
    ) -> dict[int, float]:
        """Memory id → cosine with a unit vector of the model, best first."""
        only = None
        if self._narrowing is not None:
            only, span = self._narrowing.memory_ids, self._narrowing.within(span)
            if span is not None and not span.duration:
                return {}
        likely = self._vectors.search(model, vector, level, self.asked_at, span, limit, only)
        scores = self._vectors.compare(model, vector, likely, *self._where(level, span))
        return dict(islice(scores.items(), limit))

    def compare_vectors(
        self, vector: NDArray[np.float32], model: str, ids: Sequence[int]
    ) -> dict[int, float]:
        """Memory id → cosine with a unit vector of the model, of those ids that have one."""
        return self._vectors.compare(model, vector, ids, *self._known())

    def vectors(
        self, model: str, dimension: int, ids: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of the ids that have a vector of the model, and the vectors (n, dimension)."""
        return self._vectors.read(model, dimension, ids, *self._known())

    def vector_spread(self, vector: NDArray[np.float32], model: str) -> CosineSpread:
        """How like a unit vector of the model the clips that can be known are."""
        return self._vectors.spread(model, vector, "clip", self.asked_at)

    def whiten(self, vector: NDArray[np.float32], model: str) -> NDArray[np.float32]:
        """A unit vector of the model, turned by how the clips that can be known differ."""
        return self._vectors.whiten(model, vector, "clip", self.asked_at)

    def search_pictures(
        self, vector: NDArray[np.float32], model: str, span: Span | None = None, limit: int = 500
    ) -> list[PictureHit]:
        """The kept pictures that are likest a unit vector of the model, best first."""
        only = self._narrowing.picture_ids(model) if self._narrowing else None
        return self._pictures.search(model, vector, self.asked_at, span, limit, only)

    def picture_spread(
        self, vector: NDArray[np.float32], model: str, span: Span | None = None
    ) -> CosineSpread:
        """How like a unit vector of the model the pictures that can be known are."""
        return self._pictures.spread(model, vector, self.asked_at, span)

    def of_clips(self, clip_ids: Iterable[str]) -> list[Memory]:
        """The memories of these clips that ended in time, in order of time."""
        where, values = self._known()
        records = self._database.rows(
            "SELECT memory.* FROM json_each(?) AS wanted CROSS JOIN memory "
            f"ON memory.clip_id = wanted.value WHERE {where} ORDER BY start, memory.id",
            [json.dumps(list(clip_ids)), *values],
        )
        return [rows.to_memory(row) for row in records]

    def utterances(self, clip_id: str) -> list[Utterance]:
        """What was said in a clip, in order of time."""
        if not self._may_read(clip_id):
            return []
        records = self._database.rows(
            f"SELECT utterance.*, {_PERSON} FROM utterance {_BY_PRINT.format('utterance')} "
            'WHERE utterance.clip_id = ? AND utterance."end" <= ? '
            "ORDER BY utterance.start, utterance.number",
            [clip_id, self.asked_at],
        )
        return [rows.to_utterance(row) for row in records]

    def wearer_names(self) -> frozenset[str]:
        """The names of the people whom the owner has said to be the wearer; empty where unsaid."""
        records = self._database.rows("SELECT name FROM person WHERE me AND name <> ''", [])
        return frozenset(row["name"] for row in records)

    def names_self(self) -> bool:
        """Whether a transcript calls who speaks "me", as only the wearer's own does."""
        sql = "SELECT 1 FROM utterance WHERE speaker <> '' AND speaker COLLATE NOCASE IN "
        names = json.dumps(sorted(events.SELF))
        return bool(self._database.rows(f"{sql}(SELECT value FROM json_each(?)) LIMIT 1", [names]))

    def names_in_import(self, recording_id: str) -> frozenset[str] | None:
        """Which of "me" and "others" the file of an import names as speaking, on any of its days;
        None of what was recorded."""
        recording = self.recording(recording_id)
        if recording is None or recording.kind != "import":
            return None
        path = str(recording.path)
        if path not in self._import_names:  # one file has a recording for each of its days
            self._import_names[path] = self._read_names(path)
        return self._import_names[path]

    def _read_names(self, path: str) -> frozenset[str]:
        records = self._database.rows(
            "SELECT DISTINCT speaker COLLATE NOCASE IN (SELECT value FROM json_each(?)) AS me "
            "FROM utterance JOIN clip ON clip.id = utterance.clip_id "
            "JOIN recording ON recording.id = clip.recording_id "
            "WHERE recording.path = ? AND kind = 'import' AND speaker <> ''",
            [json.dumps(sorted(events.SELF)), path],
        )
        return frozenset("me" if row["me"] else "others" for row in records)

    def speakers(self, limit: int) -> list[str]:
        """The names of who is heard, the most heard first."""
        records = self._database.rows(
            f"SELECT coalesce(nullif(person.name, ''), speaker) AS who, count(*) AS n "
            f'FROM utterance {_BY_PRINT.format("utterance")} WHERE utterance."end" <= ? '
            "GROUP BY who HAVING who <> '' ORDER BY n DESC, who LIMIT ?",
            [self.asked_at, limit],
        )
        return [row["who"] for row in records]

    def objects_put(self, limit: int) -> list[str]:
        """What the wearer put somewhere, the last first."""
        records = self._database.rows(
            "SELECT object, max(start) AS at FROM object_state WHERE state = 'put' AND doer = '' "
            'AND "end" <= ? GROUP BY object ORDER BY at DESC LIMIT ?',
            [self.asked_at, limit],
        )
        return [row["object"] for row in records]

    def sightings(self, clip_id: str) -> list[Sighting]:
        """What was seen or heard in a clip, in order of time."""
        if not self._may_read(clip_id):
            return []
        records = self._database.rows(
            f"SELECT sighting.*, {_PERSON} FROM sighting {_BY_PRINT.format('sighting')} "
            'WHERE sighting.clip_id = ? AND sighting."end" <= ? '
            "ORDER BY sighting.start, sighting.stage, sighting.number",
            [clip_id, self.asked_at],
        )
        return [rows.to_sighting(row) for row in records]

    def events(self, criteria: EventFilter) -> list[Event]:
        """The occasions of activities that fit, in order of time."""
        occasions = events.find_events(self._database, self.asked_at, criteria)
        narrowing = self._narrowing
        if narrowing is None:
            return occasions
        return [event for event in occasions if narrowing.takes(event)]

    def object_states(
        self, objects: Sequence[str], states: Sequence[State], span: Span | None = None
    ) -> list[ObjectState]:
        """Where the things with any of these names were last, or all things, the latest first: at
        most 200, of all 50."""
        also = self._narrowing.of_state() if self._narrowing else ([], [])
        limit = 200 if objects else 50
        return events.find_states(self._database, self.asked_at, objects, states, span, limit, also)

    def recordings(self) -> list[Recording]:
        """The recordings that had begun, in order of time."""
        records = self._database.rows(
            "SELECT * FROM recording WHERE start < ? ORDER BY start, id", [self.asked_at]
        )
        recordings = self._narrowing.recordings if self._narrowing else None
        chosen = [row for row in records if recordings is None or row["id"] in recordings]
        return [rows.to_recording(row, self._database.paths) for row in chosen]

    def recording(self, recording_id: str) -> Recording | None:
        """One recording, or None where it does not exist or had not begun."""
        records = self._database.rows(
            "SELECT * FROM recording WHERE id = ? AND start < ?", [recording_id, self.asked_at]
        )
        return rows.to_recording(records[0], self._database.paths) if records else None

    def coverage(self, span: Span | None = None) -> Coverage:
        """Which recorded time is indexed and which is still pending, within ``span``."""
        coverage = self._days.coverage(self.asked_at, span)
        return self._narrowing.covered(coverage) if self._narrowing else coverage

    def count_clips(self, span: Span | None = None) -> int:
        """How many clips are remembered within ``span``."""
        if self._narrowing is None:
            return self._days.count(self.asked_at, span)
        where, values = self._where("clip", span)
        records = self._database.rows(f"SELECT count(*) AS n FROM memory WHERE {where}", values)
        return int(records[0]["n"])
