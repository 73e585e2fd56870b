"""Base of models that see: chat, captions, and weights that are loaded late and released.

A kind says how its weights are read and how messages become what it takes; the rest is here, so
that every kind keeps the same promises. Everything is greedy, so that the same clip always gets the
same words. Requests from several threads take turns.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from egogpt.captioning.prompt import MAX_TOKENS, PROMPT_VERSION, as_caption, caption_messages
from egogpt.protocols.chat import ChatError, Message, PromptTooLong
from egogpt.protocols.errors import CannotRun, short
from egogpt.protocols.model_names import STOCK, ParsedModelName
from egogpt.quota.scorers import ChatScorer, FrameScorer
from egogpt.runtime.devices import choose_device, free_bytes
from egogpt.runtime.generation import (
    Loaded,
    TokenStreamer,
    cut_at,
    first_scores,
    generated,
    yes_no_share,
)
from egogpt.runtime.lazy_model import LazyModel
from egogpt.vlm.families import Family
from egogpt.vlm.focus import Focus, focus_on
from egogpt.vlm.inputs import spread
from egogpt.weights.shard_index import weight_paths
from kernels.positions.options import Positions
from memory.types.core import Observation

_GPU_BATCH = 4  # clips at once; a batch of them keeps a GPU busy, a CPU is busy with one
_READ_BY = (
    "config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "chat_template.jinja",
)


class VisionLanguageModel(ABC):
    """A checkpoint in a folder. Implements ``Chat``, ``BatchCaptioner`` and ``Unloadable``.

    ``name`` and ``version`` tell which checkpoint, how it is asked and with how many frames; where
    the folder lies is not in them. ``scorer`` says which frames a question is about, by default
    the model's own yes or no to each.
    """

    sees = True
    in_one_turn = False  # whether a caption is asked for without a system message

    def __init__(
        self, named: ParsedModelName, folder: Path, family: Family, context_tokens: int
    ) -> None:
        """Reads no weights. ``context_tokens`` is the most that are read, the reply included."""
        self._named, self._folder, self._family = named, folder, family
        self.context_tokens = context_tokens
        self.name = named.short
        self.frames = named.options.frames or family.frames
        self.hears = family.hears
        self.version = f"{PROMPT_VERSION}-{_fingerprint(folder)}-{_choices(named, self.frames)}"
        self.scorer: FrameScorer = ChatScorer(self)
        self._focus: Focus | None = None
        self._held = LazyModel(self._first, self._trouble, lacks=self._lacks)

    def _lacks(self) -> int:
        """Bytes of memory that its weights need and that are not free."""
        size = sum(path.stat().st_size for path in weight_paths(self._folder))
        return size - free_bytes(choose_device(self._named.options.device))

    @abstractmethod
    def _read(self) -> Loaded:
        """The model with its weights, from the folder."""

    @abstractmethod
    def _batches(
        self,
        ready: Loaded,
        asked: Sequence[Sequence[Message]],
        max_tokens: int,
        *,
        captioning: bool = False,
    ) -> Iterator[tuple[Sequence[int], Mapping[str, Any]]]:
        """Conversations that run together: their numbers, and what ``generate`` takes for them."""

    @property
    def batch(self) -> int:
        """How many clips are captioned together."""
        if self._named.options.batch:
            return self._named.options.batch
        return _GPU_BATCH if choose_device(self._named.options.device) != "cpu" else 1

    @property
    def shared(self) -> LazyModel:
        """The weights, for what else reads with them."""
        return self._held

    @property
    def is_loaded(self) -> bool:
        """Whether the weights are in memory now."""
        return self._held.is_loaded

    def prepare(self) -> None:
        """Loads the weights now. Raises ChatError where they cannot be."""
        self._held.ready()

    def language_model(self) -> Loaded:
        """The part that reads and writes text, loaded now where it was not; with its tokenizer.

        Raises ChatError where it cannot be.
        """
        ready = self._held.ready()
        return Loaded(self._language(ready), ready.tokenizer, ready.device)

    def _language(self, ready: Loaded) -> Any:
        """The model of `transformers` that reads text; the whole where it takes words alone."""
        return ready.model

    def close(self) -> None:
        """Lets go of the weights, once the request that runs is over."""
        self._held.close()

    # As a chat

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        """The whole reply, stripped; raises PromptTooLong."""
        return self._replies([messages], max_tokens, stop)[0]

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 128,
        stop: Sequence[str] = (),
        question: str = "",
        visual_tokens: int = 0,
    ) -> Generator[str, None, None]:
        """The reply piece by piece; closing the iterator stops the model.

        With a ``question`` and ``visual_tokens``, so many tokens at most are spent on the frames,
        most on those that it is about (QuoTA, ``quota.py``). Raises PromptTooLong.
        """
        pieces = TokenStreamer(stop)

        def run() -> None:
            with self._held.using() as ready, self._focused(messages, question, visual_tokens):
                for _, inputs in self._batches(ready, [messages], max_tokens):
                    pieces.follow(ready, inputs, max_tokens)

        yield from pieces.from_thread(run)

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """P(yes) / (P(yes) + P(no)) of the reply's first token, over all spellings of either."""
        with self._held.using() as ready:
            ((_, inputs),) = self._batches(ready, [messages], 1)
            return yes_no_share(ready, first_scores(ready, inputs))

    # As a captioner

    def caption(self, observation: Observation) -> str:
        """Two to four sentences on the clip; raises ChatError where the model finds no words."""
        return self.captions([observation])[0]

    def captions(self, observations: Sequence[Observation]) -> list[str]:
        """As ``caption``, of several clips at once."""
        asked = [
            caption_messages(
                replace(observation, frames=spread(observation.frames, self.frames)),
                hears=self.hears,
                in_one_turn=self.in_one_turn,
            )
            for observation in observations
        ]
        replies = self._replies(asked, MAX_TOKENS, (), captioning=True)
        return [as_caption(reply) for reply in replies]

    def _replies(
        self,
        asked: Sequence[Sequence[Message]],
        max_tokens: int,
        stop: Sequence[str],
        *,
        captioning: bool = False,
    ) -> list[str]:
        replies = [""] * len(asked)
        with self._held.using() as ready:
            for numbers, inputs in self._batches(ready, asked, max_tokens, captioning=captioning):
                texts = generated(ready, inputs, max_tokens, stop, once=captioning)
                for number, text in zip(numbers, texts, strict=True):
                    replies[number] = cut_at(text, stop).strip()
        return replies

    @contextmanager
    def _focused(self, messages: Sequence[Message], question: str, tokens: int) -> Iterator[None]:
        """Frames are shown by what is asked of them in here; the thread holds the model."""
        self._focus = focus_on(messages, question, tokens, self.scorer)
        try:
            yield
        finally:
            self._focus = None

    def _check_length(self, tokens: int, max_tokens: int) -> None:
        if tokens + max_tokens > self.context_tokens:
            raise PromptTooLong(
                f"The prompt has {tokens} tokens and {self.name} reads at most "
                f"{self.context_tokens}, its reply included: give it fewer frames or less text."
            )

    def _trouble(self, error: Exception) -> str:
        what = short(error)
        if "out of memory" in what.lower():
            return (
                f"{self.name} does not fit the memory of this machine with this request. Choose "
                "fewer frames (?frames=8), smaller ones (?side=448) or fewer bits (?bits=4)."
            )
        return f"{self.name} failed at a request: {what}"

    def _first(self) -> Loaded:
        try:
            ready = self._read()
        except ChatError:
            raise
        except ImportError as error:
            raise CannotRun(f"{self.name} needs a package that is missing: {error}") from error
        except Exception as error:  # several libraries read the folder, and each raises its own
            raise CannotRun(f"{self._folder} cannot be loaded: {short(error)}") from error
        # The tokenizer warns of texts that it takes for too long, whatever the model reads.
        words = ready.tokenizer
        words.model_max_length = max(words.model_max_length, self.context_tokens)
        return ready


def _fingerprint(folder: Path) -> str:
    """Ten letters that change with the checkpoint: its settings, and the sizes of its weights."""
    sha256 = hashlib.sha256()
    for name in _READ_BY:
        if (folder / name).is_file():
            sha256.update((folder / name).read_bytes())
    for path in weight_paths(folder):
        sha256.update(f"{path.name} {path.stat().st_size}".encode())
    return sha256.hexdigest()[:10]


def _choices(named: ParsedModelName, frames: int) -> str:
    options = named.options
    attention = "" if options.attention == STOCK else f"-{options.attention}"
    chosen = Positions.parse(options.positions)
    positions = "" if chosen == Positions() else f"-{chosen.label}"
    bits = f"{options.bits}bit" if options.bits else "best"
    return f"{frames}x{options.side}-{bits}{attention}{positions}"
