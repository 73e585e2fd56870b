"""People of a home: prints gathered into persons, with names given by the owner.

people.assign(clip_ids)                  # new prints find their people
anna = people.get("3")
change = people.name(anna.id, "Anna")    # change.clip_ids: whose captions must be made again
people.undo()
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memory.db import row_mapping as rows
from memory.db.database import HomeDatabase
from memory.db.without_pandas import Database
from memory.people import merge_suggestions as people_pairs
from memory.people import names as people_names
from memory.people.assignment import Assigner, known_prints, next_number
from memory.people.clustering import EXEMPLARS, Gallery, Vector, rule_for
from memory.people.co_occurrence import seen_together
from memory.people.erasure import erase, erase_unnamed
from memory.people.errors import NothingToUndo, SeenTogether, UnknownPerson, WrongPrints
from memory.people.history import ChangeRecorder, PeopleChange, newest, reverse, touched
from memory.people.merge_suggestions import Suggestion
from memory.people.queries import (
    cannot_link_pairs,
    check_split,
    free_key,
    holders,
    is_me,
    prints_of,
)
from memory.types.core import BiometricPrint, Person

_PEOPLE = """
SELECT person.id AS id, name, number, coalesce(sum(kind = 'face'), 0) AS faces,
    coalesce(sum(kind = 'voice'), 0) AS voices,
    coalesce(min(start), 0) AS first, coalesce(max("end"), 0) AS last
FROM person LEFT JOIN print ON print.person_id = person.id
{} GROUP BY person.id HAVING count(print.id) >= ? ORDER BY number
"""
_KNOWN = """
SELECT id, name, number FROM person
WHERE name <> '' OR EXISTS (SELECT 1 FROM print WHERE person_id = person.id)
"""
_SAMPLES = """
SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY kind, clip_id ORDER BY quality DESC, id) AS turn
    FROM print WHERE person_id = ?)
ORDER BY turn, quality DESC, id LIMIT ?
"""


@dataclass(eq=False)
class People:
    """The people of a home. Each change is one transaction, or part of the caller's."""

    _database: HomeDatabase

    def assign(self, clip_ids: Iterable[str]) -> None:
        """Gives every print of these clips that is nobody's to a person, old or new.

        Clips are taken in order of time, so one run and many give the same people. A print that
        could be either of two people founds a third; a poor one that fits nobody stays nobody's.
        """
        with self._database.transaction() as db:
            Assigner(self._database, db, clip_ids).run()

    # Who there is

    def all(self, min_prints: int = 1) -> list[Person]:
        """Everybody with at least so many prints, by number."""
        return [
            Person(**dict(row)) for row in self._database.rows(_PEOPLE.format(""), [min_prints])
        ]

    def known(self) -> list[Person]:
        """Everybody with a name or a print, by number; prints are not counted, which is quick."""
        rows = sorted(self._database.rows(_KNOWN), key=lambda row: int(row["number"]))
        return [Person(row["id"], row["name"], row["number"]) for row in rows]

    def names(self, limit: int) -> list[str]:
        """The names that were given, in the order of the people's numbers."""
        found = self._database.rows(
            "SELECT name FROM person WHERE name <> '' ORDER BY number LIMIT ?", [limit]
        )
        return [row["name"] for row in found]

    def get(self, who: str | int) -> Person:
        """The person with this id, name (in any case) or number ("3", "Person 3").

        Raises:
            UnknownPerson: there is none, or it was merged into another.
        """
        text = str(who)
        number, known = people_names.number(text), self._database.rows(_KNOWN)
        matches = (
            [row["id"] for row in known if row["id"] == text]
            or [row["id"] for row in known if row["name"] and people_names.same(row["name"], text)]
            or [row["id"] for row in known if row["number"] == number]
        )
        if not matches:
            raise UnknownPerson(text)
        return self._person(matches[0])

    def _person(self, person_id: str) -> Person:
        records = self._database.rows(_PEOPLE.format("WHERE person.id = ?"), [person_id, 0])
        return Person(**dict(records[0]))

    def of_faces(self, vectors: Sequence[Vector], model: str) -> tuple[Person, ...]:
        """The people whose faces these prints of a model are, each once; nobody new is founded."""
        gallery = Gallery(rule_for("face", model))
        for person, print_id, vector, sure in known_prints(self._database, "face", model):
            gallery.add(person, print_id, vector, sure)
        matches = dict.fromkeys(gallery.match(vector) for vector in vectors)
        return tuple(self.get(person) for person in matches if person is not None)

    def samples(self, person_id: str, limit: int = 12) -> list[BiometricPrint]:
        """The person's best prints, one of each clip first: with clip, span and box to be shown."""
        records = self._database.rows(_SAMPLES, [person_id, limit])
        return [rows.to_print(row) for row in records]

    def clips_of(self, person_id: str) -> list[str]:
        """The clips in which the person was seen or heard, in order of time."""
        return list(self._clips([person_id]))

    def _clips(self, people: Iterable[str]) -> tuple[str, ...]:
        records = self._database.rows(
            "SELECT id FROM clip WHERE id IN (SELECT clip_id FROM print WHERE person_id IN "
            "(SELECT value FROM json_each(?))) ORDER BY start, id",
            [json.dumps(list(people))],
        )
        return tuple(row["id"] for row in records)

    def suggestions(self) -> list[Suggestion]:
        """Pairs that may be one person, likeliest first; nothing is merged without the owner."""
        return people_pairs.suggest(self._database, {person.id: person for person in self.all()})

    # What the owner says of them

    def name(self, person_id: str, name: str) -> PeopleChange:
        """Names a person. Where somebody else has the name already, the two become one person.

        Raises:
            BadName: it cannot be a name; the text says why.
            SeenTogether: whoever has the name was in view at the same time.
            UnknownPerson: there is no such person.
        """
        tidied = people_names.tidy(name)
        with self._database.transaction() as db:
            person = self.get(person_id)
            others = [
                candidate for candidate in self.all(0) if people_names.same(candidate.name, tidied)
            ]
            others = [candidate for candidate in others if candidate.id != person.id]
            record = ChangeRecorder(db)
            for other in others:
                self._merge(db, record, other, [person])
            keeper = self._person(others[0].id) if others else person
            if keeper.name != tidied:
                record.set_person(keeper.id, tidied, is_me(db, [keeper.id]))
            what = f"{person.label} was merged into" if others else f"{person.label} is now called"
            record.write(f"{what} {tidied}.")
            return PeopleChange(f"{what} {tidied}.", keeper.id, self._clips([keeper.id]))

    def merge(self, into: str, others: Sequence[str]) -> PeopleChange:
        """Makes several people one, who keeps the name of ``into``, else the first name there is.

        Raises:
            SeenTogether: two of them were in view at the same time.
            UnknownPerson: one of them does not exist.
        """
        with self._database.transaction() as db:
            keeper, people = self.get(into), [self.get(other) for other in dict.fromkeys(others)]
            people = [person for person in people if person.id != keeper.id]
            if not people:
                raise WrongPrints(f"say who is the same person as {keeper.label}.")
            record = ChangeRecorder(db)
            self._merge(db, record, keeper, people)
            merged, person = ", ".join(person.label for person in people), self._person(keeper.id)
            what = f"{merged} {'was' if len(people) == 1 else 'were'} merged into {person.label}."
            record.write(what)
            return PeopleChange(what, keeper.id, self._clips([keeper.id]))

    def _merge(
        self, db: Database, record: ChangeRecorder, keeper: Person, others: Sequence[Person]
    ) -> None:
        group = [keeper.id, *(other.id for other in others)]
        if (clash := seen_together(self._database, group)) is not None:
            first, two = (self._person(face.person_id).label for face in clash)
            raise SeenTogether(first, two, clash[1].print_id)
        name = next((member.name for member in (keeper, *others) if member.name), "")
        record.set_person(keeper.id, name, is_me(db, group))
        record.move(prints_of(db, keeper.id), keeper.id)  # these, too, are sure from now on
        for other in others:  # the row stays, so that its number is not given away
            record.set_person(other.id, "", 0)
            record.move(prints_of(db, other.id), keeper.id)
        record.join(cannot_link_pairs(db, keeper.id))

    def split(self, person_id: str, print_ids: Sequence[int]) -> PeopleChange:
        """Makes a person of its own of these prints; they are never taken for the old one again.

        Raises:
            WrongPrints: some are not prints of the person, or they are all of them.
            UnknownPerson: there is no such person.
        """
        with self._database.transaction() as db:
            person, moved = self.get(person_id), list(dict.fromkeys(print_ids))
            own_prints = prints_of(db, person.id)
            staying = [print_id for print_id in own_prints if print_id not in set(moved)]
            check_split(person, own_prints, moved, staying)
            record = ChangeRecorder(db)
            first = next(print_id for print_id in own_prints if print_id in set(moved))
            new = free_key(db, first)
            record.make_person(new, next_number(db))
            record.move(moved, new)
            # Any of the prints that stay would do; several, in case some are deleted.
            record.part(
                (moved_id, two) for moved_id in moved for two in sorted(staying)[:EXEMPLARS]
            )
            label = self._person(new).label
            what = f"{len(moved)} of the prints of {person.label} became {label}."
            record.write(what)
            return PeopleChange(what, new, self._clips([person.id, new]))

    def set_me(self, person_id: str, me: bool) -> PeopleChange:
        """Says that a person is the wearer, or is not; there is one wearer at most.

        Raises:
            UnknownPerson: there is no such person.
        """
        with self._database.transaction() as db:
            person, record = self.get(person_id), ChangeRecorder(db)
            former = [row[0] for row in db.execute("SELECT id FROM person WHERE me").fetchall()]
            others = [self._person(former_id) for former_id in former if former_id != person.id]
            for other in others if me else ():
                record.set_person(other.id, other.name, 0)
            record.set_person(person.id, person.name, int(me))
            what = f"{person.label} is {'' if me else 'not '}the one who wears the camera."
            record.write(what)
            return PeopleChange(what, person.id, self._clips([person.id, *former]))

    def tell_apart(self, who: str, two: str) -> PeopleChange:
        """Says that two are not one person: they are not suggested again, nor joined by likeness.

        Raises:
            WrongPrints: it is the same person, or one has no prints.
            UnknownPerson: one of them does not exist.
        """
        with self._database.transaction() as db:
            first, second = self.get(who), self.get(two)
            prints = [prints_of(db, person.id)[:EXEMPLARS] for person in (first, second)]
            if first.id == second.id or not all(prints):
                raise WrongPrints("say which two people, of whom something was seen or heard.")
            record = ChangeRecorder(db)
            record.part((a, b) for a in prints[0] for b in prints[1])
            what = f"{first.label} and {second.label} are two people."
            record.write(what)
            return PeopleChange(what, first.id, ())

    def is_me(self, person_id: str) -> bool:
        """Whether the owner said that this is the wearer."""
        return bool(self._database.rows("SELECT 1 FROM person WHERE id = ? AND me", [person_id]))

    def can_undo(self) -> bool:
        """Whether a change is left that can be taken back."""
        return self.newest_change() is not None

    def newest_change(self) -> int | None:
        """The id of the last change that was not taken back yet, or None."""
        found = self._database.rows(
            "SELECT id FROM person_change WHERE undone = 0 ORDER BY id DESC LIMIT 1"
        )
        return int(found[0]["id"]) if found else None

    def undo(self) -> PeopleChange:
        """Takes back the last change that was not taken back yet.

        Raises:
            NothingToUndo: there is none.
        """
        with self._database.transaction() as db:
            last_change = newest(db)
            if last_change is None:
                raise NothingToUndo
            change_id, what, former = last_change
            people = touched(former) | holders(
                db, [print_id for print_id, _, _ in former["prints"]]
            )
            clips = self._clips(people)
            reverse(db, change_id, former)
            known = {row["id"] for row in self._database.rows(_KNOWN)}
            named = (*former["people"], *(person for _, person, _ in former["prints"]))
            person_id = next((person for person in named if person in known), "")
            return PeopleChange(f"Undone: {what}", person_id, clips)

    def forget(self, person_id: str) -> PeopleChange:
        """Deletes a person: prints, name, and every change that speaks of them. It stays done.

        The faces and voices are anonymous again. What was said stays, with the speaker's name where
        an imported transcript gave it.

        Raises:
            UnknownPerson: there is no such person.
        """
        with self._database.transaction() as db:
            person = self.get(person_id)
            clips, prints = self._clips([person.id]), prints_of(db, person.id)
            erase(db, person, prints, clips)
        self._database.forget_log()
        return PeopleChange(f"Person {person.number} was forgotten.", "", clips)

    def forget_unnamed(self, clip_ids: Sequence[str] | None = None) -> int:
        """Deletes the prints of people without a name in these clips, or in all; how many.

        The wearer stays. The faces and voices are anonymous again; pictures and words stay.
        """
        with self._database.transaction() as db:
            return erase_unnamed(db, clip_ids)
