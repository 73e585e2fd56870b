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
    NameReply,
    PreviewReply,
    PrivacyReply,
    ProofReply,
    RulesReply,
)
from app.auth.request_context import owns_the_computer
from app.core.outgoing import outgoing_log
from app.http.cache_headers import EMPTIES_CACHE
from app.people.service import desk
from app.presentation.i18n import t
from app.presentation.rendering import local_time
from app.privacy.connections import connection_lines
from app.privacy.retention import LONGEST, RULES
from app.privacy.selection import BadRequest, ForgetRequest, Identity, Kind, resolve
from app.privacy.service import Changed
from app.privacy.text import (
    due_json,
    due_lines,
    forgot_json,
    gone_json,
    gone_lines,
    identity_lines,
    length,
    loss_json,
    preview_lines,
    result_lines,
)
from app.routes.system.api import Moment
from memory.types.deletion import DeletionRequest
from memory.types.timezones import zone

if TYPE_CHECKING:
    from app.assistant import Assistant

MOST_NAMES = 500  # that the page offers to choose from
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
        return _overview(assistant)

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
        target = _resolved(assistant, chosen)
        if isinstance(target, Identity):
            return PreviewReply(lines=identity_lines(target), clips=0, nothing=False)
        loss = privacy.preview(target, originals=chosen.originals)
        return LossReply(
            **loss_json(loss),
            lines=preview_lines(loss, assistant.timezone),
            nothing=not loss.parts,
            time=length(loss.seconds),
        )

    @router.post("/forget", dependencies=EMPTIES_CACHE)
    def forget(chosen: Confirmed) -> DeletionReply | ForgottenReply:
        target = _resolved(assistant, chosen)
        if isinstance(target, Identity):
            return _forget_identity(assistant, target)
        try:
            done = privacy.forget(target, originals=chosen.originals, clips=chosen.clips)
        except Changed as error:
            raise HTTPException(
                409, t("What would go has changed meanwhile. Look again.")
            ) from error
        return DeletionReply(**forgot_json(done), lines=result_lines(done), failed=done.failed)

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
        return [
            AuditEntryReply(
                at=deed.at,
                when=f"{local_time(deed.at, assistant.timezone):%Y-%m-%d %H:%M}",
                who=deed.who,
                what=deed.what,
                detail=deed.detail,
            )
            for deed in assistant.store.audit.newest(limit, before)
        ]


def _overview(assistant: Assistant) -> PrivacyReply:
    """What the page shows before anything is chosen."""
    privacy = assistant.privacy
    return PrivacyReply(
        paused=assistant.queue.paused,
        doing=privacy.doing,
        bystanders=privacy.bystanders_go,
        timezone=assistant.timezone,
        days=[day.isoformat() for day in assistant.days()],
        places=privacy.places(),
        people=[person.name for person in assistant.store.people.known() if person.name][
            :MOST_NAMES
        ],
        recordings=[
            NameReply(id=recording.id, name=recording.name)
            for recording in reversed(assistant.store.recordings.all()[-MOST_NAMES:])
        ],
        rules=privacy.retention.rules(),
        about={name: _rule_words(name) for name in RULES},
        due=due_lines(privacy.retention.due()) if privacy.retention.rules() else [],
    )


def _resolved(assistant: Assistant, chosen: ForgetSelectionIn) -> DeletionRequest | Identity:
    names = chosen.name + chosen.recording
    if "\0" in names or any(0xD800 <= ord(c) < 0xE000 for c in names):
        raise HTTPException(422, t("There is nothing of this name."))
    start, end = chosen.start, chosen.end
    try:
        if chosen.kind == "span" and chosen.begins and chosen.ends:
            clock = zone(assistant.timezone)
            start, end = (
                datetime.fromisoformat(text).replace(tzinfo=clock).timestamp()
                for text in (chosen.begins, chosen.ends)
            )
        request = ForgetRequest(
            chosen.kind,
            start,
            end,
            chosen.day,
            chosen.name,
            chosen.moments,
            chosen.originals,
            chosen.recording,
        )
        return resolve(assistant.store, assistant.timezone, request)
    except BadRequest as error:
        raise HTTPException(422, str(error)) from error
    except (ValueError, OverflowError) as error:
        raise HTTPException(422, t("That is no time; choose a day and hours.")) from error


def _forget_identity(assistant: Assistant, who: Identity) -> ForgottenReply:
    at = desk(assistant.store, assistant.brains)
    result = assistant.privacy.forget_identity(at, who.person.id)
    proof = assistant.privacy.proof()
    lines = [result.what, *gone_lines(proof)]
    return ForgottenReply(lines=lines, clean=proof.clean, failed=False)


def _rule_words(name: str) -> str:
    return {
        "originals_days": t(
            "Delete recordings' files after so many days; what was seen and said stays"
        ),
        "details_days": t("Keep only summaries after so many days"),
        "all_days": t("Forget everything after so many days"),
    }[name]
