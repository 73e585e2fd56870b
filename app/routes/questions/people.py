"""``/api/people``: who was met, samples of them, and what the owner says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.api_models.people import PeopleChangeReply, PeopleReply, PersonReply, SuggestedPairReply
from app.http.cache_headers import EMPTIES_CACHE
from app.http.openapi import file_reply
from app.people.changes import PeopleChanges
from app.people.samples import Samples
from app.people.service import PeopleResult, desk
from app.presentation.i18n import t
from app.search.service import SearchService
from app.views.people_view import PeopleView

if TYPE_CHECKING:
    from app.assistant import Assistant

_T = TypeVar("_T")
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
    people = desk(assistant.store, assistant.brains)
    view = PeopleView(assistant, people, SearchService(assistant.store, assistant.brains))
    samples = Samples(assistant.store)
    _add_reading(router, view, samples)
    _add_changing(router, PeopleChanges(assistant.store, people), view)
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
        return view.person(person_id)

    @router.get(
        "/faces/{print_id}.jpg", response_class=Response, responses=file_reply("image/jpeg")
    )
    def face(print_id: Number) -> Response:
        face = samples.face(print_id)
        if face is None:
            raise HTTPException(404, t("There is no such picture."))
        return Response(face, media_type="image/jpeg", headers=_CACHED)

    @router.get(
        "/voices/{print_id}.wav", response_class=Response, responses=file_reply("audio/wav")
    )
    def voice(print_id: Number) -> Response:
        voice = samples.voice(print_id)
        if voice is None:
            raise HTTPException(404, t("The recording of this voice is not here."))
        return Response(voice, media_type="audio/wav", headers=_CACHED)


def _add_changing(router: APIRouter, changes: PeopleChanges, view: PeopleView) -> None:
    def reply(result: PeopleResult) -> PeopleChangeReply:
        person = None if result.person is None else view.card(result.person)
        return PeopleChangeReply(person=person, captions=result.captions)

    @router.post("/name")
    def name(body: Named) -> PeopleChangeReply:
        return reply(changes.name(body.person, body.name))

    @router.post("/merge")
    def merge(body: Merged) -> PeopleChangeReply:
        return reply(changes.merge(body.into, body.others))

    @router.post("/split")
    def split(body: Split) -> PeopleChangeReply:
        return reply(changes.split(body.person, [int(one) for one in body.prints]))

    @router.post("/apart")
    def apart(pair: Pair) -> PeopleChangeReply:
        return reply(changes.apart(pair.one, pair.two))

    @router.post("/me")
    def me(body: Me) -> PeopleChangeReply:
        return reply(changes.me(body.person, body.me))

    @router.post("/undo")
    def undo() -> PeopleChangeReply:
        return reply(changes.undo())

    @router.post("/forget", dependencies=EMPTIES_CACHE)
    def forget(body: Forgotten) -> PeopleChangeReply:
        if not body.sure:
            message = t("Forgetting a person cannot be undone. Say that you are sure.")
            raise HTTPException(422, message)
        return reply(changes.forget(body.person))
