"""Changes of people as their owner makes them: entered in the log of deeds, refused in a sentence.

Who a change was made to is not in the log.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from app.core.request_identity import current_user
from app.people.service import PeopleResult, PeopleService
from app.presentation.i18n import t
from memory.people.errors import BadName, NothingToUndo, PeopleError, SeenTogether, UnknownPerson
from memory.store.store import Store
from memory.types.errors import StoreError

_log = logging.getLogger(__name__)


class PeopleChanges:
    """Makes a change, enters it in the log, and lets the changed captions be embedded."""

    def __init__(self, store: Store, people: PeopleService) -> None:
        self.people, self._audit = people, store.audit
        self._settling = threading.Lock()

    def make(self, what: str, change: Callable[[], PeopleResult]) -> PeopleResult:
        """What was changed; ``what`` is entered in the log. Raises PeopleError."""
        result = change()
        self._audit.write(current_user(), "people", what)
        if result.captions:
            threading.Thread(target=self._settle, name="people-vectors", daemon=True).start()
        return result

    def name(self, who: str, name: str) -> PeopleResult:
        """Names a person."""
        return self.make("named a person", lambda: self.people.name_person(who, name))

    def merge(self, into: str, others: list[str]) -> PeopleResult:
        """Makes several people one."""
        return self.make("merged people", lambda: self.people.merge_people(into, others))

    def split(self, who: str, prints: list[int]) -> PeopleResult:
        """Makes a person of its own of some prints."""
        return self.make("split a person", lambda: self.people.split_person(who, prints))

    def apart(self, who: str, two: str) -> PeopleResult:
        """Remembers that two are not one person."""
        return self.make("told people apart", lambda: self.people.tell_apart(who, two))

    def me(self, who: str, me: bool) -> PeopleResult:
        """Says who wears the camera."""
        return self.make("said who wears the camera", lambda: self.people.this_is_me(who, me))

    def undo(self) -> PeopleResult:
        """Takes back the last change."""
        return self.make("took back a change of people", self.people.undo_people)

    def forget(self, who: str) -> PeopleResult:
        """Forgets a person for good."""
        return self.make("forgot a person", lambda: self.people.forget_person(who))

    def _settle(self) -> None:
        with self._settling:
            try:
                self.people.flush()
            except (StoreError, OSError, RuntimeError):  # the next ingest gives them theirs
                _log.warning("changed captions have no vectors yet", exc_info=True)


def why_not(error: PeopleError) -> str:
    """Why a change cannot be made, to the person."""
    if isinstance(error, UnknownPerson):
        return t("This person is not here any more: merged, forgotten, or never met.")
    if isinstance(error, SeenTogether):
        return t(
            "These were in view at the same time, so they are not one person. If a picture is "
            "filed under the wrong person, open that person and take it out first."
        )
    if isinstance(error, BadName):
        return t("This cannot be a name. Give one with letters, 60 at most.")
    if isinstance(error, NothingToUndo):
        return t("There is nothing left to take back.")
    return t("Choose some of the samples of one person, but not all of them.")
