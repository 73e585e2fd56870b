"""``/api/compare``: two settings answer one question as A and B; a vote tells which was which."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from app.api_models.ask import AnswerReply
from app.api_models.compare import (
    ComparedReply,
    CompareHomeReply,
    ComparisonReply,
    VotedReply,
    WinRateReply,
)
from app.ask.comparisons import ComparedAnswer, Comparison, ComparisonService, Vote
from app.ask.service import TooMany
from app.ask.setting_answers import other_settings, own_setting
from app.ask.stream import whole
from app.auth.request_context import owns_the_computer
from app.presentation.i18n import t
from app.presentation.rendering import answer_json
from app.routes.questions.asked import Words
from egogpt.runtime.cancellation import Cancelled, signal

if TYPE_CHECKING:
    from app.assistant import Assistant

SettingName = Annotated[str, Field(max_length=500)]


class CompareIn(BaseModel):
    """A question and two settings; empty: the home's own, and the first other one."""

    question: Words
    a: SettingName = ""
    b: SettingName = ""


class VoteIn(BaseModel):
    """Which of a comparison's answers is better."""

    id: Annotated[str, Field(max_length=40)]
    vote: Vote


class UseIn(BaseModel):
    """The setting that the home answers by from the next start on."""

    setting: SettingName


def comparing_router(assistant: Assistant) -> APIRouter:
    """``/api/compare``, ``…/vote`` and ``…/use``."""
    router = APIRouter(prefix="/api/compare", tags=["ask"])
    service = ComparisonService(assistant)

    @router.get("")
    def home() -> CompareHomeReply:
        return _home(assistant, service)

    @router.post("")
    async def compare(asked: CompareIn, request: Request) -> ComparisonReply:
        pair = service.pair(asked.a, asked.b)

        def work() -> Comparison:
            over = signal()
            assert over is not None
            return service.compare(asked.question, pair, lambda _: None, over)

        try:
            return _reply(assistant, await whole(request, work))
        except TooMany as error:
            words = t("Too many questions are waiting. Try again in a moment.")
            raise HTTPException(429, words) from error
        except Cancelled as error:  # nobody reads it
            raise HTTPException(499, "The question was left before it was answered.") from error

    @router.post("/vote")
    def vote(voted: VoteIn) -> VotedReply:
        comparison, is_stored = service.vote(voted.id, voted.vote)
        a, b = (one.setting.name for one in comparison.answers)
        return VotedReply(a=a, b=b, stored=is_stored)

    @router.post("/use")
    def use(chosen: UseIn, request: Request) -> CompareHomeReply:
        service.use(chosen.setting, owner=owns_the_computer(request))
        return _home(assistant, service)

    return router


def _home(assistant: Assistant, service: ComparisonService) -> CompareHomeReply:
    others = [one.name for one in other_settings(assistant)]
    rates = [WinRateReply(**asdict(one)) for one in service.rates()]
    return CompareHomeReply(own=own_setting(assistant).name, others=others, rates=rates)


def _reply(assistant: Assistant, comparison: Comparison) -> ComparisonReply:
    is_open = comparison.is_votable

    def side(compared: ComparedAnswer) -> ComparedReply:
        answer = compared.answer
        reply = answer and answer_json(answer, assistant.store, assistant.timezone)
        return ComparedReply(
            answer=AnswerReply(**reply) if reply else None,
            trouble=compared.trouble,
            setting="" if is_open else compared.setting.name,
        )

    a, b = map(side, comparison.answers)
    return ComparisonReply(id=comparison.id if is_open else "", a=a, b=b)
