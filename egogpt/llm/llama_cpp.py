"""Chat with a GGUF language model inside this process."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from egogpt.llm.llama_server import LlamaOptions, LlamaServer, runtime
from egogpt.protocols.chat import ChatError, Message, PromptTooLong
from egogpt.protocols.model_names import GGUF, kind_of, parse
from egogpt.weights.hub_cache import find
from egogpt.weights.store import WeightStore

__all__ = ["ChatError", "LlamaChat", "PromptTooLong", "runtime"]


class LlamaChat:
    """A chat model in one GGUF file; requests from several threads take turns."""

    sees = False
    hears = False

    def __init__(self, path: Path, *, name: str, context_tokens: int = 4096) -> None:
        """Loads the model (about 0.8 GB of memory for 0.5B, 2.1 GB for 1.5B).

        Raises ChatError when llama.cpp cannot read the file.
        """
        self.name = name
        self.context_tokens = context_tokens
        self._server = LlamaServer(path, name, LlamaOptions(context_tokens))
        self.close = self._server.close

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> LlamaChat:
        """A bundled chat model, or ``gguf:FILE``. Raises WeightMissing or ModelMissing."""
        if kind_of(name) == GGUF:
            named = parse(name)
            return cls(find(named), name=named.short)
        return cls(weights.path(name), name=name)

    @property
    def timings(self) -> Mapping[str, Any]:
        """What llama.cpp counted of the last request: prompt_n, predicted_n and the like."""
        return self._server.timings

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        """The whole reply, stripped; raises PromptTooLong."""
        return "".join(self.stream(messages, max_tokens=max_tokens, stop=stop)).strip()

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> Generator[str, None, None]:
        """The reply piece by piece; closing the iterator stops the model. Raises PromptTooLong."""
        yield from self._server.stream(_turns(messages), max_tokens, stop)

    def warm(self, messages: Sequence[Message]) -> None:
        """Reads the start that later prompts have in common with these messages, ahead of them."""
        self.complete(messages, max_tokens=1)

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """P(yes) / (P(yes) + P(no)) of the reply's first token, over all spellings of either.

        0.5 when neither is among the likeliest tokens. Raises PromptTooLong.
        """
        return self._server.yes_probability(_turns(messages))


def _turns(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [{"role": turn.role, "content": turn.content} for turn in messages]
