"""The part of the vocabulary that speaks of what was done, and of where things were left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from memory.types.core import Span

State: TypeAlias = Literal["seen", "put", "taken", "given"]


@dataclass(frozen=True, slots=True)
class Event:
    """One occasion of an activity, over one or several clips of one recording.

    ``activity`` is a name of the taxonomy (``egogpt.extraction.english_activities``), ``kind`` the
    narrower word that was used ("tennis"), ``doer`` empty where the wearer did it, ``people`` who
    else took part.
    ``minutes`` is how long it lasted by what was told, None where nothing was; ``span`` is when it
    was told or shown. ``quote`` is a sentence of the clip. ``id`` is 0 until stored.
    """

    span: Span
    activity: str
    clip_ids: tuple[str, ...]
    recording_id: str
    quote: str
    kind: str = ""
    verb: str = ""
    object: str = ""
    place: str = ""
    people: tuple[str, ...] = ()
    doer: str = ""
    quantity: float | None = None
    unit: str = ""
    minutes: float | None = None
    confidence: float = 1.0
    extractor: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class ObjectState:
    """Where a thing was at a moment, or who had it; ``doer`` is empty where it was the wearer."""

    object: str
    span: Span
    state: State
    where: str
    doer: str
    clip_id: str
    recording_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; what is empty does not narrow.

    ``words`` must each occur in what was told of the event (an event's sentence, object, place);
    an entry of several words is a phrase. ``people`` must each have taken part. ``doer`` None
    means anybody.
    """

    activities: tuple[str, ...] = ()
    kind: str = ""
    words: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    doer: str | None = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence or more that a clip tells (``told``: the wearer's own account) or was said."""

    clip_id: str
    recording_id: str
    span: Span
    text: str
    speaker: str
    told: bool
