"""JSON for programs: ask, the days, a day, the library. The same values as the command line's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field

from app.across.service import AcrossService
from app.api_models.ask import AnswerReply
from app.api_models.library import LibraryReply
from app.ask.stream import whole
from app.auth.accounts import Accounts
from app.auth.errors import AuthRefused
from app.core.view_models import DayTimeline
from app.presentation.i18n import t
from app.presentation.rendering import answer_json
from app.routes.access.visits import Visits
from app.routes.system.pages import library_json
from egogpt.runtime.cancellation import Cancelled
from memory.types.core import Citation, Span, Turn

if TYPE_CHECKING:
    from app.assistant import Assistant

LONGEST_QUESTION = 2000


# Seconds UTC of about 1653 and 5138: beyond them calendars run out of years.
EARLIEST, LATEST = -1e10, 1e11


MOST_CHOICES = 26
Choice = Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]


MOST_EARLIER, MOST_PEOPLE, MOST_CITED, MOST_HOMES = 20, 50, 200, 50
Id = Annotated[str, Field(min_length=1, max_length=300)]
Name = Annotated[str, Field(max_length=200)]
Moment = Annotated[float, Field(ge=EARLIEST, le=LATEST)]


class Earlier(BaseModel):
    """A turn of the conversation before: the ``turn`` of its answer, as it was given."""

    question: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]
    at: Moment
    moment: tuple[Moment, Moment] | None = None
    people: Annotated[list[Name], Field(max_length=MOST_PEOPLE)] = []
    citations: Annotated[list[tuple[Id, Moment, Moment]], Field(max_length=MOST_CITED)] = []

    def turn(self) -> Turn:
        """The turn as a value; a moment that ends before it begins is none."""
        moment = self.moment if self.moment and self.moment[0] <= self.moment[1] else None
        cited = (
            Citation(recording, Span(start, max(start, end)), "")
            for recording, start, end in self.citations
        )
        span = moment and Span(*moment)
        return Turn(self.question, self.at, span, tuple(self.people), tuple(cited))


class QuestionIn(BaseModel):
    """A question and, optionally, the moment that it is asked at (seconds UTC), the answers to
    choose from, and the turns of the conversation before it, the latest last. ``deeper`` searches
    in rounds of sub-questions; ``across`` names others whose memories are asked, too: those who let
    you."""

    question: Annotated[str, Field(max_length=LONGEST_QUESTION)]
    at: float | None = None
    choices: Annotated[list[Choice], Field(min_length=2, max_length=MOST_CHOICES)] | None = None
    earlier: Annotated[list[Earlier], Field(max_length=MOST_EARLIER)] = []
    explain: bool = False
    deeper: bool = False
    across: Annotated[list[Name], Field(max_length=MOST_HOMES)] = []


def api_router(assistant: Assistant) -> APIRouter:
    """``/api/ask``, ``/api/days``, ``/api/timeline/{day}``, ``/api/library``."""
    router, visits = APIRouter(prefix="/api"), Visits(assistant)

    @router.post("/ask", tags=["ask"], response_model_exclude_unset=True)
    async def ask(asked: QuestionIn, request: Request) -> AnswerReply:
        """Answers a question from what was recorded before ``at``, with citations.

        Where nothing shows it, ``abstained`` is true and the answer says so. A question may point
        back ("And on Monday?") where ``earlier`` holds the ``turn`` of the answers before it.
        """
        if not asked.question.strip():
            raise HTTPException(422, "The question is empty.")
        if asked.at is not None and not EARLIEST <= asked.at <= LATEST:
            raise HTTPException(422, t("'at' is not a moment in time."))
        if asked.across and asked.deeper:
            raise HTTPException(422, t("Deeper searches your own memories only."))
        earlier = [previous.turn() for previous in asked.earlier]

        def answered() -> AnswerReply:
            if asked.across:
                return _across(assistant, visits.of(request).accounts, asked, earlier)
            answer = assistant.ask(
                asked.question,
                at=asked.at,
                choices=asked.choices,
                earlier=earlier,
                deeper=asked.deeper,
            )
            store, explain = assistant.store, asked.explain
            return AnswerReply(**answer_json(answer, store, assistant.timezone, explain=explain))

        try:
            return await whole(request, answered)
        except AuthRefused as error:
            raise HTTPException(403, str(error)) from error
        except Cancelled as error:  # nobody reads it
            raise HTTPException(499, "The question was left before it was answered.") from error

    @router.get("/days", tags=["timeline"])
    def days() -> list[str]:
        """The days on which something was recorded, oldest first, as ISO 8601."""
        return [day.isoformat() for day in assistant.days()]

    @router.get("/timeline/{day}", tags=["timeline"])
    def timeline(day: date) -> DayTimeline:
        """A day as hours and moments; a day without recordings has no hours."""
        return assistant.timeline(day)

    @router.get("/library", tags=["library"], response_model_exclude_unset=True)
    def library(
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
    ) -> LibraryReply:
        """Files on their way, then recordings, newest first, each with how far it is."""
        return library_json(assistant, offset, limit)

    return router


def _across(
    assistant: Assistant, accounts: Accounts, asked: QuestionIn, earlier: Sequence[Turn]
) -> AnswerReply:
    found = AcrossService(assistant, accounts).ask(
        asked.across, asked.question, at=asked.at, choices=asked.choices, earlier=earlier
    )
    told = answer_json(
        found.answer,
        assistant.store,
        assistant.timezone,
        explain=asked.explain,
        others=found.recordings,
    )
    return AnswerReply(**told, unreached=list(found.unreached))
