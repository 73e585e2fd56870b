"""Errors of a home; each text tells the person what to do."""

from __future__ import annotations

from pathlib import Path


class StoreError(Exception):
    """Base of everything that memory raises for a person to read."""


class StoreBusy(StoreError):
    """Another process is writing to the same home."""


class StoreUnwritable(StoreError):
    """The home cannot be written: its disk is full, or it is read-only."""


DISK_FULL, DISK_READ_ONLY = "its disk is full", "its disk is read-only"


class StoreReadOnly(StoreUnwritable):
    """The home can only be read, for a ``reason``, and something was to be written."""

    def __init__(self, home: Path, reason: str) -> None:
        remedy = "Free some space" if reason == DISK_FULL else "Make it writable"
        super().__init__(
            f"{home} cannot be written ({reason}), so nothing can be added, changed or forgotten. "
            f"{remedy}, or copy it to another disk and name the copy with --home."
        )


class RecordingMoved(StoreError):
    """A recording was re-dated while something was being written about it; begin again."""


class StoreDamaged(StoreError):
    """The database file is not readable as one."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} is damaged ({reason}). Restore it from a backup, or move it away and ingest "
            "your recordings again; the recordings themselves are not affected."
        )


class StoreTooNew(StoreError):
    """The home was written by a newer version."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} was written by a newer version of EgoButler. "
            "Update EgoButler, or choose another folder with --home."
        )
