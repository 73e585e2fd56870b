"""Errors of recordings that a person can cause; each text is meant for them.

Every text is one line that names the file, says what is the matter and what to do about it.
"""

from __future__ import annotations

from pathlib import Path

from memory.types.messages import UserMessage
from memory.types.paths import printable as printable


class IngestError(Exception):
    """Base of all that ingest tells a person; ``str()`` of it can be shown as it is."""


class UnreadableMedia(IngestError):
    """A file that cannot become a recording: the ``reason``, and ``advice`` on what to do."""

    def __init__(self, path: Path, reason: str, advice: str) -> None:
        self.path, self.reason, self.advice = path, reason, advice
        super().__init__(path, reason, advice)  # the arguments survive pickling to another process

    def __str__(self) -> str:
        name = printable(self.path.name or str(self.path))
        return UserMessage("ingest.unreadable", name=name, reason=self.reason, advice=self.advice)


def unreadable(path: Path, reason: str, advice: str, **params: object) -> UnreadableMedia:
    """The error whose ``reason``, filled with ``params``, and ``advice`` have these keys."""
    return UnreadableMedia(path, UserMessage(reason, **params), UserMessage(advice))


class WasForgotten(IngestError):
    """A file of which the owner has had something forgotten; ``REASON`` is in what it says."""

    REASON = "you have had this recording, or a part of it, forgotten"

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(path)

    def __str__(self) -> str:
        name = printable(self.path.name or str(self.path))
        return UserMessage("ingest.was-forgotten", name=name)


class UnknownTimezone(IngestError):
    """A time zone that the person named and that the time zone database does not know."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)

    def __str__(self) -> str:
        return UserMessage("ingest.unknown-timezone", name=printable(self.name))
