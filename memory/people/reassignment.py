"""Some moments were of somebody else: the faces and voices there are filed under another person.

It is one change of people: written in their journal, taken back by ``People.undo``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from memory.db.database import HomeDatabase
from memory.db.without_pandas import Database
from memory.people import names as people_names
from memory.people.assignment import next_number
from memory.people.clustering import EXEMPLARS
from memory.people.co_occurrence import faces_of_clips
from memory.people.errors import SeenTogether, UnknownPerson, WrongPrints
from memory.people.history import ChangeRecorder, PeopleChange
from memory.people.people import People
from memory.people.queries import cannot_link_pairs, free_key, prints_of
from memory.types.core import Person

_HELD = """
SELECT id FROM print WHERE person_id = ? AND clip_id IN (SELECT value FROM json_each(?))
ORDER BY start, id
"""
_CLIPS = """
SELECT DISTINCT clip_id FROM print WHERE id IN (SELECT value FROM json_each(?)) ORDER BY clip_id
"""


def reassign(
    database: HomeDatabase, people: People, clip_ids: Sequence[str], who: str, to: str
) -> PeopleChange:
    """Files the prints of ``who`` in these clips under ``to``: somebody known, or a new name.

    Raises:
        BadName: ``to`` cannot be a name.
        SeenTogether: ``to`` is in the same picture as one of the faces.
        UnknownPerson: there is no ``who``.
        WrongPrints: ``who`` was not seen or heard there, or is ``to``.
    """
    with database.transaction() as db:
        person = people.get(who)
        moved = _column(db, _HELD, [person.id, json.dumps(list(clip_ids))])
        if not moved:
            raise WrongPrints(f"{person.label} was neither seen nor heard there.")
        record = ChangeRecorder(db)
        other = _known(people, to) or _founded(db, record, people, moved[0], to)
        if other.id == person.id:
            raise WrongPrints(f"that is {person.label} already.")
        _check(database, clip_ids, people, moved, other)
        clips = _column(db, _CLIPS, [json.dumps(moved)])
        record.move(moved, other.id)
        _part(db, record, person, other, moved)
        what = f"{len(moved)} of the prints of {person.label} are now {other.label}'s."
        record.write(what)
        return PeopleChange(what, other.id, tuple(clips))


def _known(people: People, to: str) -> Person | None:
    try:
        return people.get(to)
    except UnknownPerson:
        return None


def _founded(db: Database, record: ChangeRecorder, people: People, first: int, name: str) -> Person:
    """A new person with a name, whose first print this is."""
    tidied, new = people_names.tidy(name), free_key(db, first)
    record.make_person(new, next_number(db))
    record.set_person(new, tidied, 0)
    return people.get(new)


def _check(
    database: HomeDatabase,
    clip_ids: Sequence[str],
    people: People,
    moved: Sequence[int],
    other: Person,
) -> None:
    faces = faces_of_clips(database, list(clip_ids))
    other_faces = [
        face for face in faces if face.person_id == other.id and face.print_id not in moved
    ]
    for face in faces:
        if face.print_id in moved and any(face.with_(other_face) for other_face in other_faces):
            label = people.get(face.person_id).label
            raise SeenTogether(label, other.label, face.print_id)


def _part(
    db: Database, record: ChangeRecorder, person: Person, other: Person, moved: Sequence[int]
) -> None:
    """From now on the moved prints are never taken for the old person, nor kept from the new."""
    staying = sorted(prints_of(db, person.id))[:EXEMPLARS]
    record.part((moved_id, two) for moved_id in moved for two in staying)
    record.join(cannot_link_pairs(db, other.id))


def _column(db: Database, sql: str, values: Sequence[str]) -> list[Any]:
    return [row[0] for row in db.conn.execute(sql, values).fetchall()]
