"""Progress of ingest: how far a file is, what became of it, how much is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from memory.types.jobs import Job

IngestStatus: TypeAlias = Literal["indexed", "already", "partial", "waiting", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far one file is. ``done`` and ``total`` count the clips of ``stage``."""

    path: Path
    stage: str
    done: int
    total: int


ProgressListener: TypeAlias = Callable[[IngestProgress], None]


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of one file; ``message`` is one sentence for the person."""

    path: Path
    status: IngestStatus
    message: str
    recording_id: str = ""


@dataclass(frozen=True, slots=True)
class QueueReport:
    """The queue at a glance.

    ``speed`` is seconds of recording per second of work, None until measured; ``seconds_left`` is
    an estimate, None where there is nothing to go by. ``to_write`` are the summaries that the model
    which the person chose for them has not had its turn at.
    """

    done: int
    left: int
    running: tuple[Job, ...] = ()
    speed: float | None = None
    seconds_left: float | None = None
    paused: bool = False
    note: str = ""
    to_write: int = 0
