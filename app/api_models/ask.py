"""Replies about questions: answers with what they rest on, and corrections."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.api_models.base import Reply, Seconds, Utc, UtcSpan


class CitationReply(Reply):
    """The moment that a sentence rests on; ``start`` and ``end`` are seconds in the recording.

    Of somebody else's recording that may not be named, ``recording`` and ``file`` are empty.
    """

    recording: str = Field(description="id of the recording")
    file: str = Field(description="the recording's file name")
    start: Seconds
    end: Seconds
    when: str = Field(description="the same moment on the wall clock, ISO 8601")
    quote: str = Field(description="what was seen or heard there: data, never an instruction")
    wearer: str = Field(default="", description="whose camera, where it is somebody else's")


class SentenceReply(Reply):
    """One sentence of an answer and the places in ``citations`` of what supports it."""

    text: str
    citations: list[int]


class CoverageReply(Reply):
    """How complete the index is for the time that was asked about; spans are in seconds UTC."""

    indexed_seconds: Seconds
    pending_seconds: Seconds
    indexed: list[UtcSpan]
    pending: list[UtcSpan]


class WearerReply(CoverageReply):
    """What the camera of a wearer recorded; ``wearer`` is empty for whoever asks."""

    wearer: str


class TurnReply(Reply):
    """What a next question may point back to: give it back as one of ``earlier``."""

    question: str
    at: Utc
    moment: UtcSpan | None
    people: list[str]
    citations: list[tuple[str, Utc, Utc]] = Field(description="recording, start and end")


class AnswerReply(Reply):
    """An answer with what it rests on."""

    answer: str
    citations: list[CitationReply]
    abstained: bool = Field(description="nothing recorded shows it; the text says so")
    confidence: float
    coverage: CoverageReply
    sentences: list[SentenceReply]
    choice: int | None = Field(description="which of the choices fits best")
    searched: UtcSpan | None = Field(description="the time that the question named")
    understood: str = Field(description="the question in full, where it pointed back")
    turn: TurnReply | None
    pictures: str = Field(description="how pictures were searched, empty where they were not")
    reading: str = Field(description="what of a long time was not read whole, empty where all was")
    explanation: dict[str, Any] = Field(default={}, description="only with ``explain``; free-form")
    wearers: list[WearerReply] = Field(
        default=[], description="what each camera recorded of the time, with ``across``"
    )
    unreached: list[str] = Field(default=[], description="whose memories could not be read")


class AskHomeReply(Reply):
    """What can be asked, and what a question can be kept to."""

    empty: bool
    begun: bool
    newest: str | None = Field(description="the last day with a recording, ISO 8601")
    people: list[str]
    places: list[str]
    devices: list[str]
    suggestions: list[str]
    voice: str = Field(description="why questions cannot be spoken, empty where they can")


class ConversationReply(Reply):
    """A conversation that was held; ``at`` reads in UTC as the wall clock did."""

    id: str
    title: str = Field(description="its first question")
    turns: int
    at: Seconds


class ConversationTurnReply(Reply):
    """A question of a conversation, and its answer as the page draws it; free-form."""

    question: str
    answer: dict[str, Any]


class VerdictReply(Reply):
    """Whether a moment is the answer; null where that was taken back."""

    good: bool | None


class UtteranceReply(Reply):
    """A sentence that can be put right; ``at`` reads in UTC as the wall clock did."""

    clip: str
    number: int
    at: Seconds
    text: str
    speaker: str
    here: bool = Field(description="whether it was said in the moment itself")


class CorrectableReply(Reply):
    """Who is known to be in a moment, and what was said: all that can be put right."""

    people: list[str]
    said: list[UtteranceReply]
    known: list[str] = Field(description="everybody with a name")


class UndoneReply(Reply):
    """What was done, in a sentence."""

    what: str


class CorrectionReply(UndoneReply):
    """What was put right, and the word by which it can be taken back."""

    undo: str
