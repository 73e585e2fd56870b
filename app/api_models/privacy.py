"""Replies about forgetting, retention rules, the log, backups and exports."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.api_models.base import FileAddress, LinesReply, Reply, Seconds, Utc, UtcSpan


class NameReply(Reply):
    """A recording by its name."""

    id: str
    name: str


class PrivacyReply(Reply):
    """What the page shows before anything is chosen."""

    paused: bool
    doing: str
    bystanders: bool = Field(description="faces and voices of people without a name are let go")
    timezone: str
    days: list[str]
    places: list[str]
    people: list[str]
    recordings: list[NameReply]
    rules: dict[str, int]
    about: dict[str, str]
    due: list[str]


class BystandersReply(Reply):
    """What was chosen for people without a name, and how many faces and voices went."""

    forget: bool
    prints: int


class ConnectionsReply(Reply):
    """What this server has connected to since its start: whether it left, and each address."""

    summary: str
    lines: list[str]


class LostPartReply(Reply):
    """What goes of one recording."""

    id: str
    whole: bool
    clips: int


class FileFateReply(Reply):
    """What becomes of a file, and why."""

    path: str
    fate: Literal["deleted", "cut", "left"]
    why: str


class PreviewReply(LinesReply):
    """What would be forgotten, a sentence each: all that is sent of who is forgotten by name."""

    clips: int
    nothing: bool


class LossReply(PreviewReply):
    """The moments that would be forgotten."""

    seconds: Seconds
    beyond: Seconds = Field(description="seconds that go though they were not named")
    spans: list[UtcSpan]
    recordings: list[LostPartReply]
    beside: list[str] = Field(description="ids of recordings of the same time, which stay")
    people: list[str]
    people_gone: list[str]
    files: list[FileFateReply]
    time: str


class ForgottenReply(LinesReply):
    """What was forgotten, a sentence each: all that is sent of who was forgotten by name."""

    clean: bool = Field(description="a search found nothing that should be gone")
    failed: bool


class DeletionReply(ForgottenReply):
    """The moments that were forgotten."""

    clips: int
    seconds: Seconds
    files: list[FileFateReply]
    left: list[FileFateReply]
    sealed: bool


class TraceReply(Reply):
    """Where something of the forgotten is left, and how."""

    where: str
    how: str


class ProofReply(LinesReply):
    """What a search for the forgotten found."""

    clean: bool
    checked: int
    left: list[str]
    traces: list[TraceReply]
    outside: list[str]


class DueReply(Reply):
    """What the retention rules would remove now."""

    files: int
    thinned: int
    clips: int
    nothing: bool


class RulesReply(LinesReply):
    """The retention rules in days, and what they would remove now."""

    rules: dict[str, int]
    due: DueReply


class AuditEntryReply(Reply):
    """Who did what."""

    at: Utc
    when: str
    who: str
    what: str
    detail: str


class FileFaultReply(Reply):
    """A file that is not what was recorded."""

    path: str
    fault: str
    recording_id: str
    inside: bool


class LastBackupReply(Reply):
    """The last backup, as it was entered."""

    at: Utc
    file: str
    bytes: int
    recordings: int
    faults: int = 0


class BackupsReply(Reply):
    """The last backup, and which files of the library are damaged."""

    last: LastBackupReply | None
    words: str
    faults: list[FileFaultReply]


class ArchiveReply(FileAddress):
    """A backup or export that was made, and what is wrong with the recordings in it."""

    faults: list[FileFaultReply]
    trouble: str
    trouble_lines: list[str]


class ShareProgressReply(Reply):
    """0..1 of a piece that is being made; 0 where none is, or has only just begun."""

    share: float
