"""The vocabulary of the house: every value that crosses from one package into another.

All are frozen and slotted. A time is a float of seconds since 1970-01-01 UTC; a duration is in
seconds; aware datetimes and time zones exist only at the border (clock, time expressions, pages).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memory.types.explanation import Explanation
from memory.types.paths import shown

Level: TypeAlias = Literal["clip", "ten_minutes", "hour", "day"]
LEVELS: tuple[Level, ...] = ("clip", "ten_minutes", "hour", "day")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open interval [start, end) of absolute time, in seconds UTC."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a span cannot end ({self.end}) before it starts ({self.start})")

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Whether the two share more than a boundary point."""
        return self.start < other.end and other.start < self.end

    def contains(self, at: float) -> bool:
        """Whether ``at`` lies inside; the end does not."""
        return self.start <= at < self.end

    def intersection(self, other: Span) -> Span | None:
        """What both cover, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None


def merge_spans(spans: Iterable[Span], gap: float = 0.0) -> tuple[Span, ...]:
    """Sorted, disjoint spans over the same time; neighbours at most ``gap`` seconds apart join."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end + gap:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


class TimeSource(StrEnum):
    """What told us when a recording began, from most to least trusted."""

    USER = "user"
    SIDECAR = "sidecar"  # a file beside it, as Google Takeout and Immich write
    GPS = "gps"
    CONTAINER = "container"
    FILE_NAME = "file_name"
    TAKE = "take"  # counted on from an earlier part of the same take
    FILE_TIME = "file_time"
    ARRIVAL = "arrival"  # when it was added: nothing tells when it was recorded


class RecordingState(StrEnum):
    """How far a recording has come."""

    PENDING = "pending"
    READY = "ready"
    PARTIAL = "partial"  # readable only up to some moment; what was readable is indexed


RecordingKind: TypeAlias = Literal["video", "sound", "photo", "import"]


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that a person gave us. ``id`` survives renames; ``path`` is where it was seen last.

    ``take`` is the id of the first part of a take that the camera split into several files, empty
    where the file stands alone. ``clock_offset`` is the correction of the device's clock, in
    seconds, that ``start`` contains. ``size`` is the bytes of the file, 0 where nobody knows;
    ``file_removed`` is whether a rule of the owner's deleted the file and left all else of it.
    """

    id: str
    sha256: str
    path: str
    start: float
    timezone: str  # IANA name, or "UTC+HH:MM"
    duration: float
    time_source: TimeSource
    device: str = ""
    has_video: bool = True
    has_audio: bool = True
    state: RecordingState = RecordingState.PENDING
    note: str = ""  # one sentence for the person: what is missing and why
    take: str = ""
    clock_offset: float = 0.0
    kind: RecordingKind = "video"
    size: int = 0
    file_removed: bool = False

    @property
    def name(self) -> str:
        """The file's name as it can be shown."""
        return shown(os.path.basename(self.path))

    @property
    def span(self) -> Span:
        """The absolute time that the recording covers."""
        return Span(self.start, self.start + self.duration)


@dataclass(frozen=True, slots=True)
class Clip:
    """About 30 s of a recording, cut at :00 and :30 of the wall clock; the atom of remembering."""

    id: str
    recording_id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Frame:
    """One upright picture: (height, width, 3) uint8 RGB; ``quality`` 0..1 rises with sharpness."""

    at: float
    image: NDArray[np.uint8]
    quality: float = 1.0


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of a span: (samples,) float32 in -1..1, mono, at ``rate`` Hz; first at ``at``."""

    at: float
    samples: NDArray[np.float32]
    rate: int = 16_000


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word and when it was spoken."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something said. ``confidence`` is 0..1; ``print_id`` is its voice print, 0 for none.

    ``speaker`` is a name, empty where nobody has named the voice; ``voice`` is how the store labels
    the voice, named or not ("Person 3"); it is filled in when read.
    """

    span: Span
    text: str
    speaker: str = ""
    confidence: float = 1.0
    language: str = ""
    words: tuple[Word, ...] = ()
    print_id: int = 0
    voice: str = ""


UNNAMED_FACE = "face"  # what a sighting calls somebody's face, unless that person has a name
SightingKind: TypeAlias = Literal[
    "object", "tag", "colour", "place", "text", "face", "hand", "sound", "narration"
]


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something recognised in view (for kind ``sound`` heard, for ``narration`` told).

    ``box`` is (left, top, right, bottom) as fractions of the picture, None for the whole of it.
    ``count`` to ``most`` were in view at once. A "tag" is a guess, not stated. ``print_id`` is the
    print of a face, or 0; ``what`` of a face whose person is named is that name.
    """

    span: Span
    kind: SightingKind
    what: str
    confidence: float
    box: tuple[float, float, float, float] | None = None
    count: int = 1
    print_id: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a recording that could not be read, and why."""

    span: Span
    what: Literal["picture", "sound"]
    reason: str = ""


PrintKind: TypeAlias = Literal["face", "voice"]


@dataclass(frozen=True, slots=True, eq=False)
class BiometricPrint:
    """What tells one face or voice from another: a unit vector of ``model``, seen in ``span``.

    ``id`` is ``rows.print_id(clip_id, kind, number)``, the same at every run; ``quality`` rises
    with how well it was seen or how long it was heard; ``person_id`` is empty until assigned.
    """

    id: int
    kind: PrintKind
    clip_id: str
    span: Span
    vector: NDArray[np.float32]
    model: str
    quality: float = 1.0
    box: tuple[float, float, float, float] | None = None
    person_id: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody met: a cluster of prints, with a name once the owner has given one."""

    id: str
    name: str
    number: int
    faces: int = 0
    voices: int = 0
    first: float = 0.0  # when first seen or heard, in seconds UTC
    last: float = 0.0

    @property
    def label(self) -> str:
        """The name, or "Person 3" while there is none."""
        return self.name or f"Person {self.number}"


@dataclass(frozen=True, slots=True)
class Observation:
    """All that the models saw and heard of one clip, with pictures and sound for a captioner.

    ``relevance``: how well each frame fits what was asked lately; ``previous``: the last caption.
    """

    clip: Clip
    utterances: tuple[Utterance, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    frames: tuple[Frame, ...] = ()
    sound: Sound | None = None
    previous: str = ""
    relevance: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """A text that can be recalled. A summary (above level clip) names what it was made from."""

    id: int
    level: Level
    span: Span
    text: str
    source_ids: tuple[int, ...] = ()
    model: str = ""
    clip_id: str = ""  # set at level clip only
    recording_id: str = ""  # set at level clip only
    wearer: str = ""  # as of a Citation


@dataclass(frozen=True, slots=True)
class Citation:
    """The moment that a sentence rests on. ``quote`` is from what was seen or heard there."""

    recording_id: str
    span: Span
    quote: str
    wearer: str = ""  # whose camera it is from; empty for the home of whoever asks
    speaker: str | None = None  # of another camera: whose words; None where nothing was said


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was answered before, and what the next one may point back to.

    ``question`` stands alone; ``moment`` is the time that its answer rests on; ``people`` are those
    whom it tells of, the most heard first; quotes of ``citations`` may be left out.
    """

    question: str
    asked_at: float
    moment: Span | None = None
    people: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question is kept to by the person; what is empty does not narrow.

    Of each kind any entry will do, and all kinds must hold. ``people`` are names, "Person 3" or
    ids of those seen or heard in a clip, ``places`` the words that a clip tells of where it was,
    ``devices`` as recordings name them, and ``span`` holds the beginnings of clips.
    """

    people: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    span: Span | None = None

    def __bool__(self) -> bool:
        return bool(self.people or self.places or self.devices or self.span)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the moment it is asked, and optionally the answers to choose from.

    Nothing that ended after ``asked_at`` may be used, nor what lies outside ``scope``; the store
    enforces both (``Store.as_of``, ``View.within``). ``earlier`` are the turns of the conversation
    before it, the latest last.
    """

    text: str
    asked_at: float
    timezone: str = "UTC"
    choices: tuple[str, ...] | None = None
    earlier: tuple[Turn, ...] = ()
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True)
class Evidence:
    """A memory that may bear on a question, how well it does, and which signals said so."""

    memory: Memory
    score: float
    why: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How complete the index is for the time asked about."""

    indexed: tuple[Span, ...] = ()
    pending: tuple[Span, ...] = ()
    wearer: str = ""  # as of a Citation


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the indexes, into ``Answer.citations``, of what supports it."""

    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to the person. Every sentence of an answer that is not abstained is cited.

    ``understood`` is the question in full where earlier words were carried into it, else empty;
    ``turn`` is what a next question may point back to; ``wearers`` are others who were asked.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    confidence: float
    coverage: Coverage
    abstained: bool = False
    searched: Span | None = None  # the interval that the question named, if any
    choice: int | None = None  # the index of the chosen one of ``Question.choices``
    explanation: Explanation = field(default_factory=Explanation)
    understood: str = ""
    turn: Turn | None = None
    wearers: tuple[Coverage, ...] = ()

    @property
    def text(self) -> str:
        """The whole answer as plain prose."""
        return " ".join(sentence.text for sentence in self.sentences)
