"""Errors of a home; each text tells the person what to do."""

from __future__ import annotations

from pathlib import Path

from memory.types.messages import UserMessage


class StoreError(Exception):
    """Base of everything that memory raises for a person to read."""


class StoreBusy(StoreError):
    """Another process is writing to the same home."""


class StoreUnwritable(StoreError):
    """The home cannot be written: its disk is full, or it is read-only."""


class StoreReadOnly(StoreUnwritable):
    """The home can only be read, for a ``reason``, and something was to be written."""

    def __init__(self, home: Path, reason: str) -> None:
        is_full = reason == UserMessage("memory.disk-is-full")
        remedy = UserMessage("memory.free-some-space" if is_full else "memory.make-it-writable")
        key = "memory.home-read-only"
        super().__init__(UserMessage(key, home=home, reason=reason, remedy=remedy))


class RecordingMoved(StoreError):
    """A recording was re-dated while something was being written about it; begin again."""


class StoreDamaged(StoreError):
    """The database file is not readable as one."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(UserMessage("memory.home-damaged", path=path, reason=reason))


class StoreTooNew(StoreError):
    """The home was written by a newer version."""

    def __init__(self, path: Path) -> None:
        super().__init__(UserMessage("memory.home-too-new", path=path))
