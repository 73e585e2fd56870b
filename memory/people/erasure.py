"""Deletes a person so that nothing of them is left: no print, no name, no word in the history.

And bystanders: faces and voices of nobody who has a name, or is the wearer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from memory.db.without_pandas import Database
from memory.people import history as people_journal
from memory.types.core import Person

_ANONYMOUS = """
UPDATE {} SET print_id = 0 WHERE clip_id IN (SELECT value FROM json_each(:clips))
AND print_id IN (SELECT value FROM json_each(:prints))
"""
_TOLD_APART = """
DELETE FROM apart WHERE one IN (SELECT value FROM json_each(:prints))
OR two IN (SELECT value FROM json_each(:prints))
"""
# Who was said to have spoken instead: with the entry goes that it can be taken back.
_SPOKEN_FOR = """
DELETE FROM rewording WHERE what = 'speaker' AND :name <> ''
AND (heard = :name COLLATE NOCASE OR meant = :name COLLATE NOCASE)
"""
# Conversations that speak of them by name; what they are cited in goes with its clips.
_CONVERSATIONS = """
DELETE FROM conversation WHERE :name <> '' AND (instr(lower(title), lower(:name)) > 0
OR id IN (SELECT conversation_id FROM conversation_turn
WHERE instr(lower(question || char(31) || answer), lower(:name)) > 0))
"""
_EXPLANATIONS = """
UPDATE conversation_turn SET explanation = ''
WHERE :name <> '' AND instr(lower(explanation), lower(:name)) > 0
"""
_UNNAMED = """
SELECT print.id, print.clip_id, person_id FROM print LEFT JOIN person ON person.id = person_id
WHERE coalesce(person.name, '') = '' AND coalesce(person.me, 0) = 0
"""
_IN_CLIPS = "AND print.clip_id IN (SELECT value FROM json_each(:clips))"
_DESERTED = """
SELECT id, number FROM person WHERE id IN (SELECT value FROM json_each(:people))
AND NOT EXISTS (SELECT 1 FROM print WHERE person_id = person.id)
"""
_PRINTS = "DELETE FROM print WHERE id IN (SELECT value FROM json_each(:prints))"


def erase_unnamed(db: Database, clips: Sequence[str] | None) -> int:
    """Deletes the prints of everybody without a name in ``clips``, or everywhere; their number.

    People of whom no print is left are erased with them.
    """
    asked = {"clips": json.dumps(list(clips or ()))}
    sql = _UNNAMED if clips is None else _UNNAMED + _IN_CLIPS
    rows = db.execute(sql, asked).fetchall()
    prints, places = [row[0] for row in rows], sorted({row[1] for row in rows})
    _erase_prints(db, prints, places)
    people = {"people": json.dumps(sorted({row[2] for row in rows} - {""}))}
    for person_id, number in db.execute(_DESERTED, people).fetchall():
        erase(db, Person(person_id, "", number), prints, places)
    return len(prints)


def erase(db: Database, person: Person, prints: Sequence[int], clips: Sequence[str]) -> None:
    """Deletes the person with ``prints``, which are in ``clips``, and all that speaks of them.

    The captions are not made again here; until they are, they may still say the name.
    """
    _erase_prints(db, prints, clips)
    for sql in (_SPOKEN_FOR, _CONVERSATIONS, _EXPLANATIONS):
        db.conn.execute(sql, {"name": person.name})
    db.conn.execute("DELETE FROM person WHERE id = ?", [person.id])
    people_journal.erase(db, person.id, prints, person.name)


def _erase_prints(db: Database, prints: Sequence[int], clips: Sequence[str]) -> None:
    values = {"clips": json.dumps(list(clips)), "prints": json.dumps(list(prints))}
    for table in ("utterance", "sighting"):
        db.conn.execute(_ANONYMOUS.format(table), values)
    db.conn.execute(_TOLD_APART, values)
    db.conn.execute(_PRINTS, values)
