"""The owner's replies to questions of the memory review: "knew it", or not.

store.reviews.add(ReviewReply(at, True, clip_id, person_id="…"))
store.reviews.all()                      # oldest first

A reply goes with the person that it is about, and with the moment that was shown. Of a promise only
a digest is kept.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from memory.db.database import HomeDatabase

_ADD = """
INSERT INTO review_reply (at, known, clip_id, person_id, promise)
SELECT :at, :known, id, nullif(:person_id, ''), :promise FROM clip WHERE id = :clip_id
AND (:person_id = '' OR EXISTS (SELECT 1 FROM person WHERE id = :person_id))
"""
_ALL = """
SELECT at, known, clip_id, coalesce(person_id, '') AS person_id, promise
FROM review_reply ORDER BY at, id
"""


@dataclass(frozen=True, slots=True)
class ReviewReply:
    """A reply at a time (seconds UTC), about a person or a promise of a clip.

    ``promise`` is a digest of the sentence, empty where ``person_id`` names a person.
    """

    at: float
    known: bool
    clip_id: str
    person_id: str = ""
    promise: str = ""


@dataclass(eq=False)
class ReviewReplies:
    """The replies of a home."""

    _database: HomeDatabase

    def add(self, reply: ReviewReply) -> None:
        """Keep a reply, unless its moment or its person is gone."""
        with self._database.transaction() as db:
            db.conn.execute(_ADD, asdict(reply))

    def all(self) -> list[ReviewReply]:
        """Every reply, oldest first."""
        return [
            ReviewReply(**{**dict(row), "known": bool(row["known"])})
            for row in self._database.rows(_ALL)
        ]

    def clear(self) -> None:
        """Delete all replies."""
        with self._database.transaction() as db:
            db.conn.execute("DELETE FROM review_reply")
