"""``/api/ask/…``: answers that stream, what they rest on put right, and questions that are spoken.

An answer is lines of JSON (``application/x-ndjson``), each with a ``kind``: ``waiting``,
``reading`` (``done`` and ``of``), ``piece`` (``text``), ``answer`` (everything) or ``error``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, BeforeValidator, Field

from app.ask.corrections import CannotCorrect, CorrectionDesk
from app.ask.desk import AskDesk, Tell, TooMany
from app.ask.stream import lines
from app.ask.voice import MOST_BYTES, Ear, NotHeard
from app.commands.words import parse_moment
from app.language import t
from app.rendering import Json
from app.routes.api import LONGEST_QUESTION, MOST_EARLIER, Earlier, Moment
from memory.people_errors import PeopleError
from memory.rewording import LONGEST as LONGEST_SENTENCE
from memory.types import Scope, Span

if TYPE_CHECKING:
    from app.assistant import Assistant

MOST_CHOSEN = 20
WALL_CLOCK = r"^(\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?)?$"


def _sound(text: object) -> object:
    """Text without what no file can hold: NUL, halves of surrogate pairs."""
    if not isinstance(text, str):
        return text
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


Text = Annotated[str, BeforeValidator(_sound)]
Words = Annotated[Text, Field(max_length=LONGEST_QUESTION)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
Chosen = Annotated[list[Name], Field(max_length=MOST_CHOSEN)]
Id = Annotated[Text, Field(min_length=1, max_length=300)]


class Kept(BaseModel):
    """What a question is kept to. ``begin`` and ``end`` are wall-clock times: 2026-03-16T18:00."""

    people: Chosen = []
    places: Chosen = []
    devices: Chosen = []
    begin: Annotated[str, Field(pattern=WALL_CLOCK)] = ""
    end: Annotated[str, Field(pattern=WALL_CLOCK)] = ""


class PageQuestion(BaseModel):
    """A question of the page, what it is kept to, and the turns before it, the latest last."""

    question: Words
    scope: Kept = Kept()
    earlier: Annotated[list[Earlier], Field(max_length=MOST_EARLIER)] = []


class Place(BaseModel):
    """A moment of a recording, in seconds UTC."""

    recording: Id
    start: Moment
    end: Moment

    def span(self) -> Span:
        """The moment; one that ends before it begins is of no length."""
        return Span(self.start, max(self.start, self.end))


class Judgement(Place):
    """Whether a moment is the answer to a question; null takes it back."""

    question: Annotated[Words, Field(min_length=1)]
    good: bool | None


class Forgiven(BaseModel):
    """A question whose verdicts are all taken back."""

    question: Annotated[Words, Field(min_length=1)]


class Mistaken(Place):
    """Who was taken for whom: ``who`` is said to be there, ``to`` was."""

    who: Name
    to: Annotated[Text, Field(min_length=1, max_length=60)]


class Rewording(BaseModel):
    """What the n-th sentence of a clip says in truth."""

    clip: Id
    number: Annotated[int, Field(ge=0, le=10_000)]
    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_SENTENCE)]


class Undone(BaseModel):
    """The word that a correction came with."""

    undo: Annotated[str, Field(max_length=4000, pattern=r"^(people|words):[\d:,]*$")]


def asking_router(assistant: Assistant) -> APIRouter:
    """The routes of the Ask page."""
    router = APIRouter(prefix="/api/ask")
    desk, corrections = AskDesk(assistant), CorrectionDesk(assistant)
    ear = Ear(assistant.brains)

    @router.get("/home")
    def home() -> Json:
        return desk.home() | {"voice": ear.trouble}

    @router.post("/stream")
    async def stream(asked: PageQuestion, request: Request) -> StreamingResponse:
        question = asked.question.strip()
        if not question:
            raise HTTPException(422, t("The question is empty."))
        scope = await run_in_threadpool(_scope, desk, asked.scope, assistant.timezone)
        earlier = [one.turn() for one in asked.earlier]

        def work(tell: Tell, over: threading.Event) -> None:
            try:
                desk.answer(question, scope, earlier, tell, over)
            except TooMany:
                words = t("Too many questions are waiting. Try again in a moment.")
                tell({"kind": "error", "message": words})

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        kind = "application/x-ndjson"
        return StreamingResponse(lines(request, work), media_type=kind, headers=headers)

    @router.get("/pending")
    def pending(start: Moment | None = None, end: Moment | None = None) -> Json:
        whole = start is None or end is None or end < start
        return {"pending": desk.pending(None if whole else Span(start or 0.0, end or 0.0))}

    @router.post("/verdict")
    def verdict(said: Judgement) -> Json:
        with _told():
            corrections.judge(said.question, said.recording, said.span(), said.good)
        return {"good": said.good}

    @router.post("/forgive")
    def forgive(said: Forgiven) -> Json:
        corrections.forgive(said.question)
        return {}

    @router.get("/moment")
    def moment(recording: Id, start: Moment, end: Moment) -> Json:
        place = Place(recording=recording, start=start, end=end)
        with _told():
            return corrections.moment(recording, place.span())

    @router.post("/person")
    def person(said: Mistaken) -> Json:
        with _told():
            done = corrections.another_person(said.recording, said.span(), said.who, said.to)
        return {"what": done.what, "undo": done.undo}

    @router.post("/words")
    def words(said: Rewording) -> Json:
        with _told():
            done = corrections.reword(said.clip, said.number, said.text)
        return {"what": done.what, "undo": done.undo}

    @router.post("/undo")
    def undo(said: Undone) -> Json:
        with _told():
            return {"what": corrections.undo(said.undo).what}

    @router.post("/voice")
    async def voice(request: Request) -> Json:
        data = await _body(request)
        try:
            return {"text": await run_in_threadpool(ear.words, data)}
        except NotHeard as error:
            raise HTTPException(422, str(error)) from error

    return router


@contextmanager
def _told() -> Iterator[None]:
    """Turns what cannot be corrected into a sentence for the person."""
    try:
        yield
    except (CannotCorrect, PeopleError) as error:
        words = str(error)
        raise HTTPException(409, words[:1].upper() + words[1:]) from error


def _scope(desk: AskDesk, kept: Kept, timezone: str) -> Scope:
    try:
        begin, end = (
            parse_moment(text, timezone).timestamp() if text.strip() else None
            for text in (kept.begin, kept.end)
        )
        return desk.scope(kept.people, kept.places, kept.devices, begin, end)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


async def _body(request: Request) -> bytes:
    """The recording, in memory; never more of it than is allowed."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > MOST_BYTES:
            raise HTTPException(413, t("A spoken question may be 30 seconds long at most."))
    return bytes(data)
