"""Transcripts put right by the owner: what was said in truth, or who said it.

change = rewordings.put_right(clip_id, number, "I met Ana in Lyon.")
rewordings.undo(change)

What was heard is kept so that it can be taken back, and so that the correction is made again when
the same words are heard again. The texts that quote a transcript are others' to mend.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from memory.db.database import HomeDatabase
from memory.db.without_pandas import Database
from memory.types.messages import UserMessage

LONGEST = 2000  # letters of one sentence
What = Literal["text", "speaker"]
_PUT = """
INSERT INTO rewording (clip_id, number, what, heard, meant, words) VALUES (?, ?, ?, ?, ?, ?)
"""
_UTTERANCE = "SELECT * FROM utterance WHERE clip_id = ? AND number = ?"


class NothingToReword(ValueError):
    """The sentence is gone, or was changed since; the text says which."""


@dataclass(frozen=True, slots=True)
class TranscriptEdit:
    """One correction: of which clip, what was heard (or who), and what was meant."""

    id: int
    clip_id: str
    what: What
    heard: str
    meant: str


@dataclass(eq=False)
class TranscriptEdits:
    """The corrections of a home's transcripts. Each is one transaction."""

    _database: HomeDatabase

    def put_right(self, clip_id: str, number: int, text: str) -> TranscriptEdit:
        """Replaces what the clip's n-th sentence says; its words keep their times where they can.

        Raises:
            NothingToReword: there is no such sentence, or it says that already.
        """
        meant = " ".join(text.split())[:LONGEST]
        with self._database.transaction() as db:
            row = _row(self._database, clip_id, number)
            if not meant or row["text"] == meant:
                raise NothingToReword(UserMessage("memory.says-already"))
            words = _relative(json.loads(row["words"]), row["start"])
            edit = _enter(db, clip_id, number, "text", row["text"], meant, words)
            _set_text(db, row, meant, align_words(json.loads(row["words"]), meant))
            return edit

    def say_speaker(self, clip_id: str, who: str, to: str) -> list[TranscriptEdit]:
        """Gives what a transcript says that ``who`` said in the clip to ``to``."""
        with self._database.transaction() as db:
            rows = self._database.rows(
                "SELECT number, speaker FROM utterance WHERE clip_id = ? AND speaker <> '' "
                "AND speaker = ? COLLATE NOCASE",
                [clip_id, who],
            )
            edits = [
                _enter(db, clip_id, row["number"], "speaker", row["speaker"], to, [])
                for row in rows
            ]
            for row in rows:
                _set_speaker(db, clip_id, row["number"], to)
            return edits

    def undo(self, change: int) -> TranscriptEdit:
        """Takes a correction back.

        Raises:
            NothingToReword: there is none of this id, or the sentence was changed since.
        """
        with self._database.transaction() as db:
            rows = self._database.rows("SELECT * FROM rewording WHERE id = ?", [change])
            if not rows:
                raise NothingToReword(UserMessage("memory.taken-back-already"))
            entry = rows[0]
            row = _row(self._database, entry["clip_id"], entry["number"])
            if row[entry["what"]] != entry["meant"]:
                raise NothingToReword(UserMessage("memory.changed-since"))
            if entry["what"] == "text":
                words = _absolute(json.loads(entry["words"]), row["start"])
                _set_text(db, row, entry["heard"], words)
            else:
                _set_speaker(db, entry["clip_id"], entry["number"], entry["heard"])
            db.conn.execute("DELETE FROM rewording WHERE id = ?", [change])
            return _to_rewording(entry)


def again(db: Database, clip_id: str) -> None:
    """Makes the corrections of a clip again, whose sentences were heard anew, where they fit."""
    corrections = db.execute(
        "SELECT number, what, heard, meant FROM rewording WHERE clip_id = ? ORDER BY id", [clip_id]
    ).fetchall()
    for number, what, heard, meant in corrections:
        rows = list(db.query(_UTTERANCE, [clip_id, number]))
        row = rows[0] if rows else {}
        if row.get(what) != heard:
            continue
        if what == "text":
            _set_text(db, row, meant, align_words(json.loads(row["words"]), meant))
        else:
            _set_speaker(db, clip_id, number, meant)


def align_words(words: Sequence[Sequence[Any]], text: str) -> list[list[Any]]:
    """[start, end, word] of the words of ``text``: those that stay keep their times.

    Others share the time of what they stand for. Empty where the old words have no spaces between
    them, as in Chinese, or there are none.
    """
    old, new = [str(word[2]).strip() for word in words], text.split()
    if not old or (len(new) == 1 < len(old)):
        return []
    aligned: list[list[Any]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            aligned += [list(word) for word in words[a:b]]
            continue
        start = words[a][0] if a < len(words) else words[-1][1]
        end = words[b - 1][1] if b > a else start
        step = (end - start) / max(1, d - c)
        aligned += [
            [start + step * n, start + step * (n + 1), word] for n, word in enumerate(new[c:d])
        ]
    return aligned


def _row(database: HomeDatabase, clip_id: str, number: int) -> Any:
    rows = database.rows(_UTTERANCE, [clip_id, number])
    if not rows:
        raise NothingToReword(UserMessage("memory.sentence-gone"))
    return rows[0]


def _enter(
    db: Database, clip_id: str, number: int, what: What, heard: str, meant: str, words: list[Any]
) -> TranscriptEdit:
    entry = [clip_id, number, what, heard, meant, json.dumps(words, ensure_ascii=False)]
    row_id = db.conn.execute(_PUT, entry).lastrowid or 0
    return TranscriptEdit(row_id, clip_id, what, heard, meant)


def _set_text(db: Database, row: Any, text: str, words: Sequence[Sequence[Any]]) -> None:
    db.conn.execute(
        "UPDATE utterance SET text = ?, words = ? WHERE clip_id = ? AND number = ?",
        [text, json.dumps(list(words), ensure_ascii=False), row["clip_id"], row["number"]],
    )
    _read_again(db, row["clip_id"])


def _set_speaker(db: Database, clip_id: str, number: int, speaker: str) -> None:
    db.conn.execute(
        "UPDATE utterance SET speaker = ? WHERE clip_id = ? AND number = ?",
        [speaker, clip_id, number],
    )
    _read_again(db, clip_id)


def _read_again(db: Database, clip_id: str) -> None:
    """What was done there is to be read off the clip again."""
    db.conn.execute("DELETE FROM ledger WHERE clip_id = ? AND stage = 'events'", [clip_id])


def _relative(words: Sequence[Sequence[Any]], start: float) -> list[list[Any]]:
    """Times from the beginning of the sentence: a recording may be dated anew meanwhile."""
    return [[round(a - start, 3), round(b - start, 3), text] for a, b, text in words]


def _absolute(words: Sequence[Sequence[Any]], start: float) -> list[list[Any]]:
    return [[a + start, b + start, text] for a, b, text in words]


def _to_rewording(row: Any) -> TranscriptEdit:
    return TranscriptEdit(row["id"], row["clip_id"], row["what"], row["heard"], row["meant"])
