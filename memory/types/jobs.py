"""The vocabulary of the queue: a file on its way into the store, and what was said of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum

from memory.types.paths import shown


class JobState(StrEnum):
    """Where a file is on its way into the store."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"  # for weights or for room on the disk; goes on by itself
    FAILED = "failed"  # will be tried again
    QUARANTINED = "quarantined"  # not tried again until the person says so or the file changes
    DONE = "done"


@dataclass(frozen=True, slots=True)
class JobOptions:
    """What the person said of a file when giving it."""

    start: float | None = None  # seconds UTC
    timezone: str | None = None
    day_one: str | None = None  # ISO date of DAY1, for EgoLife's names
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One file on its way into the store. ``reason`` is one sentence for the person.

    ``size`` (bytes) and ``modified`` (seconds UTC) tell whether the file is still the one that was
    worked on; ``done`` of ``total`` clips are through ``stage``. ``waits_for`` is "disk", "models"
    or empty. ``seconds`` is the length of the recording, 0 until known.
    """

    id: str
    path: str
    state: JobState = JobState.QUEUED
    recording_id: str = ""
    reason: str = ""
    priority: int = 0
    attempts: int = 0
    not_before: float = 0.0
    owner: str = ""
    lease_until: float = 0.0
    added: float = 0.0
    ended: float = 0.0
    size: int = 0
    modified: float = 0.0
    stage: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    waits_for: str = ""
    options: JobOptions = JobOptions()

    @property
    def name(self) -> str:
        """The file's name as it can be shown."""
        return shown(os.path.basename(self.path))

    @property
    def is_through(self) -> bool:
        """Whether all was done that can be done with the models that are here."""
        return self.state == JobState.DONE or self.waits_for == "models"
