"""Chat with a GGUF language model inside this process, through the prebuilt llama.cpp of xllamacpp.

Everything is greedy with a fixed seed, and the common start of two prompts is computed once. A
request that nobody waits for any more ends within a batch of its prompt, or a token of its reply.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import secrets
import threading
import weakref
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from egogpt.protocols.chat import ChatError, Message, PromptTooLong
from egogpt.protocols.judging import yes_share
from egogpt.runtime.cancellation import signal, take, turn, until
from egogpt.runtime.threads import thread_count, wait_passively
from egogpt.weights.store import WeightStore

__all__ = ["ChatError", "LlamaChat", "PromptTooLong", "yes_share"]

_SEED = 1
# A prompt is read in batches, and a chunk without words is sent after each: only then can a request
# be left, and one more batch may have begun. One takes 0.4 s on two cores; larger ones are read up
# to 15 % faster.
_BATCH, _BATCH_OF_LARGE = 64, 24
_LARGE = 700_000_000  # bytes of a file
_STREAMED = {"stream": True, "return_progress": True}
_TOP_TOKENS = 20
# Quieter than any message of llama.cpp: standard output belongs to our JSON.
_SILENT = -1


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
        self.timings: Mapping[str, Any] = {}
        """What llama.cpp counted of the last request: prompt_n, predicted_n and the like."""
        self._lock = threading.Lock()
        self._servers: list[Any] = [_start(path, context_tokens)]
        # The server's threads must end before the interpreter does, or its exit crashes.
        self.close = weakref.finalize(self, self._servers.clear)

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> LlamaChat:
        """The chat model from verified weights; raises WeightMissing."""
        return cls(weights.path(name), name=name)

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        """The whole reply, stripped; raises PromptTooLong."""
        return "".join(self.stream(messages, max_tokens=max_tokens, stop=stop)).strip()

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> Generator[str, None, None]:
        """The reply piece by piece; closing the iterator stops the model. Raises PromptTooLong."""
        for choice in self._choices(_request(messages, max_tokens, stop)):
            if text := choice["delta"].get("content"):
                yield text

    def warm(self, messages: Sequence[Message]) -> None:
        """Reads the start that later prompts have in common with these messages, ahead of them."""
        self.complete(messages, max_tokens=1)

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """P(yes) / (P(yes) + P(no)) of the reply's first token, over all spellings of either.

        0.5 when neither is among the likeliest tokens. Raises PromptTooLong.
        """
        request = _request(messages, 1, ()) | {"logprobs": True, "top_logprobs": _TOP_TOKENS}
        for choice in self._choices(request):
            if content := (choice.get("logprobs") or {}).get("content"):
                return yes_share(content[0]["top_logprobs"])
        return yes_share([])

    def _choices(self, request: Mapping[str, Any]) -> Generator[Mapping[str, Any], None, None]:
        """What the model sends, one by one; closing the iterator stops the model.

        The model runs in a thread of its own, so that who asked can leave while it reads.
        """
        pieces: SimpleQueue[Mapping[str, Any] | Exception | None] = SimpleQueue()
        stopped, over = threading.Event(), signal()
        worker = threading.Thread(
            target=self._feed, args=(request, pieces, stopped, over), daemon=True,
            name="llama-stream",
        )  # fmt: skip
        worker.start()
        try:
            while (piece := take(pieces)) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            stopped.set()
            worker.join()

    def _feed(
        self,
        request: Mapping[str, Any],
        pieces: SimpleQueue[Mapping[str, Any] | Exception | None],
        stopped: threading.Event,
        over: threading.Event | None,
    ) -> None:
        def receive(chunk: Any) -> bool:
            try:
                for choice in _checked(chunk).get("choices", ()):
                    pieces.put(choice)
                self.timings = chunk.get("timings") or self.timings
            except ChatError as error:
                pieces.put(error)
            return stopped.is_set()

        try:
            with until(over), turn(self._lock):
                if not self._servers:
                    raise ChatError(f"The language model {self.name} has been closed.")
                self._servers[0].handle_chat_completions({**request, **_STREAMED}, receive)
        except Exception as error:
            pieces.put(error)
        finally:
            pieces.put(None)


def _request(messages: Sequence[Message], max_tokens: int, stop: Sequence[str]) -> dict[str, Any]:
    return {
        "messages": [{"role": turn.role, "content": turn.content} for turn in messages],
        "max_tokens": max_tokens,
        "stop": list(stop),
        "temperature": 0,
        "seed": _SEED,
        "cache_prompt": True,
    }


def _checked(reply: Any) -> Any:
    error = reply.get("error") if isinstance(reply, Mapping) else None
    if error is None:
        return reply
    if error.get("type") == "exceed_context_size_error":
        raise PromptTooLong(
            f"The prompt has {error['n_prompt_tokens']} tokens and the model reads at most "
            f"{error['n_ctx']}: give it less evidence."
        )
    raise ChatError(f"The language model refused the request: {error.get('message', error)}")


def _start(path: Path, context_tokens: int) -> Any:
    xllamacpp = runtime()
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = context_tokens
    parameters.n_parallel = 1
    large = path.is_file() and path.stat().st_size > _LARGE
    batch = _BATCH_OF_LARGE if large else _BATCH
    parameters.n_batch = batch
    parameters.n_ubatch = batch
    parameters.warmup = False
    parameters.verbosity = _SILENT
    # Never more or fewer tokens than promised, and no second copy of old prompts in memory.
    parameters.fit_params = False
    parameters.cache_ram_mib = 0
    parameters.cpuparams.n_threads = thread_count()
    parameters.cpuparams_batch.n_threads = thread_count()
    # xllamacpp also listens on a local port, which we do not use: nobody else shall either.
    parameters.api_keys = [secrets.token_hex(32)]
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.endpoint_metrics = True
    parameters.offline = True
    try:
        server = xllamacpp.Server(parameters)
        # Answered by the server's own thread, once it has begun. Closed before that, the server
        # would wait for its thread for ever, and all of Python with it.
        server.handle_metrics()
        return server
    except Exception as error:
        raise ChatError(f"{path} could not be loaded by llama.cpp: {error}") from error


def runtime() -> Any:
    """The module xllamacpp; on a bare system its libgomp is borrowed from torch."""
    wait_passively()
    try:
        return importlib.import_module("xllamacpp")
    except ImportError as error:
        torch = importlib.util.find_spec("torch")
        if "libgomp" not in str(error) or torch is None or torch.origin is None:
            raise
        libraries = sorted((Path(torch.origin).parent / "lib").glob("libgomp*.so*"))
        if not libraries:
            raise ChatError("libgomp is missing; install it: apt-get install libgomp1") from error
        ctypes.CDLL(str(libraries[0]), ctypes.RTLD_GLOBAL)
        return importlib.import_module("xllamacpp")
