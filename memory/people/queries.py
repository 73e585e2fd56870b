"""Small questions about people's rows that several changes ask."""

from __future__ import annotations

import json
from collections.abc import Sequence

from memory.db.without_pandas import Database
from memory.people.assignment import person_key
from memory.people.errors import WrongPrints
from memory.types.core import Person


def prints_of(db: Database, person_id: str) -> list[int]:
    """The person's prints, in order of time."""
    cursor = db.execute(
        "SELECT print.id FROM print JOIN clip ON clip.id = clip_id WHERE person_id = ? "
        "ORDER BY clip.start, print.id",
        [person_id],
    )
    return [row[0] for row in cursor.fetchall()]


def holders(db: Database, print_ids: Sequence[int]) -> set[str]:
    """The people who hold these prints."""
    cursor = db.execute(
        "SELECT DISTINCT person_id FROM print WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(print_ids))],
    )
    return {row[0] for row in cursor.fetchall() if row[0]}


def cannot_link_pairs(db: Database, person_id: str) -> list[tuple[int, int]]:
    """The pairs of the person's prints that were said to be two people."""
    prints = "(SELECT id FROM print WHERE person_id = :id)"
    cursor = db.execute(
        f"SELECT one, two FROM apart WHERE one IN {prints} AND two IN {prints}", {"id": person_id}
    )
    return [(row[0], row[1]) for row in cursor.fetchall()]


def is_me(db: Database, people: Sequence[str]) -> int:
    """1 where one of these people is the wearer, else 0."""
    row = db.execute(
        "SELECT max(me) FROM person WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(people))],
    ).fetchone()
    return int(row[0] or 0)


def free_key(db: Database, print_id: int) -> str:
    """An id for a person whose first print this is, that nobody has."""
    taken = {row[0] for row in db.execute("SELECT id FROM person").fetchall()}
    return next(key for n in range(1000) if (key := person_key(print_id, n)) not in taken)


def check_split(
    person: Person, own_prints: Sequence[int], moved: Sequence[int], staying: Sequence[int]
) -> None:
    """Sees to it that a split moves some prints of the person, but not all.

    Raises:
        WrongPrints: it would not; the text says why.
    """
    strange = sorted(set(moved) - set(own_prints))
    if strange:
        raise WrongPrints(
            f"{person.label} has no print {strange[0]}. "
            f'"egobutler people show {person.number}" lists the prints.'
        )
    if not moved:
        raise WrongPrints(f"say which prints of {person.label} are somebody else's.")
    if not staying:
        raise WrongPrints(
            f"these are all the prints of {person.label}, nothing would be left. "
            "Give the person another name instead."
        )
