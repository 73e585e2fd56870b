"""The chat model of a home, loaded when an answer is first to be written by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from app.models.model_set import ModelProvider
from egogpt.protocols.chat import Chat, ChatError, Message
from egogpt.remote.address import is_remote, parse


def deferred_chat(brains: ModelProvider) -> Chat | None:
    """The chat model of a home, loaded with the first call of it; None where there is none."""
    return cast(Chat, DeferredChat(brains)) if brains.chat_name() else None


def local_chat(brains: ModelProvider) -> Chat | None:
    """As ``deferred_chat``; none where what it reads would leave this machine."""
    name = brains.chat_name()
    leaves = name is not None and is_remote(name) and not parse(name).stays_here
    return None if leaves else deferred_chat(brains)


@dataclass(frozen=True, slots=True)
class DeferredChat:
    """A `Chat` that need not be in memory: what comes before its words does not wait for it.

    Every method raises ChatError where the model cannot be had.
    """

    _brains: ModelProvider

    @property
    def name(self) -> str:
        """The name of the model that answers now."""
        return self._brains.chat_name() or "none"

    @property
    def context_tokens(self) -> int:
        """See `Chat`."""
        return self._model().context_tokens

    @property
    def sees(self) -> bool:
        """See `Chat`."""
        return self._model().sees

    @property
    def hears(self) -> bool:
        """See `Chat`."""
        return self._model().hears

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        """See `Chat.complete`."""
        return self._model().complete(messages, max_tokens=max_tokens, stop=stop)

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> Iterator[str]:
        """See `Chat.stream`."""
        return self._model().stream(messages, max_tokens=max_tokens, stop=stop)

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """See `Chat.yes_probability`."""
        return self._model().yes_probability(messages)

    def _model(self) -> Chat:
        if (chat := self._brains.chat()) is None:
            raise ChatError(" ".join(self._brains.troubles()) or "There is no chat model.")
        return chat
