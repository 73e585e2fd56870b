"""Base of models that see: chat, captions, and weights that are loaded late and released.

A kind says how its weights are read and how messages become what it takes; the rest is here, so
that every kind keeps the same promises. Everything is greedy, so that the same clip always gets the
same words. Requests from several threads take turns.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from egogpt.captioning.prompt import MAX_TOKENS, PROMPT_VERSION, as_caption, caption_messages
from egogpt.protocols.chat import ChatError, Message, PromptTooLong
from egogpt.protocols.errors import CannotRun, short
from egogpt.protocols.model_names import STOCK, ParsedModelName, QuotaOption
from egogpt.quota.frame_sources import Layout, Stock
from egogpt.quota.look import Look
from egogpt.quota.quota import NoGain, Quota, affordable
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
from egogpt.vlm.batch import GenerationBatch
from egogpt.vlm.families import Family
from egogpt.vlm.focus import (
    Request,
    caption_focus,
    look_focus,
    sampled_frames,
    thinned,
)
from egogpt.vlm.sink_corrections import Corrections, corrections_of
from egogpt.weights.shard_index import weight_paths
from kernels.positions.options import Positions
from memory.types.core import Frame, Observation
from memory.types.explanation import LookSummary

if TYPE_CHECKING:
    from egogpt.sinks.redistribution import RedistributionSession

_GPU_BATCH = 4  # clips at once; a batch of them keeps a GPU busy, a CPU is busy with one
_NO_VAR = ("var", "auto")  # says nothing: what it does depends on a profile
_TURN_END = 8  # tokens of a prompt behind its words, at most
_READ_BY = (
    "config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "chat_template.jinja",
)


class VisionLanguageModel(ABC):
    """A checkpoint in a folder. Implements ``Chat``, ``BatchCaptioner`` and ``Unloadable``.

    ``name`` and ``version`` tell which checkpoint, how it is asked and with how many frames; where
    the folder lies is not in them. ``frames`` are sampled of a clip, at the cost of
    ``stock_frames``. ``scorer`` says which frames a question is about, by default the model's own
    yes or no to each. ``looks`` tells how what it was last asked about was shown.
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
        self.quota = QuotaOption.parse(named.options.quota)
        self.stock_frames = named.options.frames or family.frames
        self.frames = self.sampled(30.0)
        self.hears = family.hears
        self.version = "-".join(
            (PROMPT_VERSION, _fingerprint(folder), _choices(named, self.stock_frames))
        )
        self.scorer: FrameScorer = ChatScorer(self)
        self.looks: tuple[LookSummary, ...] = ()
        self._corrections = Corrections()
        self._held = LazyModel(self._first, self._trouble, lacks=self._lacks)

    def _lacks(self) -> int:
        """Bytes of memory that its weights need and that are not free."""
        size = sum(path.stat().st_size for path in weight_paths(self._folder))
        return size - free_bytes(choose_device(self._named.options.device))

    @abstractmethod
    def _read(self) -> Loaded:
        """The model with its weights, from the folder."""

    @abstractmethod
    def batches(
        self, ready: Loaded, requests: Sequence[Request], max_tokens: int
    ) -> Iterator[GenerationBatch]:
        """The requests as what ``generate`` takes, those together that can be."""

    @abstractmethod
    def _layout(self, ready: Loaded, frames: Sequence[Frame], stock: Stock) -> Layout:
        """The grids that these frames may be shown at; nothing is encoded. Raises ValueError."""

    def language(self, ready: Loaded) -> Any:
        """The model whose attention is corrected."""
        return ready.model

    def sampled(self, seconds: float) -> int:
        """How many frames of a clip to give it; those that it takes by itself without a quota."""
        quota = self.quota.by != "off"
        return sampled_frames(self.stock_frames, seconds) if quota else self.stock_frames

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
        return Loaded(self.language(ready), ready.tokenizer, ready.device)

    @contextmanager
    def loaded(self) -> Iterator[Loaded]:
        """The model with its weights, for nobody else meanwhile. Raises ChatError."""
        with self._held.using() as ready:
            yield ready

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
        look: Look | None = None,
    ) -> Generator[str, None, None]:
        """The reply piece by piece; closing the iterator stops the model.

        With a ``look``, tokens go to the frames that its question is about (QuoTA). Raises
        PromptTooLong.
        """
        pieces = TokenStreamer(stop)

        def run() -> None:
            with self._held.using() as ready:
                request = self._with_look(ready, messages, look)
                for batch in self.batches(ready, [request], max_tokens):
                    with self._correcting(ready, batch, [request]) as session:
                        pieces.follow(ready, batch.inputs, max_tokens)
                    self.looks = batch.corrected(session)

        yield from pieces.from_thread(run)

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """P(yes) / (P(yes) + P(no)) of the reply's first token, over all spellings of either."""
        with self._held.using() as ready:
            (batch,) = self.batches(ready, [Request(messages)], 1)
            return yes_no_share(ready, first_scores(ready, batch.inputs))

    # As a captioner

    def caption(self, observation: Observation) -> str:
        """Two to four sentences on the clip; raises ChatError where the model finds no words."""
        return self.captions([observation])[0]

    def captions(self, observations: Sequence[Observation]) -> list[str]:
        """As ``caption``, of several clips at once."""
        with self._held.using() as ready:
            requests = [self._captioned(ready, observation) for observation in observations]
            return [as_caption(reply) for reply in self._run(ready, requests, MAX_TOKENS, (), True)]

    def _captioned(self, ready: Loaded, observation: Observation) -> Request:
        """What is asked of a clip, and how it is shown."""
        focus, off = None, "the model's name says so"
        sampled = thinned(observation, self.frames)
        if self.quota.by != "off":
            try:
                stock = self._stock(self.stock_frames)
                few = self._affordable(ready, sampled.frames, stock, Quota(self.quota.share))
                sampled = thinned(sampled, few)
                layout = self._layout(ready, sampled.frames, stock)
                focus = caption_focus(self.quota, layout, self.stock_frames, sampled.relevance)
            except (NoGain, ValueError) as error:
                off = str(error)
        if focus is None:
            sampled = thinned(sampled, self.stock_frames)
        return Request(
            caption_messages(sampled, hears=self.hears, in_one_turn=self.in_one_turn), focus, off
        )

    def _with_look(self, ready: Loaded, messages: Sequence[Message], look: Look | None) -> Request:
        """A request of a chat; with a look, its frames by what that asks."""
        if look is None or sum(bool(message.frames) for message in messages) != 1:
            return Request(messages, None, "no question was given to share tokens by")
        request, off = Request(messages), "the model's name says so"
        if self.quota.by != "off":
            try:
                stock = self._stock(look.frames)
                quota = Quota(self.quota.share, look.at_most)
                few = self._affordable(ready, request.frames, stock, quota)
                request = request.as_usual("", few)
                layout = self._layout(ready, request.frames, stock)
                focus = look_focus(self.quota, layout, look, request.frames, self.scorer)
                return replace(request, focus=focus)
            except (NoGain, ValueError) as error:
                off = str(error)
        return request.as_usual(off, look.frames)

    def _affordable(
        self, ready: Loaded, frames: Sequence[Frame], stock: Stock, quota: Quota
    ) -> int:
        """How many frames the budget can show."""
        return affordable(quota, self._layout(ready, frames, stock))

    def _stock(self, frames: int) -> Stock:
        return Stock(frames, self._named.options.side)

    def _replies(
        self, asked: Sequence[Sequence[Message]], max_tokens: int, stop: Sequence[str]
    ) -> list[str]:
        with self._held.using() as ready:
            requests = [Request(messages) for messages in asked]
            return self._run(ready, requests, max_tokens, stop, False)

    def _run(
        self, ready: Loaded, requests: Sequence[Request], max_tokens: int, stop: Sequence[str],
        once: bool,
    ) -> list[str]:  # fmt: skip
        """The replies; ``once`` is whether what a reply loops in is kept but once."""
        replies, looks = [""] * len(requests), [LookSummary()] * len(requests)
        for batch in self.batches(ready, requests, max_tokens):
            with self._correcting(ready, batch, requests) as session:
                texts = generated(ready, batch.inputs, max_tokens, stop, once=once)
            of_batch = batch.corrected(session)
            for number, text, look in zip(batch.numbers, texts, of_batch, strict=True):
                replies[number], looks[number] = cut_at(text, stop).strip(), look
        self.looks = tuple(looks)
        return replies

    @contextmanager
    def _correcting(
        self, ready: Loaded, batch: GenerationBatch, requests: Sequence[Request]
    ) -> Iterator[RedistributionSession]:
        """Runs a batch with VAR or ACT on, as the options say."""
        mask = batch.inputs.get("attention_mask")
        protected = None
        if self._corrections.act is not None and mask is not None:
            protected = _asking(ready, mask, [requests[number] for number in batch.numbers])
        language = self.language(ready)
        with self._corrections.applied(language, batch.visual, mask, protected) as session:
            yield session

    def _check_length(self, tokens: int, max_tokens: int) -> None:
        if tokens + max_tokens > self.context_tokens:
            raise PromptTooLong(
                f"The prompt has {tokens} tokens and {self.name} reads at most "
                f"{self.context_tokens}, its reply included: give it fewer frames "
                "(?frames=4 behind its name) or less text."
            )

    def _trouble(self, error: Exception, failed: str = "") -> str:
        failed = failed or f"{self.name} failed at a request"
        if "out of memory" in str(error).lower():
            return (
                f"{self.name} does not fit the memory that is free here: {failed}. Close what else "
                "uses the card, or choose fewer bits (?bits=4), fewer frames (?frames=8) or "
                "smaller ones (?side=448)."
            )
        return f"{failed}: {short(error)}"

    def _first(self) -> Loaded:
        try:
            ready = self._read()
        except ChatError:
            raise
        except ImportError as error:
            raise CannotRun(f"{self.name} needs a package that is missing: {error}") from error
        except Exception as error:  # several libraries read the folder, and each raises its own
            raise CannotRun(self._trouble(error, f"{self._folder} cannot be loaded")) from error
        # The tokenizer warns of texts that it takes for too long, whatever the model reads.
        words = ready.tokenizer
        words.model_max_length = max(words.model_max_length, self.context_tokens)
        self._corrections = corrections_of(self.language(ready), words, self._named.options)
        return ready


def _asking(ready: Loaded, mask: Any, requests: Sequence[Request]) -> Any:
    """The tokens of each prompt's last line, which ask, and what comes after them; bool [B, P]."""
    protected = mask.bool() & False
    for row, request in zip(protected, requests, strict=True):
        line = request.messages[-1].content.strip().rpartition("\n")[2]
        words = len(ready.tokenizer(line, add_special_tokens=False)["input_ids"])
        row[-words - _TURN_END :] = True
    return protected


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
    others = {
        "quota": "" if options.quota == "off" else options.quota,
        "var": options.var,
        "act": Path(options.act).name,
    }
    changed = "".join(
        f"-{name}={value}" for name, value in others.items() if value and (name, value) != _NO_VAR
    )
    return f"{frames}x{options.side}-{bits}{attention}{changed}{positions}"
