"""Questions that others put to a home, with what of it they were shown.

They lie in the home that was asked: each is a conversation of its own that only its owner sees, and
goes with any clip that was shown for it, or when newer ones take its place. Whoever asked keeps no
more than its id.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from memory.db.database import HomeDatabase
from memory.repositories.audit_log import KEPT
from memory.repositories.conversations import ASKED_BY_OTHERS, are_there

_READ = """
SELECT conversation.id AS id, title AS who, asked_at, question, answer
FROM conversation JOIN conversation_turn ON conversation_id = conversation.id
WHERE conversation.id {which} ORDER BY asked_at DESC, conversation.id LIMIT ?
"""
_PRUNE = """
DELETE FROM conversation WHERE id IN (
    SELECT conversation_id FROM conversation_turn WHERE conversation_id GLOB ?
    ORDER BY id DESC LIMIT -1 OFFSET ?)
"""


@dataclass(frozen=True, slots=True)
class QuestionFromOther:
    """Who asked what, when (seconds UTC), and as JSON what of this home they were shown."""

    id: str
    who: str
    asked_at: float
    question: str
    shown: dict[str, Any]


@dataclass(eq=False)
class QuestionsFromOthers:
    """What others asked of a home. Threads may share one."""

    _database: HomeDatabase

    def add(
        self, who: str, asked_at: float, question: str, shown: dict[str, Any], clips: Iterable[str]
    ) -> str:
        """Keeps a question with what is shown of these clips; gives its id.

        Empty, and nothing is kept, where a clip has been forgotten meanwhile.
        """
        ids, name = list(dict.fromkeys(clips)), f"{ASKED_BY_OTHERS}{secrets.token_hex(8)}"
        with self._database.transaction() as db:
            if not are_there(db, ids):
                return ""
            db.conn.execute("INSERT INTO conversation (id, title) VALUES (?, ?)", [name, who])
            row = db.conn.execute(
                "INSERT INTO conversation_turn (conversation_id, asked_at, question, answer, "
                "explanation) VALUES (?, ?, ?, ?, '')",
                [name, asked_at, question, json.dumps(shown, ensure_ascii=False)],
            )
            rows = [(row.lastrowid, clip) for clip in ids]
            db.conn.executemany("INSERT INTO conversation_clip VALUES (?, ?)", rows)
            db.conn.execute(_PRUNE, [f"{ASKED_BY_OTHERS}*", KEPT])
        return name

    def get(self, name: str) -> QuestionFromOther | None:
        """A question by its id; None where it is gone, or where that is no such id."""
        found = self._read("= ?", name) if name.startswith(ASKED_BY_OTHERS) else []
        return found[0] if found else None

    def latest(self, limit: int) -> list[QuestionFromOther]:
        """The newest, the latest first."""
        return self._read("GLOB ?", f"{ASKED_BY_OTHERS}*", limit)

    def _read(self, which: str, value: str, limit: int = 1) -> list[QuestionFromOther]:
        rows = self._database.rows(_READ.format(which=which), [value, limit])
        return [
            QuestionFromOther(
                row["id"], row["who"], row["asked_at"], row["question"], json.loads(row["answer"])
            )
            for row in rows
        ]
