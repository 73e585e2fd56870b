"""Parse what is to be forgotten, from the words of the command line and the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from app.core.errors import Refusal
from app.days.timeline import day_span
from app.presentation.i18n import t
from memory.people.errors import PeopleError
from memory.store.store import Store
from memory.types.core import Person, Span
from memory.types.deletion import DeletionRequest
from memory.types.paths import shown

Kind: TypeAlias = Literal["span", "day", "recording", "person", "place"]


class BadRequest(Refusal):
    """It names nothing that can be forgotten; the text says what to do."""


@dataclass(frozen=True, slots=True)
class ForgetRequest:
    """What is to be forgotten.

    ``recording`` keeps a span to one recording (and the other parts of its take), by its id or the
    name of its file; empty: whatever was recorded then. ``moments`` is about a person: not only who
    they are, but every moment with them. ``originals`` is whether files outside the home are cut or
    deleted, too.
    """

    kind: Kind
    start: float | None = None
    end: float | None = None
    day: date | None = None
    name: str = ""
    moments: bool = False
    originals: bool = False
    recording: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """A person whose name and prints go, while the moments with them stay."""

    person: Person
    mentions: int


def check_typed(*names: str) -> None:
    """Raises BadRequest for names that nobody can type, and that SQL cannot look for."""
    text = "".join(names)
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise BadRequest(t("There is nothing of this name."))


def resolve(store: Store, timezone: str, request: ForgetRequest) -> DeletionRequest | Identity:
    """What that is in this home.

    Raises:
        BadRequest: there is no such thing; the text says so.
    """
    if request.kind == "span":
        if request.start is None or request.end is None or request.start >= request.end:
            raise BadRequest(t("The time must begin before it ends."))
        span = Span(request.start, request.end)
        if not request.recording:
            return DeletionRequest(span=span)
        recording_id = _recording(store, request.recording)
        return DeletionRequest(span, recording_id, others=_of_its_take(store, recording_id))
    if request.kind == "day":
        if request.day is None or not 1900 <= request.day.year <= 2200:
            raise BadRequest(t("Choose a day."))
        return DeletionRequest(span=day_span(request.day, timezone))
    if not request.name.strip():
        raise BadRequest(t("Say what is to be forgotten."))
    if request.kind == "recording":
        return DeletionRequest(recording_id=_recording(store, request.name))
    if request.kind == "place":
        return DeletionRequest(place=request.name)
    return _person(store, request)


def _recording(store: Store, name: str) -> str:
    """The recording with this id, or the only one whose file is called so."""
    recordings = store.recordings.all()
    if any(recording.id == name for recording in recordings):
        return name
    named = [
        recording.id
        for recording in recordings
        if shown(name) in (shown(recording.path), recording.name)
    ]
    if len(named) != 1:
        raise BadRequest(
            t("There is no recording called {name}.", name=name)
            if not named
            else t("Several recordings are called {name}; use the id.", name=name)
        )
    return named[0]


def _of_its_take(store: Store, recording_id: str) -> tuple[str, ...]:
    """The other parts of the take that a recording belongs to."""
    known = store.recordings.get(recording_id)
    if known is None or not known.take:
        return ()
    parts = (recording for recording in store.recordings.all() if recording.take == known.take)
    return tuple(part.id for part in parts if part.id != recording_id)


def _person(store: Store, request: ForgetRequest) -> DeletionRequest | Identity:
    try:
        person = store.people.get(request.name)
    except PeopleError as error:
        raise BadRequest(str(error)) from error
    if request.moments:
        return DeletionRequest(person_id=person.id)
    return Identity(person, store.perceptions.count_mentions(person.name))
