"""JSON for programs: ask, the days, a day, the library. The same values as the command line's."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from app.rendering import Json, answer_json, timeline_json
from app.routes.pages import library_json

if TYPE_CHECKING:
    from app.assistant import Assistant

LONGEST_QUESTION = 2000


class Asked(BaseModel):
    """A question and, optionally, the moment that it is asked at (seconds UTC)."""

    question: Annotated[str, Field(max_length=LONGEST_QUESTION)]
    at: float | None = None
    explain: bool = False


def api_router(assistant: Assistant) -> APIRouter:
    """``/api/ask``, ``/api/days``, ``/api/timeline/{day}``, ``/api/library``."""
    router = APIRouter(prefix="/api")

    @router.post("/ask")
    def ask(asked: Asked) -> Json:
        if not asked.question.strip():
            raise HTTPException(422, "The question is empty.")
        if asked.at is not None and not math.isfinite(asked.at):
            raise HTTPException(422, "'at' is not a moment in time.")
        answer = assistant.ask(asked.question, at=asked.at)
        return answer_json(answer, assistant.store, explain=asked.explain)

    @router.get("/days")
    def days() -> list[str]:
        return [day.isoformat() for day in assistant.days()]

    @router.get("/timeline/{day}")
    def timeline(day: date) -> Json:
        return timeline_json(assistant.timeline(day))

    @router.get("/library")
    def library() -> Json:
        return library_json(assistant)

    return router
