"""People as the owner sorts them: each change is made at once, and spoken of everywhere.

A change and the captions that it makes wrong are one transaction: a name that was given is found by
the next question, and one that was forgotten is in no caption. What is left to do, vectors of the
changed captions, is ``flush``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.library.derived_texts import DerivedTexts
from app.models.model_set import ModelProvider
from memory.people.history import PeopleChange
from memory.people.merge_suggestions import Suggestion
from memory.people.reassignment import reassign
from memory.store.store import Store
from memory.types.core import BiometricPrint, Person


@dataclass(frozen=True, slots=True)
class PeopleResult:
    """What was done, in one sentence; the person who is left of it; captions made again."""

    what: str
    person: Person | None
    captions: int


def desk(store: Store, brains: ModelProvider) -> PeopleService:
    """The desk of a home that captions with the embedded captioner."""
    return PeopleService(store, DerivedTexts(store, brains))


class PeopleService:
    """Lists people and changes them, in a home."""

    def __init__(self, store: Store, texts: DerivedTexts) -> None:
        """``texts`` are those that say names."""
        self._store, self._texts = store, texts

    def people(self) -> list[Person]:
        """Everybody who was seen or heard, and who has a name, by number."""
        return [
            person
            for person in self._store.people.all(0)
            if person.faces or person.voices or person.name
        ]

    def person(self, who: str) -> Person:
        """The person with this name, number or id. Raises UnknownPerson."""
        return self._store.people.get(who)

    def is_me(self, who: str) -> bool:
        """Whether a person, by id, wears the camera."""
        return self._store.people.is_me(who)

    def samples(self, who: str, limit: int = 12) -> list[BiometricPrint]:
        """The best prints of a person, to be shown."""
        return self._store.people.samples(self.person(who).id, limit)

    def suggestions(self) -> list[Suggestion]:
        """Pairs that may be one person."""
        return self._store.people.suggestions()

    def name_person(self, who: str, name: str) -> PeopleResult:
        """Names a person; where the name is taken, the two become one. Raises PeopleError."""
        return self._change(lambda: self._store.people.name(who, name))

    def merge_people(self, into: str, others: Sequence[str]) -> PeopleResult:
        """Makes several people one. Raises PeopleError."""
        return self._change(lambda: self._store.people.merge(into, others))

    def split_person(self, who: str, print_ids: Sequence[int]) -> PeopleResult:
        """Makes a person of its own of some prints. Raises PeopleError."""
        return self._change(lambda: self._store.people.split(who, print_ids))

    def reassign(self, clip_ids: Sequence[str], who: str, to: str) -> PeopleResult:
        """Makes the faces and voices of ``who`` in these clips those of ``to``. Raises PeopleError.

        ``to`` may be a new name.
        """
        people, database = self._store.people, self._store.database
        return self._change(lambda: reassign(database, people, clip_ids, who, to))

    def this_is_me(self, who: str, me: bool = True) -> PeopleResult:
        """Says that a person wears the camera, or does not. Raises UnknownPerson."""
        return self._change(lambda: self._store.people.set_me(who, me))

    def tell_apart(self, who: str, two: str) -> PeopleResult:
        """Says that two are not one person. Raises PeopleError."""
        return self._change(lambda: self._store.people.tell_apart(who, two))

    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return self._store.people.can_undo()

    def undo_people(self) -> PeopleResult:
        """Takes back the last change. Raises NothingToUndo."""
        return self._change(self._store.people.undo)

    def forget_person(self, who: str) -> PeopleResult:
        """Deletes a person's prints and name, for good. Raises UnknownPerson."""
        result = self._change(lambda: self._store.people.forget(who))
        self._store.database.forget_log()  # which would still hold what is gone
        return result

    def _change(self, change: Callable[[], PeopleChange]) -> PeopleResult:
        with self._store.database.transaction():
            outcome = change()
            captions = self._texts.recaption(outcome.clip_ids)
            if captions:
                self._texts.rebuild()
        person = self.person(outcome.person_id) if outcome.person_id else None
        return PeopleResult(outcome.what, person, captions)

    def flush(self) -> int:
        """Gives the changed captions their vectors. Returns how many."""
        return self._texts.embed()
