"""Counts of habits: clips, speech, prints and events in quarters of an hour.

Every zone is off UTC by whole quarters of an hour, so sums over quarters fall into its hours and
days without reading each row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from memory.db.database import HomeDatabase
from memory.repositories.events import SELF
from memory.types.core import Coverage, Span, merge_spans

Of = Literal["recorded", "talk", "people", "activities", "places"]
KINDS: tuple[Of, ...] = get_args(Of)
QUARTER = 900.0  # seconds


@dataclass(frozen=True, slots=True)
class Count:
    """How long and how often something was, in one quarter of an hour (counted from 1970 UTC)."""

    what: str
    quarter: int
    seconds: float
    times: int


@dataclass(frozen=True, slots=True)
class CountedClip:
    """A clip that something was counted in."""

    clip_id: str
    recording_id: str
    span: Span


_IN = "clip.start >= :low AND clip.start < :high"
# In which clips somebody was seen or heard, was told to be with the wearer, or spoke in an import.
# The wearer is nobody that time is spent with.
_MET = f"""
SELECT clip.id AS clip_id, clip.recording_id, clip.start AS at, clip."end" AS until,
    CASE WHEN person.name <> '' THEN person.name ELSE 'Person ' || person.number END AS what
FROM clip CROSS JOIN print ON print.clip_id = clip.id JOIN person ON person.id = print.person_id
WHERE {_IN} AND NOT person.me
UNION SELECT clip.id, clip.recording_id, clip.start, clip."end", utterance.speaker
FROM clip CROSS JOIN utterance ON utterance.clip_id = clip.id
    JOIN recording ON recording.id = clip.recording_id
WHERE {_IN} AND utterance.speaker <> '' AND utterance.print_id = 0
    AND instr(lower(recording.device), lower(utterance.speaker)) = 0
UNION SELECT clip.id, clip.recording_id, clip.start, clip."end", event_person.name
FROM clip CROSS JOIN event_clip ON event_clip.clip_id = clip.id
    JOIN event ON event.id = event_clip.event_id AND event.doer = ''
    JOIN event_person ON event_person.event_id = event.id
WHERE {_IN}
"""
_SELF = ", ".join(f"('{name}')" for name in sorted(SELF))
_NOT_ME = f"SELECT name FROM person WHERE me AND name <> '' UNION VALUES {_SELF}"
_MET_BY = (
    f"SELECT clip_id, recording_id, at, until, what FROM ({_MET}) "
    f"WHERE what COLLATE NOCASE NOT IN ({_NOT_ME})"
)
_PLACE = """
CASE WHEN place <> '' THEN place WHEN activity IN ('visiting places', 'travelling') THEN object
    ELSE '' END
"""
_EVENT_IN = "event.start >= :low AND event.start < :high AND event.doer = ''"
_COUNTS = {
    "talk": "SELECT '' AS what, CAST(utterance.start / 900 AS INTEGER) AS quarter, "
    'sum(utterance."end" - utterance.start) AS seconds, count(*) AS times FROM clip '
    f"CROSS JOIN utterance ON utterance.clip_id = clip.id WHERE {_IN} GROUP BY quarter",
    "people": "SELECT what, CAST(at / 900 AS INTEGER) AS quarter, sum(until - at) AS seconds, "
    f"count(*) AS times FROM ({_MET_BY}) GROUP BY lower(what), quarter",
    "activities": "SELECT activity AS what, CAST(event.start / 900 AS INTEGER) AS quarter, "
    'sum(coalesce(minutes * 60, event."end" - event.start)) AS seconds, count(*) AS times '
    f"FROM event WHERE {_EVENT_IN} GROUP BY what, quarter",
    "places": f"SELECT {_PLACE} AS what, CAST(event.start / 900 AS INTEGER) AS quarter, "
    'sum(event."end" - event.start) AS seconds, count(*) AS times '
    f"FROM event WHERE {_EVENT_IN} AND what <> '' GROUP BY what, quarter",
}
_CLIP = (
    'SELECT DISTINCT clip.id AS clip_id, clip.recording_id, clip.start AS at, clip."end" AS until'
)
_CLIPS = {
    "recorded": f"{_CLIP} FROM clip WHERE {_IN}",
    "talk": f"{_CLIP} FROM clip CROSS JOIN utterance ON utterance.clip_id = clip.id WHERE {_IN}",
    "people": f"SELECT clip_id, recording_id, at, until FROM ({_MET_BY}) WHERE lower(what) = :what",
    "activities": f"{_CLIP} FROM event JOIN event_clip ON event_clip.event_id = event.id "
    f"JOIN clip ON clip.id = event_clip.clip_id WHERE {_EVENT_IN} AND activity = :what",
    "places": f"{_CLIP} FROM event JOIN event_clip ON event_clip.event_id = event.id "
    f"JOIN clip ON clip.id = event_clip.clip_id WHERE {_EVENT_IN} AND {_PLACE} <> ''",
}


@dataclass(eq=False)
class HabitCounts:
    """How much there is of each habit. Threads may share one."""

    _database: HomeDatabase

    def counts(self, of: Of, span: Span, coverage: Coverage) -> Iterator[Count]:
        """Count a kind in a span, quarter by quarter; ``coverage`` tells what is recorded.

        The label ``what`` of "recorded" and "talk" is empty.
        """
        if of == "recorded":
            yield from _recorded(span, coverage)
            return
        for row in self._database.rows(_COUNTS[of], {"low": span.start, "high": span.end}):
            what = place_name(row["what"]) if of == "places" else row["what"]
            yield Count(what, row["quarter"], max(0.0, row["seconds"]), row["times"])

    def clips(self, of: Of, what: str, span: Span) -> list[CountedClip]:
        """The clips in which something was counted, in order of time."""
        values = {"low": span.start, "high": span.end, "what": what}
        sql = _CLIPS[of]
        if of == "places":
            sql = sql.replace("SELECT DISTINCT", f"SELECT DISTINCT {_PLACE} AS place,")
        rows = self._database.rows(sql, values)
        if of == "places":
            rows = [row for row in rows if place_name(row["place"]).lower() == what.lower()]
        once = {
            row["clip_id"]: CountedClip(
                row["clip_id"], row["recording_id"], Span(row["at"], row["until"])
            )
            for row in rows
        }
        return sorted(once.values(), key=lambda one: (one.span.start, one.clip_id))


def place_name(place: str) -> str:
    """A place without its article: "the park" and "Park" are one."""
    return place[4:] if place.lower().startswith("the ") else place


def recorded_spans(coverage: Coverage) -> tuple[Span, ...]:
    """The time that was recorded, indexed yet or not; two cameras at once count once."""
    return merge_spans((*coverage.indexed, *coverage.pending))


def _recorded(span: Span, coverage: Coverage) -> Iterator[Count]:
    for one in recorded_spans(coverage):
        inside = one.intersection(span)
        if inside is None:
            continue
        at = inside.start
        while at < inside.end:
            quarter = int(at // QUARTER)
            until = min(inside.end, (quarter + 1) * QUARTER)
            yield Count("", quarter, until - at, 1)
            at = until
