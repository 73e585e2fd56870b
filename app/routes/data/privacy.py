"""``/api/privacy/…``: see what would be forgotten, forget it, rules, the log, and the proof."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field

from app.api_models.privacy import (
    AuditEntryReply,
    BystandersReply,
    ConnectionsReply,
    DeletionReply,
    DueReply,
    ForgottenReply,
    LossReply,
    PreviewReply,
    PrivacyReply,
    ProofReply,
    RulesReply,
)
from app.auth.request_context import owns_the_computer
from app.core.outgoing import outgoing_log
from app.http.cache_headers import EMPTIES_CACHE
from app.presentation.i18n import t
from app.privacy.connections import connection_lines
from app.privacy.retention import LONGEST
from app.privacy.selection import BadRequest, ForgetRequest, Kind, check_typed
from app.privacy.text import due_json, due_lines, gone_json, gone_lines
from app.routes.system.api import Moment
from app.views import privacy_view
from memory.types.timezones import zone

if TYPE_CHECKING:
    from app.assistant import Assistant

Words = Annotated[str, Field(max_length=1000)]


class ForgetSelectionIn(BaseModel):
    """What is to be forgotten.

    A span is given in seconds UTC (``start``, ``end``) or on the home's wall clock (``begins``,
    ``ends``: "2026-03-01T18:00"); ``recording``, an id, keeps it to one recording. ``name`` is a
    recording's id, a person's name or number, or a place.
    """

    kind: Kind
    start: Moment | None = None
    end: Moment | None = None
    begins: Annotated[str, Field(max_length=40)] = ""
    ends: Annotated[str, Field(max_length=40)] = ""
    day: date | None = None
    name: Words = ""
    moments: bool = False
    originals: bool = False
    recording: Words = ""


class Confirmed(ForgetSelectionIn):
    """The same, with how many clips the owner saw would go."""

    clips: Annotated[int, Field(ge=0, le=10**9)]


class Rules(BaseModel):
    """Days for each rule; null or 0: no such rule."""

    originals_days: Annotated[int, Field(ge=0, le=LONGEST)] | None = None
    details_days: Annotated[int, Field(ge=0, le=LONGEST)] | None = None
    all_days: Annotated[int, Field(ge=0, le=LONGEST)] | None = None


class BystandersIn(BaseModel):
    """Whether people without a name are to stay unknown."""

    forget: bool


class ProofIn(BaseModel):
    """Words to look for in every byte of the home; empty: only check rows and files."""

    phrase: Words = ""


def privacy_router(assistant: Assistant) -> APIRouter:
    """The routes of one home."""
    router = APIRouter(prefix="/api/privacy", tags=["privacy"])

    @router.get("")
    def overview() -> PrivacyReply:
        return privacy_view.overview(assistant)

    @router.get("/connections")
    def connections(request: Request) -> ConnectionsReply:
        """What the process of this server has connected to since its start."""
        if not owns_the_computer(request):
            words = t("What this computer connects to is shown to whoever runs it.")
            raise HTTPException(403, words)
        summary, *lines = connection_lines(outgoing_log(), assistant.timezone)
        return ConnectionsReply(summary=summary, lines=lines)

    _add_forgetting(router, assistant)
    _add_rules(router, assistant)
    _add_log(router, assistant)
    return router


def _add_forgetting(router: APIRouter, assistant: Assistant) -> None:
    privacy = assistant.privacy

    @router.post("/preview")
    def preview(chosen: ForgetSelectionIn) -> LossReply | PreviewReply:
        return privacy_view.preview(assistant, _request(chosen, assistant.timezone))

    @router.post("/forget", dependencies=EMPTIES_CACHE)
    def forget(chosen: Confirmed) -> DeletionReply | ForgottenReply:
        request = _request(chosen, assistant.timezone)
        return privacy_view.forget(assistant, request, chosen.clips)

    @router.post("/bystanders", dependencies=EMPTIES_CACHE)
    def bystanders(choice: BystandersIn) -> BystandersReply:
        """Whether faces and voices of people without a name are let go; those there are go now."""
        count = privacy.let_bystanders_go(choice.forget)
        return BystandersReply(forget=privacy.bystanders_go, prints=count)

    @router.post("/proof")
    def proof(what: ProofIn) -> ProofReply:
        proof = privacy.proof(what.phrase)
        return ProofReply(**gone_json(proof), lines=gone_lines(proof))


def _add_rules(router: APIRouter, assistant: Assistant) -> None:
    retention = assistant.privacy.retention

    @router.post("/rules")
    def rules(chosen: Rules) -> RulesReply:
        saved_rules = retention.choose(chosen.model_dump(exclude_unset=True))
        due = retention.due()
        return RulesReply(rules=saved_rules, due=DueReply(**due_json(due)), lines=due_lines(due))


def _add_log(router: APIRouter, assistant: Assistant) -> None:
    @router.get("/log")
    def log(
        before: Annotated[float | None, Query(ge=-1e10, le=1e11)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> list[AuditEntryReply]:
        return privacy_view.deeds(assistant, limit, before)


def _request(chosen: ForgetSelectionIn, timezone: str) -> ForgetRequest:
    check_typed(chosen.name, chosen.recording)
    start, end = chosen.start, chosen.end
    if chosen.kind == "span" and chosen.begins and chosen.ends:
        try:
            start, end = (
                datetime.fromisoformat(text).replace(tzinfo=zone(timezone)).timestamp()
                for text in (chosen.begins, chosen.ends)
            )
        except (ValueError, OverflowError) as error:
            raise BadRequest(t("That is no time; choose a day and hours.")) from error
    return ForgetRequest(
        chosen.kind,
        start,
        end,
        chosen.day,
        chosen.name,
        chosen.moments,
        chosen.originals,
        chosen.recording,
    )
