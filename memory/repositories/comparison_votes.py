"""The owner's votes between two answers to one question, each given by another setting.

store.comparisons.add(conversation_id, ComparisonVote(at, "pyramid/none", "flat/none", "first"))
store.comparisons.all()                  # oldest first

A vote holds no word of question or answers. It goes with the turn of the conversation that the
question is kept in, and so with every moment that one of the answers rests on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from memory.db.database import HomeDatabase

Better: TypeAlias = Literal["first", "second", "both", "neither"]
_ADD = """
INSERT INTO comparison_vote (at, first, second, better, turn_id)
SELECT :at, :first, :second, :better, id FROM conversation_turn
WHERE conversation_id = :conversation ORDER BY id DESC LIMIT 1
"""
_ALL = """
SELECT at, first, second, better FROM comparison_vote WHERE id IN (
    SELECT max(vote.id) FROM comparison_vote AS vote
    JOIN conversation_turn AS turn ON turn.id = vote.turn_id
    GROUP BY turn.question, min(first, second), max(first, second))
ORDER BY at, id
"""


@dataclass(frozen=True, slots=True)
class ComparisonVote:
    """Which of two settings answered better, at a time (seconds UTC)."""

    at: float
    first: str
    second: str
    better: Better


@dataclass(eq=False)
class ComparisonVotes:
    """The votes of a home."""

    _database: HomeDatabase

    def add(self, conversation_id: str, vote: ComparisonVote) -> bool:
        """Keep a vote on the last question of a conversation; False where that is gone."""
        with self._database.transaction() as db:
            row = {**asdict(vote), "conversation": conversation_id}
            return db.conn.execute(_ADD, row).rowcount == 1

    def all(self) -> list[ComparisonVote]:
        """The votes, oldest first; of those on one question between the same two the last."""
        return [ComparisonVote(**dict(row)) for row in self._database.rows(_ALL)]
