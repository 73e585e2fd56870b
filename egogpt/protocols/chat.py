"""The protocol of a chat model: messages in, text out, whole or as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from memory.types.core import Frame, Sound


class ChatError(RuntimeError):
    """The language model refused a request, or failed at it."""


class PromptTooLong(ChatError):
    """The messages do not fit the context; nothing is dropped silently, the caller must shorten."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; what is seen and heard in it comes before its words."""

    role: Literal["system", "user", "assistant"]
    content: str
    frames: tuple[Frame, ...] = ()
    sound: Sound | None = None


class Chat(Protocol):
    """A language model that answers greedily (temperature 0) from the messages alone.

    ``sees`` and ``hears`` tell whether the frames and the sound of a message reach it; one that
    does neither ignores them.
    """

    name: str
    context_tokens: int
    sees: bool
    hears: bool

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        """The whole reply, stripped."""
        ...

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> Iterator[str]:
        """The reply piece by piece, as it is made."""
        ...

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """P(yes) / (P(yes) + P(no)) of the reply's first token, 0..1."""
        ...


@runtime_checkable
class Unloadable(Protocol):
    """A model that takes its weights when first used, and lets go of them when told."""

    def prepare(self) -> None:
        """Loads the weights now. Raises ChatError with what to do where they cannot be."""
        ...

    def close(self) -> None:
        """Lets go of the weights; the next use loads them again."""
        ...


@runtime_checkable
class RemembersPrompt(Protocol):
    """A model on this machine that does not read again what two prompts begin with."""

    def warm(self, messages: Sequence[Message]) -> None:
        """Reads the start that later prompts have in common with these messages, ahead of them."""
        ...
