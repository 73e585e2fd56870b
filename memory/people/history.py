"""Record the owner's changes to people so that each can be undone exactly.

A change keeps who held which print before, and the names before; never a print itself. Each entry
is reversed by putting these values back, newest first.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from memory.db.without_pandas import Database
from memory.people.names import same

KEPT = 100  # changes that can be taken back; older ones are forgotten


@dataclass(frozen=True, slots=True)
class PeopleChange:
    """What was done to people, in words, and the clips whose captions may speak of them.

    ``person_id`` is who is left of it: the one named, merged into, or split off; empty where the
    person is gone.
    """

    what: str
    person_id: str
    clip_ids: tuple[str, ...]


@dataclass(slots=True)
class ChangeRecorder:
    """Makes one change and keeps what was before. Use it inside a transaction."""

    db: Database
    people: dict[str, tuple[str, int]] = field(default_factory=dict)  # id → name, me
    made: list[str] = field(default_factory=list)
    prints: list[tuple[int, str, int]] = field(default_factory=list)  # id, person, fixed
    parted: list[tuple[int, int]] = field(default_factory=list)
    joined: list[tuple[int, int]] = field(default_factory=list)

    def set_person(self, person_id: str, name: str, me: int) -> None:
        """Gives a person another name and says whether it is the wearer."""
        before = self.db.execute("SELECT name, me FROM person WHERE id = ?", [person_id]).fetchone()
        self.people.setdefault(person_id, (before[0], before[1]))
        self.db.conn.execute(
            "UPDATE person SET name = ?, me = ? WHERE id = ?", [name, me, person_id]
        )

    def make_person(self, person_id: str, number: int) -> None:
        """Adds a person without a name."""
        self.made.append(person_id)
        self.db.conn.execute("INSERT INTO person (id, number) VALUES (?, ?)", [person_id, number])

    def move(self, print_ids: Iterable[int], person_id: str) -> None:
        """Files prints under a person, or leaves them there, by the owner's word."""
        for print_id in print_ids:
            query = "SELECT person_id, fixed FROM print WHERE id = ?"
            before = self.db.execute(query, [print_id]).fetchone()
            if before == (person_id, 1):
                continue
            self.prints.append((print_id, before[0], before[1]))
            self.db.conn.execute(
                "UPDATE print SET person_id = ?, fixed = 1 WHERE id = ?", [person_id, print_id]
            )

    def part(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Says of pairs of prints that they are two people."""
        for first, two in pairs:
            pair = (min(first, two), max(first, two))
            if self.db.conn.execute("INSERT OR IGNORE INTO apart VALUES (?, ?)", pair).rowcount:
                self.parted.append(pair)

    def join(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Takes back that pairs of prints are two people."""
        for pair in pairs:
            if self.db.conn.execute("DELETE FROM apart WHERE one = ? AND two = ?", pair).rowcount:
                self.joined.append(pair)

    def write(self, what: str) -> None:
        """Enters the change; ``what`` is one sentence for the person."""
        undo = {
            "people": self.people,
            "made": self.made,
            "prints": self.prints,
            "parted": self.parted,
            "joined": self.joined,
        }
        self.db.conn.execute(
            "INSERT INTO person_change (at, what, undo) VALUES (?, ?, ?)",
            [time.time(), what, json.dumps(undo, ensure_ascii=False)],
        )
        self.db.conn.execute(
            "DELETE FROM person_change WHERE id <= (SELECT max(id) FROM person_change) - ?", [KEPT]
        )


def newest(db: Database) -> tuple[int, str, dict[str, Any]] | None:
    """Id, words and former values of the last change that was not taken back, or None."""
    row = db.execute(
        "SELECT id, what, undo FROM person_change WHERE undone = 0 ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else (row[0], row[1], json.loads(row[2]))


def reverse(db: Database, change_id: int, undo: dict[str, Any]) -> None:
    """Puts the former values back; prints that are gone since then stay gone."""
    db.conn.executemany(
        "UPDATE print SET person_id = ?, fixed = ? WHERE id = ?",
        [(person, fixed, print_id) for print_id, person, fixed in reversed(undo["prints"])],
    )
    db.conn.executemany(
        "UPDATE person SET name = ?, me = ? WHERE id = ?",
        [(name, me, person_id) for person_id, (name, me) in undo["people"].items()],
    )
    db.conn.executemany("DELETE FROM apart WHERE one = ? AND two = ?", undo["parted"])
    db.conn.executemany("INSERT OR IGNORE INTO apart VALUES (?, ?)", undo["joined"])
    db.conn.executemany(  # unless a print has joined the person meanwhile
        "DELETE FROM person WHERE id = ? AND id NOT IN (SELECT person_id FROM print)",
        [(person_id,) for person_id in undo["made"]],
    )
    db.conn.execute("UPDATE person_change SET undone = 1 WHERE id = ?", [change_id])


def touched(undo: dict[str, Any]) -> set[str]:
    """The people that a change speaks of."""
    return {*undo["people"], *undo["made"], *(person for _, person, _ in undo["prints"] if person)}


def erase(db: Database, person_id: str, print_ids: Iterable[int], name: str) -> None:
    """Deletes every entry that speaks of the person: none of these changes can be taken back."""
    gone = set(print_ids)
    spoken = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE) if name else None
    for change_id, what, text in db.execute("SELECT id, what, undo FROM person_change").fetchall():
        undo = json.loads(text)
        if (
            person_id in touched(undo)
            or any(print_id in gone for print_id, _, _ in undo["prints"])
            or (spoken is not None and spoken.search(what))
            or any(name and same(former, name) for former, _ in undo["people"].values())
        ):
            db.conn.execute("DELETE FROM person_change WHERE id = ?", [change_id])
