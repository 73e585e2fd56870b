"""New prints find their people, in an order that does not depend on how the work was cut up."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator

import numpy as np

from memory.db.database import HomeDatabase
from memory.db.without_pandas import Database
from memory.people.clustering import POOL, Gallery, Vector, rule_for
from memory.people.co_occurrence import InView, faces_of_clips
from memory.types.core import PrintKind

_FRESH = """
SELECT print.* FROM print JOIN clip ON clip.id = print.clip_id
WHERE print.clip_id IN (SELECT value FROM json_each(?)) AND person_id = ''
ORDER BY clip.start, print.id
"""
# The prints with the smallest ids of each person: ids are hashes, so these are spread over a life.
_KNOWN = f"""
WITH pool AS MATERIALIZED (
    SELECT person.id AS person, coalesce((
        SELECT id FROM print WHERE person_id = person.id AND kind = :kind AND model = :model
        ORDER BY id LIMIT 1 OFFSET {POOL - 1}), 9223372036854775807) AS last
    FROM person)
SELECT print.id AS id, person_id, vector, fixed
FROM pool CROSS JOIN print ON person_id = person AND print.id <= last
WHERE kind = :kind AND model = :model
"""


class Assigner:
    """Gives the prints of some clips to people. Lives for one transaction."""

    def __init__(self, database: HomeDatabase, db: Database, clip_ids: Iterable[str]) -> None:
        clips = list(clip_ids)
        self._database, self._db = database, db
        self._galleries: dict[tuple[str, str], Gallery] = {}
        self._fresh = database.rows(_FRESH, [json.dumps(clips)])
        faces = faces_of_clips(database, clips) if self._fresh else []
        self._faces = {face.print_id: face for face in faces}
        self._clip_faces: dict[str, list[InView]] = {}
        for face in faces:
            self._clip_faces.setdefault(face.clip_id, []).append(face)
        self._holder = {face.print_id: face.person_id for face in faces}

    def run(self) -> None:
        """Each print joins a person, founds one, or stays nobody's."""
        for row in self._fresh:
            gallery = self._gallery(row["kind"], row["model"])
            vector = np.frombuffer(row["vector"], np.float32)
            person = gallery.match(vector, self._barred(row))
            if person is None and row["quality"] >= gallery.rule.founding:
                person = found_person(self._db, row["id"])
            if person is not None:
                gallery.add(person, row["id"], vector)
                self._holder[row["id"]] = person
                self._db.conn.execute(
                    "UPDATE print SET person_id = ? WHERE id = ?", [person, row["id"]]
                )

    def _gallery(self, kind: PrintKind, model: str) -> Gallery:
        if (kind, model) not in self._galleries:
            gallery = Gallery(rule_for(kind, model))
            for person_id, print_id, vector, sure in known_prints(self._database, kind, model):
                gallery.add(person_id, print_id, vector, sure)
            self._galleries[kind, model] = gallery
        return self._galleries[kind, model]

    def _barred(self, row: sqlite3.Row) -> set[str]:
        """Who it cannot be: those in the same picture, and those the owner told apart from it."""
        barred = {
            apart_row[0] for apart_row in self._db.execute(_APART, {"id": row["id"]}).fetchall()
        }
        if (face := self._faces.get(row["id"])) is not None:
            others = (
                clip_face for clip_face in self._clip_faces[face.clip_id] if face.with_(clip_face)
            )
            barred |= {self._holder[other.print_id] for other in others}
        return barred


def known_prints(
    database: HomeDatabase, kind: PrintKind, model: str
) -> Iterator[tuple[str, int, Vector, bool]]:
    """Person, print, vector and whether the owner said so, of what stands for each person."""
    for row in database.rows(_KNOWN, {"kind": kind, "model": model}):
        vector = np.frombuffer(row["vector"], np.float32)
        yield row["person_id"], row["id"], vector, bool(row["fixed"])


_APART = """
SELECT person_id FROM print WHERE id IN (
    SELECT two FROM apart WHERE one = :id UNION SELECT one FROM apart WHERE two = :id)
"""


def found_person(db: Database, print_id: int) -> str:
    """Adds the person whose first print this is, and returns the id.

    A person who was founded by the same print before, and is nobody now, is taken up again.
    """
    for attempt in range(1000):
        person_id = person_key(print_id, attempt)
        known = db.execute(
            "SELECT name, EXISTS (SELECT 1 FROM print WHERE person_id = person.id) "
            "FROM person WHERE id = ?",
            [person_id],
        ).fetchone()
        if known is None:
            db.conn.execute(
                "INSERT INTO person (id, number) VALUES (?, ?)", [person_id, next_number(db)]
            )
        if known is None or known == ("", 0):
            return person_id
    raise RuntimeError(f"print {print_id} has founded too many people")


def person_key(print_id: int, attempt: int = 0) -> str:
    """The id of a person founded by a print; ``attempt`` counts ids that are taken."""
    key = f"{print_id}:{attempt}".encode()
    return hashlib.blake2b(key, digest_size=8).hexdigest()


def next_number(db: Database) -> int:
    """A number that nobody has."""
    return int(db.execute("SELECT coalesce(max(number), 0) + 1 FROM person").fetchone()[0])
