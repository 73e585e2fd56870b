"""Conversations of the Ask page: questions, their answers, and the clips that these rest on.

A conversation goes, whole, with any clip that an answer of it rests on; the explanation of an
answer with any clip that was weighed for it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from memory.db.database import HomeDatabase
from memory.db.without_pandas import Database

ASKED_BY_OTHERS = "asked-"  # how ids of what others asked begin, see ``questions_from_others``
_LIST = f"""
SELECT conversation.id AS id, max(turn.asked_at) AS latest, count(*) AS n,
    coalesce(nullif(conversation.title, ''), (SELECT question FROM conversation_turn
     WHERE conversation_id = conversation.id
     ORDER BY NOT EXISTS (SELECT 1 FROM conversation_clip WHERE turn_id = conversation_turn.id), id
     LIMIT 1)) AS title
FROM conversation JOIN conversation_turn AS turn ON turn.conversation_id = conversation.id
WHERE conversation.id NOT GLOB '{ASKED_BY_OTHERS}*'
GROUP BY conversation.id ORDER BY latest DESC, conversation.id LIMIT ?
"""
_EMPTY = """
DELETE FROM conversation WHERE id = ?1
AND NOT EXISTS (SELECT 1 FROM conversation_turn WHERE conversation_id = ?1)
"""
_OF_CLIPS = """
DELETE FROM conversation WHERE id IN (
    SELECT conversation_id FROM conversation_turn JOIN conversation_clip ON turn_id = id
    WHERE clip_id IN (SELECT value FROM json_each(?)))
"""
_WEIGHED = "DELETE FROM conversation_weighed WHERE clip_id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as a list shows it: the title that it was given (else its first question that
    something was cited for, else its first), its turns, and when it was held."""

    id: str
    title: str
    turns: int
    latest: float


@dataclass(frozen=True, slots=True)
class ConversationTurn:
    """A question as it was asked; its answer, and what explains it, as JSON of whoever kept it."""

    asked_at: float
    question: str
    answer: dict[str, Any]
    explanation: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Conversations:
    """The conversations of a home. Threads may share one."""

    _database: HomeDatabase

    def add(
        self,
        conversation_id: str,
        turn: ConversationTurn,
        clip_ids: Iterable[str] = (),
        weighed: Iterable[str] = (),
    ) -> str:
        """Appends a turn; begins a conversation where there is none of that id.

        See ``answer`` for what is not kept. Returns the id of the conversation.
        """
        with self._database.transaction() as db:
            known = db.execute("SELECT 1 FROM conversation WHERE id = ?", [conversation_id])
            if known.fetchone() is None:
                conversation_id = secrets.token_hex(8)
                db.conn.execute("INSERT INTO conversation (id) VALUES (?)", [conversation_id])
            db.conn.execute(
                "INSERT INTO conversation_turn (conversation_id, asked_at, question, answer) "
                "VALUES (?, ?, ?, '{}')",
                [conversation_id, turn.asked_at, turn.question],
            )
            _write_answer(db, conversation_id, turn, clip_ids, weighed)
        return conversation_id

    def answer(
        self,
        conversation_id: str,
        turn: ConversationTurn,
        clip_ids: Iterable[str],
        weighed: Iterable[str] = (),
    ) -> None:
        """Writes the answer of a turn that was added before; none where that is gone meanwhile.

        ``clip_ids`` are the clips that the answer rests on; where one is gone, the turn is deleted.
        Where one is gone that was ``weighed``, the explanation is not kept.
        """
        with self._database.transaction() as db:
            _write_answer(db, conversation_id, turn, clip_ids, weighed)

    def latest(self, limit: int) -> list[ConversationSummary]:
        """The conversations that were held last, the latest first."""
        return [
            ConversationSummary(row["id"], row["title"], row["n"], row["latest"])
            for row in self._database.rows(_LIST, [limit])
        ]

    def turns(self, conversation_id: str) -> list[ConversationTurn]:
        """The turns of a conversation in their order; none where there is no such one."""
        if conversation_id.startswith(ASKED_BY_OTHERS):
            return []
        found = self._database.rows(
            "SELECT * FROM conversation_turn WHERE conversation_id = ? ORDER BY id",
            [conversation_id],
        )
        return [
            ConversationTurn(
                row["asked_at"],
                row["question"],
                json.loads(row["answer"]),
                json.loads(row["explanation"] or "{}"),
            )
            for row in found
        ]

    def truncate(self, conversation_id: str, turns: int) -> None:
        """Keeps the first ``turns`` of a conversation; one without any is deleted."""
        with self._database.transaction() as db:
            db.conn.execute(
                "DELETE FROM conversation_turn WHERE conversation_id = ?1 AND id NOT IN (SELECT id "
                "FROM conversation_turn WHERE conversation_id = ?1 ORDER BY id LIMIT ?2)",
                [conversation_id, turns],
            )
            if turns < 1:
                db.conn.execute("DELETE FROM conversation WHERE id = ?", [conversation_id])

    def rename(self, conversation_id: str, title: str) -> None:
        """Gives a conversation a title; without one its first question names it."""
        with self._database.transaction() as db:
            values = [title, conversation_id]
            db.conn.execute("UPDATE conversation SET title = ? WHERE id = ?", values)

    def delete(self, conversation_id: str) -> None:
        """Deletes a conversation."""
        with self._database.transaction() as db:
            db.conn.execute("DELETE FROM conversation WHERE id = ?", [conversation_id])


def forget_clips(db: Database, clip_ids: Iterable[str]) -> None:
    """Deletes the conversations whose answers rest on clips, and what explains others by them,
    inside a transaction."""
    clips = json.dumps(list(clip_ids))
    db.conn.execute(_OF_CLIPS, [clips])
    db.conn.execute(_WEIGHED, [clips])


def _write_answer(
    db: Database,
    conversation_id: str,
    turn: ConversationTurn,
    clip_ids: Iterable[str],
    weighed: Iterable[str],
) -> None:
    found = db.execute(
        "SELECT max(id) FROM conversation_turn "
        "WHERE conversation_id = ? AND asked_at = ? AND question = ?",
        [conversation_id, turn.asked_at, turn.question],
    )
    row = found.fetchone()[0]
    clips, looked_at = list(dict.fromkeys(clip_ids)), list(dict.fromkeys(weighed))
    if row is None or not are_there(db, clips):
        db.conn.execute("DELETE FROM conversation_turn WHERE id = ?", [row])
        db.conn.execute(_EMPTY, [conversation_id])
        return
    explained = bool(turn.explanation) and are_there(db, looked_at)
    db.conn.execute(
        "UPDATE conversation_turn SET answer = ?, explanation = ? WHERE id = ?",
        [_json(turn.answer), _json(turn.explanation) if explained else "", row],
    )
    for table, ids in (("clip", clips), ("weighed", looked_at if explained else [])):
        db.conn.executemany(
            f"INSERT INTO conversation_{table} VALUES (?, ?)", [(row, clip_id) for clip_id in ids]
        )


def are_there(db: Database, clip_ids: list[str]) -> bool:
    """Whether a home still has all of these clips."""
    placed = db.execute(
        "SELECT count(*) FROM clip WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(clip_ids)],
    )
    return bool(placed.fetchone()[0] == len(clip_ids))


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
