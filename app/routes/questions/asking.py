"""``/api/ask/…``: answers that stream, conversations, and what answers rest on put right.

An answer is lines of JSON (``application/x-ndjson``), each with a ``kind``: ``asked``
(``conversation``: in which the question is kept), ``waiting``, ``evidence`` (``cards``: the moments
that come closest, before any model runs), ``reading`` (``done`` and ``of``), ``piece`` (``text``),
``answer`` (everything) or ``error``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from app.across.told import told_again
from app.api_models.ask import (
    AskHomeReply,
    ConversationReply,
    ConversationTurnReply,
    CorrectableReply,
    CorrectionReply,
    UndoneReply,
    VerdictReply,
)
from app.api_models.base import EmptyReply
from app.ask.conversations import ConversationService
from app.ask.corrections import CorrectionService
from app.ask.service import AskService, Tell, TooMany
from app.ask.stream import Over, lines
from app.http.openapi import file_reply
from app.models.voice import VoiceTranscriber
from app.presentation.i18n import t
from app.presentation.parse_time import parse_moment
from app.routes.access.visits import Visits
from app.routes.questions.asked import (
    ConversationId,
    ConversationIn,
    Id,
    Judgement,
    PageQuestion,
    PersonCorrectionIn,
    Place,
    Rewording,
    ScopeIn,
    Undone,
    VerdictReset,
)
from app.routes.system.api import Moment
from memory.types.core import Scope

if TYPE_CHECKING:
    from app.assistant import Assistant


def asking_router(assistant: Assistant) -> APIRouter:
    """The routes of the Ask page."""
    router = APIRouter(prefix="/api/ask", tags=["ask"])
    desk, corrections, ear = (
        AskService(assistant),
        CorrectionService(assistant),
        VoiceTranscriber(assistant.brains),
    )

    @router.get("/home")
    def home() -> AskHomeReply:
        return AskHomeReply(**desk.home(), voice=ear.trouble)

    _add_answers(router, desk, assistant)
    _add_conversations(router, ConversationService(assistant), assistant)
    _add_verdicts(router, corrections)
    _add_corrections(router, corrections)
    return router


def _add_answers(router: APIRouter, desk: AskService, assistant: Assistant) -> None:
    @router.post(
        "/stream", response_class=StreamingResponse, responses=file_reply("application/x-ndjson")
    )
    async def stream(asked: PageQuestion, request: Request) -> StreamingResponse:
        question = asked.question.strip()
        if not question:
            raise HTTPException(422, t("The question is empty."))
        scope = await run_in_threadpool(_scope, desk, asked.scope, assistant.timezone)
        earlier = [previous.turn() for previous in asked.earlier]

        def work(tell: Tell, over: Over) -> None:
            try:
                desk.answer(question, scope, earlier, tell, over, asked.conversation, asked.deeper)
            except TooMany:
                words = t("Too many questions are waiting. Try again in a moment.")
                tell({"kind": "error", "message": words})

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        kind = "application/x-ndjson"
        return StreamingResponse(lines(request, work), media_type=kind, headers=headers)


def _add_conversations(
    router: APIRouter, conversations: ConversationService, assistant: Assistant
) -> None:
    visits = Visits(assistant)

    @router.get("/conversations")
    def listed() -> list[ConversationReply]:
        return [ConversationReply(**one) for one in conversations.listed()]

    @router.get("/conversations/{conversation_id}")
    def turns(conversation_id: ConversationId, request: Request) -> list[ConversationTurnReply]:
        accounts, kept = visits.of(request).accounts, conversations.turns(conversation_id)
        return [
            ConversationTurnReply(
                question=one["question"],
                answer=told_again(one["answer"], accounts, assistant.home),
            )
            for one in kept
        ]

    @router.post("/conversations/delete")
    def delete(body: ConversationIn) -> EmptyReply:
        conversations.delete(body.conversation)
        return EmptyReply()


def _add_verdicts(router: APIRouter, corrections: CorrectionService) -> None:
    @router.post("/verdict")
    def verdict(judgement: Judgement) -> VerdictReply:
        corrections.judge(judgement.question, judgement.recording, judgement.span(), judgement.good)
        return VerdictReply(good=judgement.good)

    @router.post("/forgive")
    def forgive(verdict_reset: VerdictReset) -> EmptyReply:
        corrections.forgive(verdict_reset.question)
        return EmptyReply()


def _add_corrections(router: APIRouter, corrections: CorrectionService) -> None:
    @router.get("/moment")
    def moment(recording: Id, start: Moment, end: Moment) -> CorrectableReply:
        place = Place(recording=recording, start=start, end=end)
        return CorrectableReply(**corrections.moment(recording, place.span()))

    @router.post("/person")
    def person(correction: PersonCorrectionIn) -> CorrectionReply:
        done = corrections.another_person(
            correction.recording, correction.span(), correction.who, correction.to
        )
        return CorrectionReply(what=done.what, undo=done.undo)

    @router.post("/words")
    def words(rewording: Rewording) -> CorrectionReply:
        done = corrections.reword(rewording.clip, rewording.number, rewording.text)
        return CorrectionReply(what=done.what, undo=done.undo)

    @router.post("/undo")
    def undo(body: Undone) -> UndoneReply:
        return UndoneReply(what=corrections.undo(body.undo).what)


def _scope(desk: AskService, scope: ScopeIn, timezone: str) -> Scope:
    begin, end = (
        parse_moment(text, timezone).timestamp() if text.strip() else None
        for text in (scope.begin, scope.end)
    )
    return desk.scope(scope.people, scope.places, scope.devices, begin, end)
