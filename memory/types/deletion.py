"""Deletion requests, and the plan of what would go with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from memory.types.core import Clip, Person, Recording, Span, merge_spans

Fate: TypeAlias = Literal["deleted", "cut", "left"]


@dataclass(frozen=True, slots=True)
class DeletionRequest:
    """What is to be forgotten: exactly one of a span, a recording, a person's moments, a place.

    A span with a recording is that time in this recording only. ``others`` are further recordings
    that go with the one: the other parts of its take.
    """

    span: Span | None = None
    recording_id: str = ""
    person_id: str = ""
    place: str = ""
    others: tuple[str, ...] = ()

    @property
    def recordings(self) -> tuple[str, ...]:
        """The ids of all recordings that are named."""
        return (self.recording_id, *self.others) if self.recording_id else ()


@dataclass(frozen=True, slots=True)
class RecordingPart:
    """What of one recording goes: these clips, and these times of its file.

    ``whole`` is whether nothing of the recording is left. ``trimmed`` are clips that stay but lose
    a sentence that reaches into what goes; what is remembered of them is told again.
    """

    recording: Recording
    clips: tuple[Clip, ...]
    spans: tuple[Span, ...]
    whole: bool
    trimmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileAction:
    """What becomes of a file: deleted, cut, or left alone, and in the last case why."""

    path: str
    fate: Fate
    recording_id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class DeletionPlan:
    """All that goes. ``people`` are affected, those ``gone`` are known from nothing else."""

    parts: tuple[RecordingPart, ...]
    people: tuple[Person, ...] = ()
    gone: tuple[Person, ...] = ()
    files: tuple[FileAction, ...] = ()
    beyond: float = 0.0
    """Seconds that go though nobody named them: a clip goes whole."""
    beside: tuple[Recording, ...] = ()
    """Other recordings of a time that was named in one recording only: they stay."""

    @property
    def clips(self) -> int:
        """How many clips go."""
        return sum(len(part.clips) for part in self.parts)

    @property
    def seconds(self) -> float:
        """How much recorded time goes."""
        return sum(span.duration for part in self.parts for span in part.spans)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The times that go, sorted and disjoint."""
        return merge_spans(span for part in self.parts for span in part.spans)
