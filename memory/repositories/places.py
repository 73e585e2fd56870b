"""Clips that were recorded at a place, as far as a home knows places.

No positions are kept. What a home knows of a place is its name where something is told to have
happened or been left there, what the surroundings looked like, and what was read on its signs.
"""

from __future__ import annotations

import re

from memory.db.database import HomeDatabase

VISIT = 120.0  # seconds for which a place may go unrecognised in the middle of a stay
_TOLD = """
SELECT event_clip.clip_id AS id, event.place AS place FROM event
    JOIN event_clip ON event_clip.event_id = event.id WHERE event.place <> ''
UNION ALL SELECT clip_id, place FROM object_state WHERE place <> ''
UNION ALL SELECT clip_id, what FROM sighting WHERE kind IN ('place', 'object', 'tag', 'text')
"""
_CLIPS = "SELECT id, recording_id, start FROM clip ORDER BY recording_id, start"


def clips_at(database: HomeDatabase, place: str) -> list[str]:
    """The ids of the clips recorded at a place, and of those in the middle of a stay there."""
    words = place.strip()
    if not words:
        return []
    named = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
    at = {row["id"] for row in database.rows(_TOLD) if named.search(row["place"])}
    clip_ids: list[str] = []
    between: list[str] = []
    last = ("", 0.0)
    for row in database.rows(_CLIPS) if at else ():
        here = (row["recording_id"], row["start"])
        if row["id"] not in at:
            between.append(row["id"])
            continue
        if here[0] == last[0] and here[1] - last[1] <= VISIT:
            clip_ids += between
        clip_ids.append(row["id"])
        between, last = [], here
    return clip_ids


def places(database: HomeDatabase, limit: int = 50) -> list[str]:
    """The names of places that events tell of or surroundings looked like, most told first."""
    rows = database.rows(
        "SELECT lower(place) AS place, count(*) AS n FROM (SELECT place FROM event "
        "WHERE place <> '' UNION ALL SELECT what FROM sighting WHERE kind IN ('place', 'tag')) "
        "GROUP BY 1 ORDER BY n DESC, place LIMIT ?",
        [limit],
    )
    return [row["place"] for row in rows]
