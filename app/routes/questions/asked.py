"""Request bodies of the Ask page: questions, scopes, and corrections."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from app.routes.system.api import LONGEST_QUESTION, MOST_EARLIER, Earlier, Moment
from memory.repositories.transcript_edits import LONGEST as LONGEST_SENTENCE
from memory.types.core import Span

MOST_CHOSEN = 20
WALL_CLOCK = r"^(\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?)?$"


def _sound(text: object) -> object:
    """Text without what no file can hold: NUL, halves of surrogate pairs."""
    if not isinstance(text, str):
        return text
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


Text = Annotated[str, BeforeValidator(_sound)]
Words = Annotated[Text, Field(max_length=LONGEST_QUESTION)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
Chosen = Annotated[list[Name], Field(max_length=MOST_CHOSEN)]
Id = Annotated[Text, Field(min_length=1, max_length=300)]


ConversationId = Annotated[str, Field(pattern=r"^[0-9a-f]{0,32}$")]


class ScopeIn(BaseModel):
    """What a question is kept to. ``begin`` and ``end`` are wall-clock times: 2026-03-16T18:00."""

    people: Chosen = []
    places: Chosen = []
    devices: Chosen = []
    begin: Annotated[str, Field(pattern=WALL_CLOCK)] = ""
    end: Annotated[str, Field(pattern=WALL_CLOCK)] = ""


class PageQuestion(BaseModel):
    """A question of the page, what it is kept to, the conversation that it belongs to (empty: a new
    one), and the turns before it, the latest last. ``deeper`` searches in rounds of sub-questions.
    """

    question: Words
    scope: ScopeIn = ScopeIn()
    conversation: ConversationId = ""
    earlier: Annotated[list[Earlier], Field(max_length=MOST_EARLIER)] = []
    deeper: bool = False


class ConversationIn(BaseModel):
    """A conversation that is deleted."""

    conversation: ConversationId


class Place(BaseModel):
    """A moment of a recording, in seconds UTC."""

    recording: Id
    start: Moment
    end: Moment

    def span(self) -> Span:
        """The moment; one that ends before it begins is of no length."""
        return Span(self.start, max(self.start, self.end))


class Judgement(Place):
    """Whether a moment is the answer to a question; null takes it back."""

    question: Annotated[Words, Field(min_length=1)]
    good: bool | None


class VerdictReset(BaseModel):
    """A question whose verdicts are all taken back."""

    question: Annotated[Words, Field(min_length=1)]


class PersonCorrectionIn(Place):
    """Who was taken for whom: ``who`` is said to be there, ``to`` was."""

    who: Name
    to: Annotated[Text, Field(min_length=1, max_length=60)]


class Rewording(BaseModel):
    """What the n-th sentence of a clip says in truth."""

    clip: Id
    number: Annotated[int, Field(ge=0, le=10_000)]
    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_SENTENCE)]


class Undone(BaseModel):
    """The word that a correction came with."""

    undo: Annotated[str, Field(max_length=4000, pattern=r"^(people|words):[\d:,]*$")]
