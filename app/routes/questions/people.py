"""``/api/people``: who was met, samples of them, and what the owner says of them.

What is done is entered in the log of deeds; who it was done to is not.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.api_models.people import PeopleChangeReply, PeopleReply, PersonReply, SuggestedPairReply
from app.core.request_identity import current_user
from app.http.cache_headers import EMPTIES_CACHE
from app.http.openapi import file_reply
from app.people.samples import Samples
from app.people.service import PeopleResult, PeopleService, desk
from app.presentation.i18n import t
from app.search.service import SearchService
from app.views.people_view import PeopleView
from memory.people.errors import BadName, NothingToUndo, PeopleError, SeenTogether, UnknownPerson
from memory.types.errors import StoreError

if TYPE_CHECKING:
    from app.assistant import Assistant

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
Who = Annotated[str, Field(min_length=1, max_length=80)]
PrintId = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
Key = Annotated[str, Path(max_length=80, pattern=r"^[0-9A-Za-z]+$")]
Number = Annotated[int, Path(ge=0, lt=2**63)]
_CACHED = {"Cache-Control": "private, max-age=600", "X-Content-Type-Options": "nosniff"}


class Named(BaseModel):
    """A person and the name that is given."""

    person: Who
    name: Annotated[str, Field(max_length=200)]


class Merged(BaseModel):
    """People who are one person."""

    into: Who
    others: Annotated[list[Who], Field(min_length=1, max_length=50)]


class Split(BaseModel):
    """Samples that are somebody else's."""

    person: Who
    prints: Annotated[list[PrintId], Field(min_length=1, max_length=500)]


class Pair(BaseModel):
    """Two who are not one person."""

    one: Who
    two: Who


class Me(BaseModel):
    """Whether a person wears the camera."""

    person: Who
    me: bool = True


class Forgotten(BaseModel):
    """A person to be forgotten; ``sure`` since it cannot be undone."""

    person: Who
    sure: bool = False


def people_router(assistant: Assistant) -> APIRouter:
    """``/api/people…``."""
    router = APIRouter(prefix="/api/people", tags=["people"])
    at = desk(assistant.store, assistant.brains)
    view = PeopleView(assistant, at, SearchService(assistant.store, assistant.brains))
    samples = Samples(assistant.store)
    _add_reading(router, view, samples)
    _add_changing(router, _Changes(assistant, at, view))
    return router


def _add_reading(router: APIRouter, view: PeopleView, samples: Samples) -> None:
    @router.get("")
    def everybody(
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=60)] = 24,
    ) -> PeopleReply:
        return view.everybody(offset, limit)

    @router.get("/suggestions")
    def suggestions() -> list[SuggestedPairReply]:
        return view.suggestions()

    @router.get("/{person_id}")
    def person(person_id: Key) -> PersonReply:
        return _said(lambda: view.person(person_id))

    @router.get(
        "/faces/{print_id}.jpg",
        response_class=Response,
        responses=file_reply("image/jpeg"),
    )
    def face(print_id: Number) -> Response:
        face = samples.face(print_id)
        if face is None:
            raise HTTPException(404, t("There is no such picture."))
        return Response(face, media_type="image/jpeg", headers=_CACHED)

    @router.get(
        "/voices/{print_id}.wav",
        response_class=Response,
        responses=file_reply("audio/wav"),
    )
    def voice(print_id: Number) -> Response:
        voice = samples.voice(print_id)
        if voice is None:
            raise HTTPException(404, t("The recording of this voice is not here."))
        return Response(voice, media_type="audio/wav", headers=_CACHED)


class _Changes:
    """Makes a change, enters it in the log, and lets the changed captions be embedded."""

    def __init__(self, assistant: Assistant, at: PeopleService, view: PeopleView) -> None:
        self.at, self._view = at, view
        self._audit = assistant.store.audit
        self._settling = threading.Lock()

    def make(self, what: str, change: Callable[[], PeopleResult]) -> PeopleChangeReply:
        """What was changed, as the page reads it. Raises HTTPException with a sentence."""
        result = _said(change)
        self._audit.write(current_user(), "people", what)
        if result.captions:
            threading.Thread(target=self._settle, name="people-vectors", daemon=True).start()
        person = None if result.person is None else self._view.card(result.person)
        return PeopleChangeReply(person=person, captions=result.captions)

    def _settle(self) -> None:
        with self._settling:
            try:
                self.at.flush()
            except (StoreError, OSError, RuntimeError):  # the next ingest gives them theirs
                _log.warning("changed captions have no vectors yet", exc_info=True)


def _add_changing(router: APIRouter, changes: _Changes) -> None:
    at = changes.at

    @router.post("/name")
    def name(body: Named) -> PeopleChangeReply:
        return changes.make("named a person", lambda: at.name_person(body.person, body.name))

    @router.post("/merge")
    def merge(body: Merged) -> PeopleChangeReply:
        return changes.make("merged people", lambda: at.merge_people(body.into, body.others))

    @router.post("/split")
    def split(body: Split) -> PeopleChangeReply:
        prints = [int(print_id) for print_id in body.prints]
        return changes.make("split a person", lambda: at.split_person(body.person, prints))

    @router.post("/apart")
    def apart(pair: Pair) -> PeopleChangeReply:
        return changes.make("told people apart", lambda: at.tell_apart(pair.one, pair.two))

    @router.post("/me")
    def me(body: Me) -> PeopleChangeReply:
        what = "said who wears the camera"
        return changes.make(what, lambda: at.this_is_me(body.person, body.me))

    @router.post("/undo")
    def undo() -> PeopleChangeReply:
        return changes.make("took back a change of people", at.undo_people)

    @router.post("/forget", dependencies=EMPTIES_CACHE)
    def forget(body: Forgotten) -> PeopleChangeReply:
        if not body.sure:
            message = t("Forgetting a person cannot be undone. Say that you are sure.")
            raise HTTPException(422, message)
        return changes.make("forgot a person", lambda: at.forget_person(body.person))


def _said(do: Callable[[], _T]) -> _T:
    """What is done, or an answer of 404 or 409 that says what to do."""
    try:
        return do()
    except UnknownPerson as error:
        message = t("This person is not here any more: merged, forgotten, or never met.")
        raise HTTPException(404, message) from error
    except PeopleError as error:
        raise HTTPException(409, _why_not(error)) from error


def _why_not(error: PeopleError) -> str:
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
