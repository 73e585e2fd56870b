"""A long text in a model's memory: read once, in chunks, and asked about many times.

    reader = LongReader(ready, "quest")
    reader.read(tokens)                       # keys and values of all of them are kept
    reader.follow(pieces, question, 128)      # a reply; afterwards only the text is kept

With `times=4` it reads four times as many tokens as the model was trained on: what a query beyond
that sees is numbered one key behind the other (`kernels.positions.rope_scaling`, renumbered).

What is kept is cut back to where a chunk began wherever a new text differs from the old one, so
that what is read on top lies in the same blocks as in a text that is read anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from egogpt.long_context.protocol import Told
from egogpt.protocols.chat import PromptTooLong
from egogpt.protocols.errors import CannotRun
from egogpt.runtime.generation import Loaded, TokenStreamer
from kernels.positions.options import RENUMBERED, Positions

if TYPE_CHECKING:
    from kernels.base.method import Method
    from kernels.cache.paged_cache import Room

DEFAULT_METHOD = "default"
"""The attention that long texts are read with: `egogpt.attention.default_attention`."""
STOCK = "sdpa"  # the library's own attention and its own cache
CHUNK = 512  # tokens read at once: a multiple of every method's block of queries
TIMES = 2.0
"""How many times as many tokens as a model was trained on are read, unless somebody says."""
_READS_ALL = "{method} reads all of a text, or more at once than the model was trained on"
_UNKNOWN = 4096  # tokens that a model reads whose config does not say


class LongReader:
    """One text; not for several threads at once.

    Attributes:
        longest: Tokens that the model reads, text, question and reply together.
        trained: How many of them it was trained on.
    """

    def __init__(
        self,
        ready: Loaded,
        method: str | Method = DEFAULT_METHOD,
        *,
        longest: int | None = None,
        chunk: int = CHUNK,
        room: Room | None = None,
        times: float = 1.0,
    ) -> None:
        """Reads nothing yet.

        Args:
            ready: The model.
            method: One of ``kernels.registry``, or its name; "default", or "sdpa".
            longest: By default what the model's config promises, so many times.
            chunk: Tokens that go through the model at once; bounds what reading takes beside
                the keys and values.
            room: Where keys and values lie; by default in the device's memory.
            times: How many times as many tokens as it was trained on are read, where model and
                method allow it; `why_no_further` says why not.
        """
        self._ready = ready
        self._method = _chosen(ready.model, method)
        self.trained = longest_of(ready.model)
        self._positions, self.why_no_further = Positions(), ""
        if times > 1:
            self._number_anew(times)
        self.longest = longest or self._positions.longest(self.trained)
        self._chunk, self.room = chunk, room
        self._cache: Any = None
        self._tokens: list[int] = []
        self.new_tokens = 0
        """How many tokens the latest text had that had not been read before."""
        self.opened: tuple[int, ...] = ()
        """Parts of the text that the latest reply rests on, where the attention tells."""

    @property
    def tokens(self) -> tuple[int, ...]:
        """The text that is kept, as tokens."""
        return tuple(self._tokens)

    @property
    def method(self) -> str:
        """The name of the attention, with what differs from its defaults."""
        return self._method if isinstance(self._method, str) else self._method.label

    @property
    def manner(self) -> str:
        """The attention, and whether numbers were given anew to what is kept."""
        beyond = len(self._tokens) > self.trained and self._positions.kind == RENUMBERED
        return self.method + (f", renumbered beyond {self.trained:,} tokens" if beyond else "")

    @property
    def cache(self) -> Any:
        """Keys and values of the text; None before anything was read."""
        return self._cache

    def take(self, cache: Any, tokens: Sequence[int]) -> None:
        """Go on with keys and values of tokens that were read by another reader like this one."""
        self._cache, self._tokens = cache, list(tokens)

    @property
    def bytes(self) -> int:
        """What the keys and values of the text take."""
        in_files = 0 if self.room is None else getattr(self.room, "budget", 0)
        return in_files or len(self._tokens) * token_bytes(self._ready.model)

    def read(
        self,
        tokens: Sequence[int],
        on_progress: Told | None = None,
        over: threading.Event | None = None,
        lengths: Sequence[int] = (),
    ) -> int:
        """Make the kept text this one; what both begin with is not read again.

        Args:
            tokens: The text.
            on_progress: Called after each chunk.
            over: Once set, reading stops after the chunk that it is in; what was read is kept.
            lengths: Of the parts of the text; here they are read as one.

        Returns:
            How many tokens had to be read.

        Raises:
            PromptTooLong: The model does not read so many; nothing is read.
        """
        self._check(len(tokens))
        begun = self._cut_back(tokens)
        with self._failing_whole(), self._attending():
            for start in range(begun, len(tokens), self._chunk):
                if over is not None and over.is_set():
                    break
                self._feed(tokens[start : start + self._chunk], len(tokens))
                if on_progress is not None:
                    on_progress(len(self._tokens), len(tokens))
        self.new_tokens = len(self._tokens) - begun
        return self.new_tokens

    def follow(self, pieces: TokenStreamer, question: Sequence[int], max_tokens: int) -> None:
        """Put the reply to a question about the text into ``pieces``, then forget both.

        Args:
            pieces: Takes the reply; ends it when nobody wants it any more.
            question: Tokens behind the text, at least one.
            max_tokens: The most that the reply may have.

        Raises:
            PromptTooLong: Text, question and reply are more than the model reads.
        """
        import torch

        self._check(len(self._tokens) + len(question) + max_tokens)
        whole = torch.tensor([[*self._tokens, *question]], device=self._ready.device)
        inputs = {"input_ids": whole, "attention_mask": torch.ones_like(whole)}
        with self._failing_whole(), self._attending():
            pieces.follow(self._ready, {**inputs, "cache": self._open(whole.shape[1])}, max_tokens)
            self._crop(len(self._tokens))

    def forget(self) -> None:
        """Let go of the text."""
        self._cache, self._tokens = None, []

    def _number_anew(self, times: float) -> None:
        """Hold the method to what the model was trained on; else note why that cannot be."""
        from kernels.positions.rope_rotation import NoRotation
        from kernels.positions.rope_scaling import positioned
        from kernels.registry import create

        method = self._method
        if isinstance(method, str) and method != STOCK:
            method = create(method)
        fitting = None if isinstance(method, str) else method.at_most(self.trained)
        if fitting is None:
            self.why_no_further = _READS_ALL.format(method=self.method)
            return
        positions = Positions(RENUMBERED, times)
        try:
            with positioned(self._ready.model, positions):
                pass
        except NoRotation as error:
            self.why_no_further = str(error)
            return
        self._method, self._positions = fitting, positions

    def _check(self, tokens: int) -> None:
        if tokens > self.longest:
            raise PromptTooLong(
                f"The text has {tokens} tokens, its reply included, and the model reads at most "
                f"{self.longest}: give it a shorter time, or summaries instead of every moment."
            )

    def _cut_back(self, tokens: Sequence[int]) -> int:
        """Keep what begins like ``tokens``, whole chunks of it; returns how many tokens."""
        if list(tokens) == self._tokens:
            return len(self._tokens)
        pairs = enumerate(zip(self._tokens, tokens, strict=False))
        same = next((at for at, (old, new) in pairs if old != new), None)
        common = min(len(self._tokens), len(tokens)) if same is None else same
        common -= common % self._chunk
        with self._failing_whole():
            self._crop(common)
        del self._tokens[common:]
        return len(self._tokens)

    def _crop(self, length: int) -> None:
        import torch

        if self._cache is None:
            return
        more = self._cache.get_seq_length() - length
        if more > 0 and length:
            with torch.inference_mode():
                self._cache.crop(-more)
        elif more > 0:
            self.forget()

    def _feed(self, part: Sequence[int], expected: int) -> None:
        import torch

        ids = torch.tensor([list(part)], device=self._ready.device)
        with torch.inference_mode():
            self._ready.model(
                input_ids=ids, cache=self._open(expected), use_cache=True, logits_to_keep=1
            )
        self._tokens += part

    def _open(self, expected: int) -> Any:
        if self._cache is None:
            self._cache = cache_for(self._ready.model, self._method, expected, self.room)
        return self._cache

    @contextmanager
    def _attending(self) -> Iterator[None]:
        from kernels.positions.rope_scaling import positioned
        from kernels.registry import using

        model = self._ready.model
        with from_the_first_token(model), positioned(model, self._positions):
            if self._method == STOCK:
                yield
                return
            with using(model, self._method):
                yield

    @contextmanager
    def _failing_whole(self) -> Iterator[None]:
        """A model that fails in the middle leaves layers of unequal length: none of it is kept."""
        try:
            yield
        except BaseException:
            self.forget()
            raise


@contextmanager
def from_the_first_token(model: Any) -> Iterator[None]:
    """Number tokens by their place, whatever pictures the model was shown before.

    Models that see keep by how much the pictures of their last prompt moved the words behind.
    """
    parts = [part for part in model.modules() if getattr(part, "rope_deltas", None) is not None]
    for part in parts:
        part.rope_deltas = None
    yield


def _chosen(model: Any, method: str | Method) -> str | Method:
    """The method by its name, with the heads, layers or gates of the model.

    Raises:
        CannotRun: These were not studied yet; the text has the command.
    """
    from egogpt.attention.chosen_method import method_for
    from egogpt.attention.retrieval_heads import HeadsUnknown

    if not isinstance(method, str) or method == STOCK:
        return method
    try:
        return method_for(model, method, {})
    except HeadsUnknown as error:
        raise CannotRun(f"method={method}: {error}") from error


def longest_of(model: Any) -> int:
    """Tokens that a model's config says it reads."""
    text = model.config.get_text_config(decoder=True)
    return int(getattr(text, "max_position_embeddings", None) or _UNKNOWN)


def token_bytes(model: Any) -> int:
    """What the keys and values of one token take in all layers of a model."""
    text = model.config.get_text_config(decoder=True)
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return int(2 * text.num_hidden_layers * heads * size * model.dtype.itemsize)


def cache_for(model: Any, method: str | Method, expected: int, room: Room | None = None) -> Any:
    """An empty cache for so many tokens, such as a method reads."""
    text = model.config.get_text_config(decoder=True)
    if method == STOCK:
        from transformers import DynamicCache

        return DynamicCache(config=text)
    from kernels.cache.paged_cache import in_memory, paged_cache

    return paged_cache(text, capacity=expected + CHUNK, room=room or in_memory)
