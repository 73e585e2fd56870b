"""Choices, previews, deletions and deeds as the page Privacy and its routes give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.api_models.privacy import (
    AuditEntryReply,
    DeletionReply,
    ForgottenReply,
    LossReply,
    NameReply,
    PreviewReply,
    PrivacyReply,
)
from app.people.service import desk
from app.presentation.i18n import fixed_words, t, translate
from app.presentation.time_text import moment_words, recording_words
from app.privacy.retention import RULES
from app.privacy.selection import ForgetRequest, Identity, resolve
from app.privacy.text import (
    due_lines,
    forgot_json,
    gone_lines,
    identity_lines,
    length,
    loss_json,
    preview_lines,
    result_lines,
)

if TYPE_CHECKING:
    from app.assistant import Assistant

MOST_NAMES = 500  # that the page offers to choose from


@dataclass(frozen=True, slots=True)
class ForgettableNames:
    """What a home offers to be forgotten by name."""

    days: list[str]
    places: list[str]
    people: list[str]
    recordings: list[NameReply]


def forgettable(assistant: Assistant) -> ForgettableNames:
    """Days, places, people with a name, and the newest recordings first."""
    store = assistant.store
    return ForgettableNames(
        days=[day.isoformat() for day in assistant.days()],
        places=assistant.privacy.places(),
        people=[person.name for person in store.people.known() if person.name][:MOST_NAMES],
        recordings=[
            NameReply(id=recording.id, name=recording_words(recording))
            for recording in reversed(store.recordings.all()[-MOST_NAMES:])
        ],
    )


def overview(assistant: Assistant) -> PrivacyReply:
    """What there is to choose from, and what is chosen now."""
    privacy, names = assistant.privacy, forgettable(assistant)
    return PrivacyReply(
        paused=assistant.queue.paused,
        doing=privacy.doing,
        bystanders=privacy.bystanders_go,
        timezone=assistant.timezone,
        days=names.days,
        places=names.places,
        people=names.people,
        recordings=names.recordings,
        rules=privacy.retention.rules(),
        about={name: rule_words(name) for name in RULES},
        due=due_now(assistant),
    )


def due_now(assistant: Assistant) -> list[str]:
    """What the rules are about to remove, a sentence each; nothing where there are none."""
    retention = assistant.privacy.retention
    return due_lines(retention.due()) if retention.rules() else []


def preview(assistant: Assistant, request: ForgetRequest) -> LossReply | PreviewReply:
    """All that would go. Raises BadRequest where nothing is named."""
    target = resolve(assistant.store, assistant.timezone, request)
    if isinstance(target, Identity):
        return PreviewReply(lines=identity_lines(target), clips=0, nothing=False)
    loss = assistant.privacy.preview(target, originals=request.originals)
    return LossReply(
        **loss_json(loss),
        lines=preview_lines(loss, assistant.timezone),
        nothing=not loss.parts,
        time=length(loss.seconds),
    )


def forget(
    assistant: Assistant, request: ForgetRequest, clips: int
) -> DeletionReply | ForgottenReply:
    """Forgets for good, where as many clips go as were looked at.

    Raises:
        BadRequest: nothing is named.
        Changed: another number of clips would go.
    """
    target = resolve(assistant.store, assistant.timezone, request)
    if isinstance(target, Identity):
        people = desk(assistant.store, assistant.brains)
        result = assistant.privacy.forget_identity(people, target.person.id)
        proof = assistant.privacy.proof()
        lines = [result.what, *gone_lines(proof)]
        return ForgottenReply(lines=lines, clean=proof.clean, failed=False)
    done = assistant.privacy.forget(target, originals=request.originals, clips=clips)
    return DeletionReply(**forgot_json(done), lines=result_lines(done), failed=done.failed)


def deeds(assistant: Assistant, limit: int, before: float | None = None) -> list[AuditEntryReply]:
    """What was done, newest first: never what it was about."""
    return [
        AuditEntryReply(
            at=deed.at,
            when=moment_words(deed.at, assistant.timezone),
            who=deed.who,
            what=deed.what,
            detail=fixed_words(translate(deed.detail)),
        )
        for deed in assistant.store.audit.newest(limit, before)
    ]


def rule_words(name: str) -> str:
    """What a rule of retention does."""
    return {
        "originals_days": t(
            "Delete recordings' files after so many days; what was seen and said stays"
        ),
        "details_days": t("Keep only summaries after so many days"),
        "all_days": t("Forget everything after so many days"),
    }[name]
