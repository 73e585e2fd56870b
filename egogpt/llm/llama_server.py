"""One GGUF model in this process, through the prebuilt llama.cpp of xllamacpp.

Everything is greedy with a fixed seed, and the common start of two prompts is computed once. A
request that nobody waits for any more ends within a batch of its prompt, a picture, or a token of
its reply.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import secrets
import threading
import weakref
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from egogpt.protocols.chat import ChatError, PromptTooLong
from egogpt.protocols.errors import short
from egogpt.protocols.judging import yes_share
from egogpt.runtime.cancellation import Cancelled, signal, take, turn, until
from egogpt.runtime.threads import thread_count, wait_passively

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


@dataclass(frozen=True, slots=True)
class LlamaOptions:
    """How a file is loaded.

    ``mmproj`` is the file with the encoders of pictures and sound, and ``picture_tokens`` the most
    that a picture becomes, 0 for the model's own; ``threads`` 0 stands for those of this machine,
    ``layers`` None for as many on the card as llama.cpp chooses, ``batch`` 0 for what the file's
    size suggests. ``advice`` is said of a prompt that is too long.
    """

    context_tokens: int = 4096
    mmproj: Path | None = None
    picture_tokens: int = 0
    threads: int = 0
    layers: int | None = None
    batch: int = 0
    advice: str = "give it less evidence"


class LlamaServer:
    """A loaded file; requests from several threads take turns.

    What is said to it are turns in the form of OpenAI's chat API.
    """

    def __init__(self, path: Path, name: str, options: LlamaOptions) -> None:
        """Loads the model. Raises ChatError when llama.cpp cannot read the file."""
        self.name = name
        self.timings: Mapping[str, Any] = {}
        """What llama.cpp counted of the last request: prompt_n, predicted_n and the like."""
        self.lock = threading.Lock()
        self._advice = options.advice
        self._servers: list[Any] = [_start(path, options)]
        # The server's threads must end before the interpreter does, or its exit crashes.
        self.close = weakref.finalize(self, self._servers.clear)

    def stream(
        self, turns: Sequence[Mapping[str, Any]], max_tokens: int, stop: Sequence[str]
    ) -> Generator[str, None, None]:
        """The reply piece by piece; closing the iterator stops the model. Raises PromptTooLong."""
        for choice in self._choices(_request(turns, max_tokens, stop)):
            if text := choice["delta"].get("content"):
                yield text

    def yes_probability(self, turns: Sequence[Mapping[str, Any]]) -> float:
        """P(yes) / (P(yes) + P(no)) of the reply's first token, over all spellings of either.

        0.5 when neither is among the likeliest tokens. Raises PromptTooLong.
        """
        request = _request(turns, 1, ()) | {"logprobs": True, "top_logprobs": _TOP_TOKENS}
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
                for choice in _checked(chunk, self._advice).get("choices", ()):
                    pieces.put(choice)
                self.timings = chunk.get("timings") or self.timings
            except ChatError as error:
                pieces.put(error)
            return stopped.is_set()

        try:
            with until(over), turn(self.lock):
                if not self._servers:
                    raise ChatError(f"The language model {self.name} has been closed.")
                self._servers[0].handle_chat_completions({**request, **_STREAMED}, receive)
        except (ChatError, Cancelled) as error:
            pieces.put(error)
        except Exception as error:
            pieces.put(ChatError(f"{self.name} failed at a request: {short(error)}"))
        finally:
            pieces.put(None)


def _request(
    turns: Sequence[Mapping[str, Any]], max_tokens: int, stop: Sequence[str]
) -> dict[str, Any]:
    return {
        "messages": list(turns),
        "max_tokens": max_tokens,
        "stop": list(stop),
        "temperature": 0,
        "seed": _SEED,
        "cache_prompt": True,
        # Of models that think aloud where nobody tells them not to; others do not read it.
        "chat_template_kwargs": {"enable_thinking": False},
    }


def _checked(reply: Any, advice: str) -> Any:
    error = reply.get("error") if isinstance(reply, Mapping) else None
    if error is None:
        return reply
    if error.get("type") == "exceed_context_size_error":
        raise PromptTooLong(
            f"The prompt has {error['n_prompt_tokens']} tokens and the model reads at most "
            f"{error['n_ctx']}: {advice}."
        )
    raise ChatError(f"The language model refused the request: {error.get('message', error)}")


def _start(path: Path, options: LlamaOptions) -> Any:
    xllamacpp = runtime()
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = options.context_tokens
    parameters.n_parallel = 1
    large = path.is_file() and path.stat().st_size > _LARGE
    batch = options.batch or (_BATCH_OF_LARGE if large else _BATCH)
    parameters.n_batch = batch
    parameters.n_ubatch = batch
    parameters.warmup = False
    parameters.verbosity = _SILENT
    # Never more or fewer tokens than promised, and no second copy of old prompts in memory.
    parameters.fit_params = False
    parameters.cache_ram_mib = 0
    threads = options.threads or thread_count()
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    if options.mmproj is not None:
        parameters.mmproj.path = str(options.mmproj)
        parameters.image_max_tokens = options.picture_tokens or -1
    if options.layers is not None:
        parameters.n_gpu_layers = options.layers
        parameters.mmproj_use_gpu = options.layers > 0
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


def has_card() -> bool:
    """Whether this llama.cpp finds a graphics card that it can use."""
    return any("GPU" in device["type"].name for device in runtime().get_device_info())


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
