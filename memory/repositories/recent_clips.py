"""Bounded reads of the newest clips: people, objects that were put somewhere, texts."""

from __future__ import annotations

from dataclasses import dataclass

from memory.db.database import HomeDatabase

_NEWEST = "SELECT id FROM clip ORDER BY start DESC LIMIT :clips"
_PEOPLE = f"""
SELECT person.name AS name, count(DISTINCT print.clip_id) AS n FROM ({_NEWEST}) AS recent
CROSS JOIN print ON print.clip_id = recent.id JOIN person ON person.id = print.person_id
WHERE person.name <> '' AND NOT person.me GROUP BY person.id
UNION ALL
SELECT speaker, count(*) FROM ({_NEWEST}) AS recent
CROSS JOIN utterance ON utterance.clip_id = recent.id WHERE speaker <> '' GROUP BY speaker
ORDER BY n DESC, name LIMIT 12
"""
_OBJECTS = f"""
SELECT object, count(*) AS n, max(object_state.start) AS at FROM ({_NEWEST}) AS recent
CROSS JOIN object_state ON object_state.clip_id = recent.id
WHERE state = 'put' AND doer = '' GROUP BY object ORDER BY at DESC LIMIT 3
"""
_TEXTS = f"""
SELECT memory.id AS id, memory.text AS text FROM ({_NEWEST}) AS recent
CROSS JOIN memory ON memory.clip_id = recent.id
"""


@dataclass(eq=False)
class RecentClips:
    """Reads of the newest clips of a home; ``clips`` is how many. Threads may share one."""

    _database: HomeDatabase

    def people(self, clips: int) -> list[str]:
        """The names of those met most, at most twelve; not the wearer, as far as that is known."""
        found = self._database.rows(_PEOPLE, {"clips": clips})
        return list(dict.fromkeys(row["name"] for row in found))

    def objects_put(self, clips: int) -> list[str]:
        """At most three objects that the wearer put somewhere, the last first."""
        return [row["object"] for row in self._database.rows(_OBJECTS, {"clips": clips})]

    def texts(self, clips: int) -> list[tuple[int, str]]:
        """The memories of the clips: id and text."""
        found = self._database.rows(_TEXTS, {"clips": clips})
        return [(row["id"], row["text"]) for row in found]
