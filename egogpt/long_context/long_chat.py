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
from dataclasses import replace
from pathlib import Path
from typing import Any

from egogpt.llm.transformers_models import LocalModel, LocalModelError, load_local_model
from egogpt.long_context.anchored_reader import AnchoredReader
from egogpt.long_context.landmark_reader import METHOD as LANDMARK_METHOD
from egogpt.long_context.landmark_reader import LandmarkReader, landmark_id
from egogpt.long_context.long_reader import DEFAULT_METHOD, TIMES, LongReader, token_bytes
from egogpt.long_context.model_name import DOCUMENTS, MEMORY, parse_long_name
from egogpt.long_context.protocol import LongPrompt, ReadingReport, Told
from egogpt.long_context.saved_texts import SavedTexts
from egogpt.protocols.chat import Message
from egogpt.protocols.errors import CannotRun, short
from egogpt.runtime.devices import choose_device, free_bytes
from egogpt.runtime.generation import Loaded, TokenStreamer
from egogpt.runtime.lazy_model import LazyModel
from egogpt.weights.store import WeightError, WeightStore
from kernels.positions.options import RENUMBERED

_log = logging.getLogger(__name__)
_MOST = 4  # texts that are kept
_SAVED = 512  # tokens from which on a text is kept in a file too
_MARK = "\N{SYMBOL FOR RECORD SEPARATOR}text\N{SYMBOL FOR RECORD SEPARATOR}"


class LongChat:
    """Implements ``ReadsLong`` and ``Unloadable``; requests from several threads take turns."""

    def __init__(
        self,
        name: str,
        load: Callable[[], LocalModel] | LazyModel,
        *,
        method: str = DEFAULT_METHOD,
        longest: int | None = None,
        kept_bytes: int = MEMORY,
        folder: Path | None = None,
        documents: str = DOCUMENTS[0],
        times: float | None = None,
    ) -> None:
        """Loads nothing yet.

        Args:
            name: Of the model, as answers tell it.
            load: Brings the model and its tokenizer when they are first needed; or a model that
                others use as well.
            method: The attention that texts are read with: see ``LongReader``.
            longest: Tokens that are read at most; by default what follows from `times`.
            kept_bytes: What the keys and values of texts may take: those of a longer text lie in
                files of ``folder``, and of others as many are kept as fit.
            folder: Where what was read is kept for the next start, and what does not fit the
                memory; None to keep nothing.
            documents: Whether lines are read as one text or apart: see ``LongName``.
            times: How many times as many tokens as the model was trained on are read; by default
                TIMES where model and method allow it.
        """
        self.name = name
        self.told: Told | None = None
        """Hears how far a text is read."""
        self.converting: Told | None = None
        """Hears, in bytes, how far the weights of a GGUF file are converted, which is done once."""
        self.report: ReadingReport | None = None
        """How the latest text was read."""
        self._method = method
        self._longest = longest
        self._times = times
        self._kept_bytes = kept_bytes
        self._folder = folder
        self.cites = method == LANDMARK_METHOD
        """Whether a report tells which pieces of a text the reply rests on."""
        joined = LandmarkReader if self.cites else LongReader
        self._reads = AnchoredReader if documents == DOCUMENTS[1] else joined
        self._saved = None if folder is None else SavedTexts(folder / "texts", kept_bytes)
        self._studied = False
        self._readers: OrderedDict[str, LongReader] = OrderedDict()
        self._shared = isinstance(load, LazyModel)
        self._held = load if isinstance(load, LazyModel) else self._own(load)
        if self._shared:
            self._held.also_let_go(self._clear)

    @classmethod
    def load(
        cls,
        name: str,
        weights: WeightStore,
        *,
        method: str = "",
        folder: Path | None = None,
        shared: LazyModel | None = None,
    ) -> LongChat:
        """A model as ``model_name`` names it; nothing is loaded yet.

        Args:
            name: See there.
            weights: Where bundled models lie.
            method: The attention, instead of the one in the name.
            folder: See ``__init__``.
            shared: The model, where it is of a kind that also sees.

        Raises:
            UnknownModel: An option does not exist or fit.
        """
        named = parse_long_name(name)

        def load() -> LocalModel:
            how = named.options
            return load_local_model(
                named.model, weights, how.positions, chat.converting, how.bits, how.device
            )

        chat = cls(
            named.model, shared or load, method=method or named.method, kept_bytes=named.memory,
            folder=folder, documents=named.documents, times=named.times,
        )  # fmt: skip
        return chat

    def _own(self, load: Callable[[], LocalModel]) -> LazyModel:
        def trouble(error: Exception) -> str:
            return f"{self.name} failed at a long text: {short(error)}"

        def lacks() -> int:
            return self._kept_bytes - free_bytes(choose_device())

        return LazyModel(lambda: _first(self.name, load), trouble, self._clear, lacks)

    @property
    def cached_texts(self) -> tuple[str, ...]:
        """What the kept texts are about, the latest last."""
        return tuple(self._readers)

    def prepare(self) -> None:
        """Loads the weights now. Raises ChatError with what to do where they cannot be."""
        self._ready()

    def forget(self) -> None:
        """Lets go of all texts, once the request that runs is over; the weights stay."""
        with self._held.guard:
            self._clear()
            if self._saved is not None:
                self._saved.forget()

    def close(self) -> None:
        """Lets go of texts and weights; the next use loads them again.

        Of a model that others use as well the weights stay, and files stay for the next start.
        """
        if not self._shared:
            self._held.close()
            return
        with self._held.guard:
            self._clear()

    def room_left(self, prompt: LongPrompt, max_tokens: int) -> int:
        """See ``ReadsLong.room_left``."""
        ready = self._ready()
        text, question = self._tokens(ready, prompt)
        return self._most(ready) - len(text) - len(question) - max_tokens

    def sizes(self, texts: Sequence[str]) -> list[int]:
        """See ``ReadsLong.sizes``."""
        return [len(ids) + self.cites for ids in _quoted(self._ready().tokenizer, texts)]

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
        with self._held.using() as whole:
            ready = text_part(whole)
            text, question, lengths = self._parts(ready, prompt)
            on_progress = self._heads_first(ready, len(text), pieces.over)
            reader = self._reader(ready, about, len(text))
            reader.read(text, on_progress, pieces.over, lengths)
            self.report = ReadingReport(reader.manner, len(reader.tokens), reader.new_tokens)
            if not pieces.over.is_set():
                reader.follow(pieces, question, max_tokens)
                self.report = replace(self.report, opened=reader.opened)
            self._save(ready, about, reader)
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

        too_long = tokens > self._most(ready)  # which is told at once
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
        needed = tokens * token_bytes(ready.model)
        self._trim(min(needed, self._kept_bytes))
        if reader is None or (reader.room is None and needed > self._kept_bytes):
            reader = self._new_reader(ready, self._room(needed))
            if self._saved is not None:
                config = ready.model.config.get_text_config(decoder=True)
                device, by = ready.model.device, self._by(ready, reader)
                if (kept := self._saved.load(about, by, config, device, reader.room)) is not None:
                    reader.take(*kept)
        self._readers[about] = reader
        return reader

    def _new_reader(self, ready: Loaded, room: Any = None) -> LongReader:
        """Nothing read yet. Raises CannotRun where it does not read as far as was asked for."""
        times = TIMES if self._times is None else self._times
        reader = self._reads(ready, self._method, longest=self._longest, room=room, times=times)
        if self._times is not None and reader.why_no_further:
            raise CannotRun(
                f"{self.name} cannot be read with positions={RENUMBERED}: {reader.why_no_further}. "
                "Leave it out, or choose another method or other positions (docs/models.md)."
            )
        return reader

    def _most(self, ready: Loaded) -> int:
        """Tokens that are read at most, the reply included."""
        return self._longest or self._new_reader(ready).longest

    def _room(self, needed: int) -> Any:
        """Files for keys and values that are more than may be in memory."""
        if self._folder is None or needed <= self._kept_bytes:
            return None
        from kernels.offload.offload import Offload

        return Offload(self._folder, self._kept_bytes)

    def _save(self, ready: Loaded, about: str, reader: LongReader) -> None:
        """Keep in a file what took long to read, if anything of it is new."""
        whole = reader.cache is not None and reader.cache.get_seq_length() == len(reader.tokens)
        if self._saved is not None and whole and reader.new_tokens and len(reader.tokens) > _SAVED:
            self._saved.save(about, self._by(ready, reader), reader.cache, reader.tokens)

    def _by(self, ready: Loaded, reader: LongReader) -> str:
        """What keys and values depend on beside the text."""
        from egogpt.runtime.model_fingerprint import fingerprint

        how = (ready.model.dtype, reader.method, type(reader).__name__)
        return " ".join((fingerprint(ready.model), *map(str, how)))

    def _clear(self) -> None:
        self._readers.clear()

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
        text, question, _ = self._parts(ready, prompt)
        return text, question

    def _parts(self, ready: Loaded, prompt: LongPrompt) -> tuple[list[int], list[int], list[int]]:
        """The same, and how long the parts of the text are: what begins it, and each line."""
        tokenizer = ready.tokenizer
        head, tail = _around(tokenizer, prompt.before)
        *texts, question = _quoted(tokenizer, [*prompt.texts, prompt.question])
        if self.cites:
            texts = [[*ids, landmark_id(ready)] for ids in texts]
        before, after = (
            tokenizer(part, add_special_tokens=False).input_ids for part in (head, tail)
        )
        text = [*before, *(token_id for ids in texts for token_id in ids)]
        begun, *lengths = (len(ids) for ids in (texts or [[]]))
        return text, [*question, *after], [len(before) + begun, *lengths]

    def _ready(self) -> Loaded:
        return text_part(self._held.ready())


def text_part(ready: Loaded) -> Loaded:
    """What of a model reads text: of EgoGPT its language model, of the others all of it."""
    language = getattr(ready.model, "llm", None)
    if language is None:
        return ready
    language.generation_config.eos_token_id = ready.maker.ends
    return replace(ready, model=language)


def _first(name: str, load: Callable[[], LocalModel]) -> Loaded:
    try:
        loaded = load()
    except (LocalModelError, WeightError) as error:
        raise CannotRun(str(error)) from error
    if loaded.tokenizer is None:
        raise CannotRun(f"{name} has no tokenizer; put tokenizer.json beside its weights")
    return Loaded(loaded.model, loaded.tokenizer, str(loaded.model.device))


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
