"""Plain values that the facade hands to pages and commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from memory.types.core import Damage, Recording
from memory.types.ingest_progress import (
    IngestProgress,
    IngestResult,
    IngestStatus,
    ProgressListener,
    QueueReport,
)
from memory.types.jobs import Job

__all__ = [
    "DayTimeline",
    "Hour",
    "IngestProgress",
    "IngestResult",
    "IngestStatus",
    "LibraryEntry",
    "Moment",
    "ProgressListener",
    "QueueReport",
]


@dataclass(frozen=True, slots=True)
class Moment:
    """One clip on the timeline. ``offset`` is where it starts inside its recording, in seconds."""

    clip_id: str
    recording_id: str
    start: float
    end: float
    offset: float
    caption: str
    speech: tuple[str, ...] = ()
    thumbnails: tuple[str, ...] = ()  # paths relative to the home
    indexed: bool = True


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a day: its summary (empty until made) and its moments in order."""

    start: float
    end: float
    summary: str
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class DayTimeline:
    """A day as hours; hours with nothing recorded are left out.

    ``elsewhere`` are sentences about what was recorded where the clock shows something else.
    """

    day: date
    timezone: str
    summary: str
    hours: tuple[Hour, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One recording (or a file still waiting) and how far each stage has come."""

    name: str
    path: str
    recording: Recording | None
    progress: dict[str, tuple[int, int]] = field(default_factory=dict)
    status: str = "waiting"  # waiting | indexing | ready | partial | failed
    message: str = ""
    job: Job | None = None
    damage: tuple[Damage, ...] = ()
    parts: tuple[str, ...] = ()  # names of the files, where a take was split into several
    seconds: float = 0.0  # of the recording, all files of its take together
    here: bool = True  # whether its file is where it was
