"""The owner's verdicts on evidence: a moment is, or is not, the answer to a question.

feedback.say("Where is my charger?", clip_ids, good=False)
feedback.of("where is my charger")       # the clips that this question must not rest on

Only a digest of the question is kept, and the rows go with their clips.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from memory.db.database import HomeDatabase

_WORD = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The clips that a question may not rest on, and those that are it."""

    wrong: frozenset[str] = frozenset()
    right: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.wrong or self.right)


@dataclass(eq=False)
class Feedback:
    """The verdicts of a home."""

    _database: HomeDatabase

    def say(self, question: str, clip_ids: Iterable[str], good: bool | None) -> int:
        """Keeps what these clips are to a question; None takes it back. Returns how many there are.

        Clips that are gone get no verdict.
        """
        key, clips = digest(question), list(dict.fromkeys(clip_ids))
        with self._database.transaction() as db:
            db.conn.executemany(
                "DELETE FROM verdict WHERE question = ? AND clip_id = ?",
                [(key, clip) for clip in clips],
            )
            if good is not None:
                db.conn.executemany(
                    "INSERT INTO verdict SELECT ?, id, ? FROM clip WHERE id = ?",
                    [(key, int(good), clip) for clip in clips],
                )
        return len(self._rows(key))

    def of(self, question: str) -> Verdicts:
        """What was said of the moments of a question."""
        rows = self._rows(digest(question))
        return Verdicts(
            frozenset(clip for clip, good in rows if not good),
            frozenset(clip for clip, good in rows if good),
        )

    def clear(self, question: str) -> None:
        """Forgets all verdicts on a question."""
        with self._database.transaction() as db:
            db.conn.execute("DELETE FROM verdict WHERE question = ?", [digest(question)])

    def _rows(self, key: bytes) -> list[tuple[str, int]]:
        rows = self._database.rows("SELECT clip_id, good FROM verdict WHERE question = ?", [key])
        return [(row["clip_id"], row["good"]) for row in rows]


def digest(question: str) -> bytes:
    """16 bytes by which a question is known again, whatever its case, marks and spaces."""
    words = _WORD.findall(unicodedata.normalize("NFKC", question).casefold())
    return hashlib.blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=16).digest()
