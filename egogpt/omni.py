"""Models of `transformers` that see, and some that hear: as a chat, and as a captioner.

    model = OmniModel.load("qwen-vl:/models/Qwen2.5-VL-7B-Instruct?bits=4", WeightStore())
    model.caption(observation)         # the weights are loaded now
    model.close()                      # and let go; the next use loads them again

One class serves all families (``families.py``): what differs between them is in their processors.
Everything is greedy, so that the same clip always gets the same words.
"""

from __future__ import annotations

import gc
import hashlib
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from egogpt.caption_prompt import MAX_TOKENS, PROMPT_VERSION, as_caption, caption_messages
from egogpt.chat import ChatError, Message, PromptTooLong
from egogpt.families import Family, context_of, family_of, read_config
from egogpt.generating import Pieces, cut_at, first_scores, generated, yes_no_share
from egogpt.model_names import Named, parse
from egogpt.model_places import find, weight_files
from egogpt.omni_inputs import (
    Request,
    each_apart,
    generation_extras,
    marks_of,
    model_inputs,
    take_apart,
)
from egogpt.omni_loading import Loaded, choose_device, load
from egogpt.weights import WeightStore
from memory.types import Observation

_GPU_BATCH = 4  # clips at once; a batch of them keeps a GPU busy, a CPU is busy with one
_READ_BY = (
    "config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "chat_template.jinja",
)


class OmniModel:
    """A checkpoint in a folder; requests from several threads take turns.

    ``name`` and ``version`` tell which checkpoint, how it is asked and with how many frames; where
    the folder lies is not in them.
    """

    sees = True

    def __init__(self, named: Named, folder: Path) -> None:
        """Reads the checkpoint's config only. Raises ChatError where it is none that is known."""
        config = read_config(folder)
        self._named, self._folder = named, folder
        self._family: Family = family_of(config, named.kind, folder)
        self.context_tokens = context_of(config, self._family)
        self.name = named.short if named.place else f"{named.kind}:{folder.name}"
        self.frames = named.options.frames or self._family.frames
        self.hears = self._family.hears
        self.version = f"{PROMPT_VERSION}-{_fingerprint(folder)}-{_choices(named, self.frames)}"
        self._loaded: Loaded | None = None
        self._guard = threading.RLock()

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> OmniModel:
        """The model called ``name``; its weights come with its first use or ``prepare``.

        Raises ModelMissing, NotThatModel, or UnknownModel for an option that does not exist.
        """
        named = parse(name)
        return cls(named, find(named))

    @property
    def batch(self) -> int:
        """How many clips are captioned together."""
        if self._named.options.batch:
            return self._named.options.batch
        return _GPU_BATCH if choose_device(self._named.options) != "cpu" else 1

    @property
    def is_loaded(self) -> bool:
        """Whether the weights are in memory now."""
        return self._loaded is not None

    def prepare(self) -> None:
        """Loads the weights now. Raises ChatError where they cannot be."""
        self._ready()

    def close(self) -> None:
        """Lets go of the weights, once the request that runs is over."""
        with self._guard:
            if self._loaded is not None:
                self._loaded = None
                gc.collect()
                _empty_gpu()

    # As a chat

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        """The whole reply, stripped; raises PromptTooLong."""
        return self._replies([messages], max_tokens, stop)[0]

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> Generator[str, None, None]:
        """The reply piece by piece; closing the iterator stops the model. Raises PromptTooLong."""
        pieces = Pieces(stop)

        def run() -> None:
            with self._using([self._request(messages)], max_tokens) as (ready, inputs, extras):
                pieces.follow(ready, inputs, max_tokens, extras)

        yield from pieces.from_thread(run)

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """P(yes) / (P(yes) + P(no)) of the reply's first token, over all spellings of either."""
        with self._using([self._request(messages)], 1) as (ready, inputs, extras):
            return yes_no_share(ready, first_scores(ready, inputs, extras))

    # As a captioner

    def caption(self, observation: Observation) -> str:
        """Two to four sentences on the clip; raises ChatError where the model finds no words."""
        return self.captions([observation])[0]

    def captions(self, observations: Sequence[Observation]) -> list[str]:
        """As ``caption``, of several clips at once."""
        asked = [caption_messages(one, hears=self.hears) for one in observations]
        return [as_caption(reply) for reply in self._replies(asked, MAX_TOKENS, ())]

    def _replies(
        self, asked: Sequence[Sequence[Message]], max_tokens: int, stop: Sequence[str]
    ) -> list[str]:
        requests = [self._request(messages) for messages in asked]
        replies = [""] * len(requests)
        for numbers in each_apart(requests):
            alike = [requests[number] for number in numbers]
            with self._using(alike, max_tokens) as (ready, inputs, extras):
                for number, reply in zip(
                    numbers, generated(ready, inputs, max_tokens, stop, extras)
                ):
                    replies[number] = cut_at(reply, stop).strip()
        return replies

    def _request(self, messages: Sequence[Message]) -> Request:
        unsaid = marks_of(self._ready().processor.tokenizer)
        return take_apart(messages, self._named.options.side, hears=self.hears, unsaid=unsaid)

    @contextmanager
    def _using(
        self, requests: Sequence[Request], max_tokens: int
    ) -> Iterator[tuple[Loaded, dict[str, Any], dict[str, Any]]]:
        """The model with the requests as its inputs, for this thread alone, its errors readable."""
        with self._guard:
            ready = self._ready()
            try:
                inputs = dict(model_inputs(ready.processor, requests, hears=self.hears))
                self._check_length(inputs["input_ids"].shape[1], max_tokens)
                placed = {name: _placed(value, ready) for name, value in inputs.items()}
                yield ready, placed, generation_extras(requests)
            except ChatError:
                raise
            except (RuntimeError, ValueError, TypeError, IndexError, KeyError) as error:
                _empty_gpu()
                raise ChatError(self._trouble(error)) from error

    def _check_length(self, tokens: int, max_tokens: int) -> None:
        if tokens + max_tokens > self.context_tokens:
            raise PromptTooLong(
                f"The prompt has {tokens} tokens and {self.name} reads at most "
                f"{self.context_tokens}, its reply included: give it fewer frames or less text."
            )

    def _trouble(self, error: Exception) -> str:
        what = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        if "out of memory" in what.lower():
            return (
                f"{self.name} does not fit the memory of this machine with this request. Choose "
                f"fewer frames (?frames=8), smaller ones (?side=448) or fewer bits (?bits=4)."
            )
        return f"{self.name} failed at a request: {what}"

    def _ready(self) -> Loaded:
        with self._guard:
            if self._loaded is None:
                self._loaded = load(self._folder, self._family, self._named.options)
            return self._loaded


def _fingerprint(folder: Path) -> str:
    """Ten letters that change with the checkpoint: its settings, and the sizes of its weights."""
    found = hashlib.sha256()
    for name in _READ_BY:
        if (folder / name).is_file():
            found.update((folder / name).read_bytes())
    for path in weight_files(folder):
        found.update(f"{path.name} {path.stat().st_size}".encode())
    return found.hexdigest()[:10]


def _choices(named: Named, frames: int) -> str:
    options = named.options
    attention = "" if options.attention == "sdpa" else f"-{options.attention}"
    return f"{frames}x{options.side}-{options.bits}bit{attention}"


def _placed(value: Any, ready: Loaded) -> Any:
    """A tensor on the model's device; pixels and sound in its precision."""
    if not hasattr(value, "to"):
        return value
    if value.is_floating_point() and value.dim() > 1:
        return value.to(ready.device, dtype=ready.model.dtype)
    return value.to(ready.device)


def _empty_gpu() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
