"""Encounters with a person: when, how long and with whom, read off the clips of their prints.

A clip counts whole: somebody who was seen or heard in a half-minute was there for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from memory.db.database import HomeDatabase
from memory.db.row_mapping import to_print
from memory.types.core import BiometricPrint, Span
from memory.types.timezones import zone

_SPANS = """
SELECT start, "end" FROM clip WHERE id IN (SELECT clip_id FROM print WHERE person_id = ?)
ORDER BY start
"""
_BESIDE = """
SELECT other.person_id AS id, count(DISTINCT other.clip_id) AS clips
FROM print AS mine JOIN print AS other ON other.clip_id = mine.clip_id
WHERE mine.person_id = ? AND other.person_id NOT IN ('', mine.person_id)
GROUP BY other.person_id ORDER BY clips DESC, id LIMIT ?
"""
_PRINT = "SELECT * FROM print WHERE id = ? AND person_id <> ''"
_BEST = """
SELECT * FROM print WHERE person_id = ? AND kind = ? ORDER BY quality DESC, id LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Week:
    """The minutes with somebody in the week that begins on ``monday``."""

    monday: date
    minutes: float


class Encounters:
    """Reads about the people of a home."""

    def __init__(self, database: HomeDatabase) -> None:
        self._database = database

    def weeks(self, person_id: str, timezone: str, limit: int = 26) -> list[Week]:
        """The minutes of each week from the first to the last, the latest ``limit`` of them."""
        minutes: dict[date, float] = {}
        for span in self._spans(person_id):
            day = datetime.fromtimestamp(span.start, zone(timezone)).date()
            monday = day - timedelta(days=day.weekday())
            minutes[monday] = minutes.get(monday, 0.0) + span.duration / 60
        if not minutes:
            return []
        last, first = max(minutes), min(minutes)
        count = min(limit, (last - first).days // 7 + 1)
        mondays = [last - timedelta(weeks=n) for n in reversed(range(count))]
        return [Week(monday, minutes.get(monday, 0.0)) for monday in mondays]

    def _spans(self, person_id: str) -> Iterator[Span]:
        for row in self._database.rows(_SPANS, [person_id]):
            yield Span(row["start"], row["end"])

    def beside(self, person_id: str, limit: int = 12) -> list[tuple[str, int]]:
        """Ids of others who were in the same clips, and in how many, the most first."""
        rows = self._database.rows(_BESIDE, [person_id, limit])
        return [(row["id"], row["clips"]) for row in rows]

    def print(self, print_id: int) -> BiometricPrint | None:
        """One print that is somebody's, or None."""
        rows = self._database.rows(_PRINT, [print_id])
        return to_print(rows[0]) if rows else None

    def best(self, person_id: str, kind: str, limit: int) -> list[BiometricPrint]:
        """The best prints of one kind."""
        return [to_print(row) for row in self._database.rows(_BEST, [person_id, kind, limit])]
