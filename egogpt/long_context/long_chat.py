"""A local chat model that reads whole hours and days, and keeps them for the next question.

    chat = LongChat.load("qwen-0.5b", weights)
    prompt = LongPrompt((Message("system", "Answer from the notes."),), lines, "Who came?")
    for piece in chat.stream(prompt, about="2026-03-03"): ...

The weights are those of the bundled GGUF file, or of any folder that `transformers` reads; they
are in this process a second time beside those of llama.cpp, whose cache cannot be read sparsely.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from typing import Any

from egogpt.llm.transformers_models import LocalModel, LocalModelError, load_local_model
from egogpt.long_context.long_reader import DEFAULT_METHOD, LongReader, longest_of, token_bytes
from egogpt.long_context.protocol import LongPrompt, Told
from egogpt.protocols.chat import Message
from egogpt.protocols.errors import CannotRun, short
from egogpt.runtime.devices import choose_device
from egogpt.runtime.generation import Loaded, TokenStreamer
from egogpt.runtime.lazy_model import LazyModel
from egogpt.weights.store import WeightError, WeightStore

_log = logging.getLogger(__name__)
KEPT_BYTES = 2 * 2**30  # of keys and values, for all texts that are kept
_MOST = 4  # texts that are kept
_MARK = "\N{SYMBOL FOR RECORD SEPARATOR}text\N{SYMBOL FOR RECORD SEPARATOR}"


class LongChat:
    """Implements ``ReadsLong`` and ``Unloadable``; requests from several threads take turns."""

    def __init__(
        self,
        name: str,
        load: Callable[[], LocalModel],
        *,
        method: str = DEFAULT_METHOD,
        longest: int | None = None,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        """Loads nothing yet.

        Args:
            name: Of the model, as answers tell it.
            load: Brings the model and its tokenizer when they are first needed.
            method: The attention that texts are read with: see ``LongReader``.
            longest: Tokens that are read at most; by default what the model's config promises.
            kept_bytes: What the keys and values of kept texts may take, beside those in use.
        """
        self.name = name
        self.told: Told | None = None
        """Hears how far a text is read."""
        self.converting: Told | None = None
        """Hears, in bytes, how far the weights of a GGUF file are converted, which is done once."""
        self._load = load
        self._method = method
        self._longest = longest
        self._kept_bytes = kept_bytes
        self._studied = False
        self._readers: OrderedDict[str, LongReader] = OrderedDict()
        self._held = LazyModel(
            self._first, lambda error: f"{name} failed at a long text: {short(error)}", self.forget
        )

    @classmethod
    def load(cls, name: str, weights: WeightStore, *, method: str = DEFAULT_METHOD) -> LongChat:
        """A bundled chat model, a folder or a GGUF file by its path; nothing is loaded yet."""

        def load() -> LocalModel:
            return load_local_model(name, weights, on_conversion=chat.converting)

        chat = cls(name, load, method=method)
        return chat

    @property
    def cached_texts(self) -> tuple[str, ...]:
        """What the kept texts are about, the latest last."""
        return tuple(self._readers)

    def prepare(self) -> None:
        """Loads the weights now. Raises ChatError with what to do where they cannot be."""
        self._held.ready()

    def forget(self) -> None:
        """Lets go of all texts, once the request that runs is over; the weights stay."""
        with self._held.guard:
            self._readers.clear()

    def close(self) -> None:
        """Lets go of texts and weights; the next use loads them again."""
        self._held.close()

    def room_left(self, prompt: LongPrompt, max_tokens: int) -> int:
        """See ``ReadsLong.room_left``."""
        ready = self._held.ready()
        text, question = self._tokens(ready, prompt)
        longest = self._longest or longest_of(ready.model)
        return longest - len(text) - len(question) - max_tokens

    def sizes(self, texts: Sequence[str]) -> list[int]:
        """See ``ReadsLong.sizes``."""
        return [len(ids) for ids in _quoted(self._held.ready().tokenizer, texts)]

    def stream(
        self,
        prompt: LongPrompt,
        *,
        about: str = "",
        max_tokens: int = 128,
        stop: Sequence[str] = (),
    ) -> Generator[str, None, None]:
        """See ``ReadsLong.stream``."""
        pieces = TokenStreamer(stop)
        yield from pieces.from_thread(lambda: self.into(pieces, prompt, about, max_tokens))

    def into(self, pieces: TokenStreamer, prompt: LongPrompt, about: str, max_tokens: int) -> None:
        """Reads and puts the reply into ``pieces``; ends early once those are over."""
        with self._held.using() as ready:
            text, question = self._tokens(ready, prompt)
            on_progress = self._heads_first(ready, len(text), pieces.over)
            reader = self._reader(ready, about, len(text))
            reader.read(text, on_progress, pieces.over)
            if not pieces.over.is_set():
                reader.follow(pieces, question, max_tokens)
            self._trim(0)

    def complete(
        self,
        prompt: LongPrompt,
        *,
        about: str = "",
        max_tokens: int = 128,
        stop: Sequence[str] = (),
    ) -> str:
        """The whole reply; raises as ``stream`` does."""
        return "".join(self.stream(prompt, about=about, max_tokens=max_tokens, stop=stop)).strip()

    def _heads_first(self, ready: Loaded, tokens: int, over: threading.Event) -> Told | None:
        """Sees to it that the default attention knows the model's heads; who hears of the text."""
        from egogpt.long_context.head_study import find_them, needs_heads

        too_long = tokens > (self._longest or longest_of(ready.model))  # which is told at once
        if self._method != DEFAULT_METHOD or self._studied or too_long:
            return self.told
        if not needs_heads(ready, tokens):
            return self.told
        on_progress = find_them(ready, tokens, self.told, over)
        self._studied = not over.is_set()  # what cannot be kept is not found again and again
        self._readers.clear()  # short ones, which were begun without
        return on_progress

    def _reader(self, ready: Loaded, about: str, tokens: int) -> LongReader:
        """What has been read about this, or a new reader; others make room for it."""
        reader = self._readers.pop(about, None)
        self._trim(tokens * token_bytes(ready.model))
        if reader is None:
            reader = LongReader(ready, self._method, longest=self._longest)
        self._readers[about] = reader
        return reader

    def _trim(self, needed: int) -> None:
        """Let go of the texts that were asked about longest ago."""
        while self._readers and (
            len(self._readers) > _MOST
            or sum(reader.bytes for reader in self._readers.values()) + needed > self._kept_bytes
        ):
            about, _ = self._readers.popitem(last=False)
            _log.info("what was read about %s is no longer kept", about or "a text")

    def _tokens(self, ready: Loaded, prompt: LongPrompt) -> tuple[list[int], list[int]]:
        """The text with all that comes before it, and the question with all that comes behind."""
        tokenizer = ready.tokenizer
        head, tail = _around(tokenizer, prompt.before)
        *texts, question = _quoted(tokenizer, [*prompt.texts, prompt.question])
        before, after = (
            tokenizer(part, add_special_tokens=False).input_ids for part in (head, tail)
        )
        return [*before, *(token_id for ids in texts for token_id in ids)], [*question, *after]

    def _first(self) -> Loaded:
        try:
            loaded = self._load()
        except (LocalModelError, WeightError) as error:
            raise CannotRun(str(error)) from error
        if loaded.tokenizer is None:
            raise CannotRun(f"{self.name} has no tokenizer; put tokenizer.json beside its weights")
        device = choose_device("")
        return Loaded(loaded.model.to(device), loaded.tokenizer, device)


def _around(tokenizer: Any, before: Sequence[Message]) -> tuple[str, str]:
    """What the model's template puts before and behind the words of the last turn."""
    if not tokenizer.chat_template:
        return "".join(f"{turn.content}\n\n" for turn in before), "\nAnswer:"
    turns = [{"role": turn.role, "content": turn.content} for turn in before]
    rendered = tokenizer.apply_chat_template(
        [*turns, {"role": "user", "content": _MARK}], tokenize=False, add_generation_prompt=True
    )
    head, _, tail = str(rendered).partition(_MARK)
    return head, tail


def _quoted(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Tokens of texts in which nothing is a mark of the template, whatever it looks like."""
    if not texts:
        return []
    input_ids: list[list[int]] = tokenizer(
        list(texts), add_special_tokens=False, split_special_tokens=True
    ).input_ids
    return input_ids
