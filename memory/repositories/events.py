"""Events and object states: rows that are derived from clips and counted by SQL.

Every value of a query is bound, never written into its text; what ended after ``asked_at`` is not
seen. Rows go with their clips, and are made again where a caption or a clock has changed.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from memory.db.database import HomeDatabase
from memory.db.row_mapping import memory_id
from memory.search.full_text import match_expression
from memory.types.core import Span
from memory.types.events import Event, EventFilter, Line, ObjectState, State

STAGE = "events"
SELF = frozenset({"me", "myself", "i", "我", "ich"})  # what transcripts call whose recording it is
_HAN = re.compile(r"[\u4e00-\u9fff]")
_EVENT = (
    'SELECT event.id, event.start, event."end", activity, kind, verb, object, place, doer, '
    "quantity, unit, minutes, confidence, quote, extractor, recording_id, "
    "(SELECT group_concat(clip_id, char(31)) FROM (SELECT clip_id FROM event_clip "
    "WHERE event_id = event.id ORDER BY clip_id)) AS clips, "
    "(SELECT group_concat(name, char(31)) FROM (SELECT name FROM event_person "
    "WHERE event_id = event.id ORDER BY place)) AS people FROM event"
)
_PENDING = """
SELECT DISTINCT clip.recording_id AS id FROM memory JOIN clip ON clip.id = memory.clip_id
LEFT JOIN ledger ON ledger.clip_id = clip.id AND ledger.stage = ? AND ledger.version = ?
WHERE ledger.clip_id IS NULL ORDER BY clip.recording_id
"""


@dataclass(eq=False)
class Events:
    """The events of a home: what an extractor writes."""

    _database: HomeDatabase
    # Version of the extractor, and of the home when it had read everything.
    _complete: tuple[str, int | None] = field(init=False, default=("", None))

    def pending(self, version: str) -> list[str]:
        """The recordings with captioned clips that this version has not read yet."""
        home = self._database.version()
        if home is not None and self._complete == (version, home):
            return []  # the usual case, without looking each clip up
        found = [row["id"] for row in self._database.rows(_PENDING, [STAGE, version])]
        if not found:
            self._complete = version, home
        return found

    def places(self, latest: int, limit: int) -> list[str]:
        """The places of the latest events, those named most often first."""
        found = self._database.rows(
            "SELECT place, count(*) AS n FROM (SELECT place FROM event ORDER BY start DESC LIMIT ?)"
            "WHERE place <> '' GROUP BY place COLLATE NOCASE ORDER BY n DESC, place LIMIT ?",
            [latest, limit],
        )
        return [row["place"] for row in found]

    def write(
        self,
        recording_id: str,
        clip_ids: Iterable[str],
        events: Sequence[Event],
        states: Sequence[ObjectState],
        version: str,
    ) -> None:
        """Replaces what is known of a recording, and enters its clips as read."""
        with self._database.transaction() as db:
            db.conn.execute("DELETE FROM event WHERE recording_id = ?", [recording_id])
            db.conn.execute(
                "DELETE FROM object_state WHERE clip_id IN "
                "(SELECT id FROM clip WHERE recording_id = ?)",
                [recording_id],
            )
            ids = [memory_id("event", f"{recording_id}:{n}") for n in range(len(events))]
            db.conn.executemany(_INSERT_EVENT, [_row(i, event) for i, event in zip(ids, events)])
            db.conn.executemany(
                "INSERT INTO event_clip VALUES (?, ?)",
                [(i, clip) for i, event in zip(ids, events) for clip in event.clip_ids],
            )
            db.conn.executemany(
                "INSERT OR IGNORE INTO event_person VALUES (?, ?, ?)",
                [(i, n, p) for i, event in zip(ids, events) for n, p in enumerate(event.people)],
            )
            db.conn.executemany(
                "INSERT INTO object_state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(state.clip_id, n, state.object, state.span.start, state.span.end, state.state,
                  state.where, state.doer, state.quote) for n, state in enumerate(states)],
            )  # fmt: skip
            db.conn.executemany(
                "INSERT INTO ledger VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
                "SET version = excluded.version",
                [(clip_id, STAGE, version) for clip_id in clip_ids],
            )


_INSERT_EVENT = f"INSERT INTO event VALUES ({', '.join('?' * 17)})"


def _row(event_id: int, event: Event) -> tuple[object, ...]:
    return (
        event_id, event.recording_id, event.clip_ids[0], event.span.start, event.span.end,
        event.activity, event.kind, event.verb, event.object, event.place, event.doer,
        event.quantity, event.unit, event.minutes, event.confidence, event.quote, event.extractor,
    )  # fmt: skip


_LINES = """
SELECT clip.id AS clip_id, line.start, line."end", line.text, line.speaker, line.told
FROM clip JOIN (
    SELECT clip_id, start, "end", what AS text, '' AS speaker, 1 AS told, number AS n FROM sighting
    WHERE kind = 'narration' AND clip_id IN (SELECT id FROM clip WHERE recording_id = :id)
    UNION ALL
    SELECT clip_id, start, "end", replace(what, 'own hand holding ', 'I use a ') || '.',
        '', 1, number FROM sighting WHERE kind = 'hand' AND what LIKE 'own hand holding %'
        AND "end" - start >= 3 AND clip_id IN (SELECT id FROM clip WHERE recording_id = :id)
    UNION ALL
    SELECT utterance.clip_id, utterance.start, utterance."end", utterance.text,
        CASE WHEN person.me THEN '' WHEN coalesce(person.name, '') <> '' THEN person.name
            WHEN utterance.speaker <> '' THEN utterance.speaker WHEN :import THEN ''
            ELSE 'somebody' END AS speaker,
        :import AND utterance.speaker = '' AND print_id = 0 AS told, utterance.number AS n
    FROM utterance
    LEFT JOIN print ON print.id = utterance.print_id LEFT JOIN person ON person.id = print.person_id
    WHERE utterance.clip_id IN (SELECT id FROM clip WHERE recording_id = :id)
    UNION ALL
    SELECT clip_id, start, "end", text, '' AS speaker, 1 AS told, 0 AS n FROM memory
    WHERE clip_id IN (SELECT id FROM clip WHERE recording_id = :id) AND NOT :import
        AND model <> 'composed'
) AS line ON line.clip_id = clip.id
WHERE EXISTS (SELECT 1 FROM memory WHERE memory.clip_id = clip.id)
ORDER BY clip.start, clip.id, line.start, line.n
"""


def read_lines(database: HomeDatabase, recording_id: str) -> tuple[list[Line], list[str]]:
    """What the captioned clips of a recording tell, in order of time, and the clips' ids.

    What nobody is known to have said counts as the wearer's account in imported lines (a diary has
    no speaker), and as somebody's words in a recording with sound. Captions that the program has
    composed of what was seen and heard are not read; what was held for seconds is.
    """
    kind = database.rows("SELECT kind, device FROM recording WHERE id = ?", [recording_id])
    if not kind:
        return [], []
    values: dict[str, object] = {"id": recording_id, "import": kind[0]["kind"] == "import"}
    wearer = kind[0]["device"].lower()
    lines = [
        Line(
            row["clip_id"],
            recording_id,
            Span(row["start"], row["end"]),
            row["text"],
            "" if _is_wearer(row["speaker"].lower(), wearer) else row["speaker"],
            bool(row["told"]),
        )
        for row in database.rows(_LINES, values)
    ]
    clips = database.rows(
        "SELECT clip_id FROM memory WHERE clip_id IN (SELECT id FROM clip WHERE recording_id = ?)",
        [recording_id],
    )
    return lines, [row["clip_id"] for row in clips]


def _is_wearer(speaker: str, device: str) -> bool:
    """Whether a speaker's name, in lower case, is the wearer's by the device or by saying so."""
    return bool(speaker) and (speaker in device or speaker in SELF)


def find_events(
    database: HomeDatabase, asked_at: float, criteria: EventFilter, limit: int = 1_000_000
) -> list[Event]:
    """The events that fit, in order of time."""
    where, parameters = _conditions(asked_at, criteria)
    rows = database.rows(
        f"{_EVENT} WHERE {where} ORDER BY event.start, event.id LIMIT ?", [*parameters, limit]
    )
    return [_to_event(row) for row in rows]


def _conditions(asked_at: float, criteria: EventFilter) -> tuple[str, list[object]]:
    clauses, values = ['event."end" <= ?'], list[object]([asked_at])
    if criteria.activities:
        clauses.append(f"activity IN ({', '.join('?' * len(criteria.activities))})")
        values += criteria.activities
    if criteria.kind:
        clauses.append("kind = ?")
        values.append(criteria.kind)
    if criteria.doer is not None:
        clauses.append("doer = ? COLLATE NOCASE")
        values.append(criteria.doer)
    if criteria.spans:
        clauses.append(
            f"({' OR '.join(['(event.start >= ? AND event.start < ?)'] * len(criteria.spans))})"
        )
        values += [edge for span in criteria.spans for edge in (span.start, span.end)]
    for name in criteria.people:
        clauses.append(
            "event.id IN (SELECT event_id FROM event_person WHERE name = ? COLLATE NOCASE)"
        )
        values.append(name)
    written = [word for word in criteria.words if not _HAN.search(word)]
    for word in criteria.words:  # Han is written without spaces: the index knows no words of it
        if _HAN.search(word):
            clauses.append("instr(object || char(31) || place || char(31) || quote, ?) > 0")
            values.append(word)
    expression = " AND ".join(filter(None, (match_expression([word]) for word in written)))
    if expression:
        clauses.append("event.id IN (SELECT rowid FROM event_fts WHERE event_fts MATCH ?)")
        values.append(expression)
    return " AND ".join(clauses), values


def _to_event(row: sqlite3.Row) -> Event:
    return Event(
        span=Span(row["start"], row["end"]),
        activity=row["activity"],
        clip_ids=tuple((row["clips"] or "").split("\x1f")),
        recording_id=row["recording_id"],
        quote=row["quote"],
        kind=row["kind"],
        verb=row["verb"],
        object=row["object"],
        place=row["place"],
        people=tuple((row["people"] or "").split("\x1f")) if row["people"] else (),
        doer=row["doer"],
        quantity=row["quantity"],
        unit=row["unit"],
        minutes=row["minutes"],
        confidence=row["confidence"],
        extractor=row["extractor"],
        id=row["id"],
    )


def find_states(
    database: HomeDatabase,
    asked_at: float,
    objects: Sequence[str],
    states: Sequence[State],
    span: Span | None = None,
    limit: int = 50,
    also: tuple[Sequence[str], Sequence[object]] = ((), ()),
) -> list[ObjectState]:
    """Where things with any of these names, or all things, were, the latest first.

    ``also`` are further clauses, over ``object_state`` and its ``clip``, and their values.
    """
    within = span or Span(-1e15, 1e15)
    named = [f"object IN ({', '.join('?' * len(objects))})"] if objects else []
    further = "".join(f" AND {clause}" for clause in [*named, *also[0]])
    rows = database.rows(
        "SELECT object_state.*, clip.recording_id AS recording_id FROM object_state "
        'JOIN clip ON clip.id = object_state.clip_id WHERE object_state."end" <= ? '
        "AND object_state.start >= ? AND object_state.start < ? "
        f"AND state IN ({', '.join('?' * len(states))}){further} "
        "ORDER BY object_state.start DESC, number DESC LIMIT ?",
        [asked_at, within.start, within.end, *states, *objects, *also[1], limit],
    )
    return [
        ObjectState(
            row["object"], Span(row["start"], row["end"]), row["state"], row["place"],
            row["doer"], row["clip_id"], row["recording_id"], row["quote"],
        )
        for row in rows
    ]  # fmt: skip
