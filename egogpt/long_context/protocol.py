"""The protocol of a model that reads long texts, and what its caller may count on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from egogpt.protocols.chat import Message

Told = Callable[[int, int], None]
"""Hears how many tokens have been read, and of how many."""


@dataclass(frozen=True, slots=True)
class LongPrompt:
    """A long text between what is said before it and the question behind it.

    Two prompts that differ in the question alone share all that has to be read.

    Attributes:
        before: System message and examples, the same for every text.
        texts: The text in pieces; each becomes tokens by itself, so that pieces can be counted,
            and added at the end, without changing the tokens of the others.
        question: What is asked of it, in the same turn.
    """

    before: tuple[Message, ...]
    texts: tuple[str, ...]
    question: str


@dataclass(frozen=True, slots=True)
class ReadingReport:
    """How a text was read.

    Attributes:
        method: The attention that it was read with.
        tokens: Of the text, with what stands before it.
        new_tokens: Of these, those that had not been read before.
        opened: Pieces of the text behind the first, by number from 0, that the reply rests on; told
            once it is whole, where ``cites`` says so.
    """

    method: str
    tokens: int
    new_tokens: int
    opened: tuple[int, ...] = ()


class ReadsLong(Protocol):
    """A model that reads a long text once and answers many questions about it.

    ``report`` tells how the latest text was read, if one was; ``cites`` whether it will tell which
    pieces of it a reply rests on.
    """

    name: str
    report: ReadingReport | None
    cites: bool

    def room_left(self, prompt: LongPrompt, max_tokens: int) -> int:
        """Tokens that the model could still read, the reply included; negative where too many.

        Raises ChatError where the model cannot run.
        """
        ...

    def sizes(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each of some pieces of text. Raises ChatError where the model cannot run."""
        ...

    def stream(
        self,
        prompt: LongPrompt,
        *,
        about: str = "",
        max_tokens: int = 128,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        """The reply piece by piece; closing the iterator stops reading and writing.

        Args:
            prompt: What is read and asked.
            about: What the text is about (a day, say). Of each, what was read last is kept for
                the next question, as far as it still says the same.
            max_tokens: The most that the reply may have.
            stop: Texts that end it.

        Raises:
            PromptTooLong: The prompt and its reply do not fit the model's positions.
            ChatError: The model cannot run, or fails.
        """
        ...
