"""EgoGPT as a captioner and as a chat model: one set of weights, both protocols.

    with closing(EgoGPTBackend.load("egogpt:/models/EgoGPT-7b-EgoIT-EgoLife", weights)) as egogpt:
        egogpt.captions(observations)

Everything is greedy. Requests from several threads take turns.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import TypeAlias

import torch
from torch import Tensor

from egogpt.chat import ChatError, Message
from egogpt.checkpoint import Home, load_egogpt
from egogpt.checkpoint_places import EGOGPT, find_checkpoint
from egogpt.composed import ComposedCaptioner
from egogpt.egogpt_home import best_home
from egogpt.egogpt_inputs import mel, pixels, spread
from egogpt.egogpt_loops import without_loop
from egogpt.egogpt_model import EgoGPT
from egogpt.egogpt_prompt import Mark, Words, caption_request, chat_pieces
from egogpt.egogpt_writing import Watcher, cut, next_token, write
from egogpt.llama import PromptTooLong
from egogpt.weights import WeightStore
from memory.types import Frame, Observation

LONGEST_CAPTION = 512  # tokens
FRAMES = 30  # of a clip of 30 s: as many as the model was trained on

VisualRows: TypeAlias = Callable[[EgoGPT, Tensor, Sequence[Frame], str], list[Tensor]]
"""Turns what is seen [T, 27, 27, D] into the visual tokens, given the model, the frames and what is
asked ("" for a caption): one [n_t, D] for each frame, newlines included."""

_YES = ("yes", "Yes", "YES", " yes", " Yes", " YES")
_NO = ("no", "No", "NO", " no", " No", " NO")


class EgoGPTBackend:
    """Sees, hears and writes. Implements ``Captioner`` and ``Chat``."""

    sees = True
    hears = True

    def __init__(
        self,
        model: EgoGPT,
        words: Words,
        *,
        name: str = "egogpt",
        frames: int = FRAMES,
        tokens_at_once: int | None = None,
        visual_rows: VisualRows | None = None,
    ) -> None:
        """Takes a loaded model.

        Args:
            model: On its device, with its weights.
            words: The tokenizer that belongs to it.
            name: What the ledger knows it by.
            frames: How many frames of a clip it looks at.
            tokens_at_once: Room for the clips of a batch, in tokens; the context by default.
            visual_rows: Gives out the visual tokens; by default as the model was trained.
        """
        self.name = name
        self.version = f"1-{frames}"
        self.frames = frames
        self.context_tokens = model.settings.context_tokens
        self.visual_rows: VisualRows = visual_rows or _stock_rows
        self._at_once = tokens_at_once or self.context_tokens
        self._words = words
        self._models = [model]
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> EgoGPTBackend:
        """The model called ``egogpt:PLACE``: a folder or a hub name; nothing is downloaded.

        Raises WeightError (CheckpointMissing and its kin) or NotEnoughMemory; each text says what
        to do.
        """
        place = name.partition(":")[2] or EGOGPT
        return cls.open(find_checkpoint(place, weights.root), name=name, root=weights.root)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        name: str = "egogpt",
        home: Home | None = None,
        root: Path | None = None,
        attention: str = "sdpa",
        frames: int = FRAMES,
    ) -> EgoGPTBackend:
        """The model in a folder; ``home`` is by default the best form that fits this computer.

        ``attention`` names the language model's attention; raises as ``load`` does.
        """
        words = Words(folder)  # first, since it is quick to fail
        room = None
        if home is None:
            home, room = best_home(folder)
        model = load_egogpt(folder, home, root=root, attention=attention)
        return cls(model, words, name=name, frames=frames, tokens_at_once=room)

    def caption(self, observation: Observation) -> str:
        """What happened in a clip, in the first person; never empty."""
        return self.captions([observation])[0]

    def captions(self, observations: Sequence[Observation]) -> list[str]:
        """The captions of several clips, read together as far as there is room for them.

        Padding is masked, so a clip's caption is the one it would have alone. Only rounding can
        differ in a batch: in 16 bits, two words that are all but equally likely may change places.
        """
        with self._lock:
            model = self._model()
            found = [ComposedCaptioner().caption(one) for one in observations]
            for batch in self._batches(model, observations):
                tokens = self._write(model, [prompt for _, prompt in batch], LONGEST_CAPTION)
                for (place, _), row in zip(batch, tokens):
                    if text := self._words.text(without_loop(row)).strip():
                        found[place] = text
            return found

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        """The whole reply, stripped; raises PromptTooLong."""
        return "".join(self._reply(messages, max_tokens, stop, lambda piece: True)).strip()

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> Generator[str, None, None]:
        """The reply piece by piece; closing the iterator stops the model. Raises PromptTooLong."""
        pieces: SimpleQueue[str | Exception | None] = SimpleQueue()
        stopped = threading.Event()

        def give(piece: str) -> bool:
            pieces.put(piece)
            return not stopped.is_set()

        def work() -> None:
            try:
                self._reply(messages, max_tokens, stop, give)
            except Exception as error:
                pieces.put(error)
            finally:
                pieces.put(None)

        worker = threading.Thread(target=work, daemon=True, name="egogpt-stream")
        worker.start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                if piece:
                    yield piece
        finally:
            stopped.set()
            worker.join()

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """P(yes) / (P(yes) + P(no)) of the reply's first token, over their usual spellings.

        0.5 where the vocabulary has neither as one token. Raises PromptTooLong.
        """
        with self._lock:
            model = self._model()
            shares = next_token(model.llm, self._conversation(model, messages, 1))
            yes, no = (self._share(shares, spellings) for spellings in (_YES, _NO))
        return yes / (yes + no) if yes + no > 0 else 0.5

    def close(self) -> None:
        """Gives the memory back; a request after that raises ChatError."""
        with self._lock:
            self._models.clear()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _model(self) -> EgoGPT:
        if not self._models:
            raise ChatError(f"The model {self.name} has been closed.")
        return self._models[0]

    def _share(self, shares: Tensor, spellings: Sequence[str]) -> float:
        ids = {ids[0] for word in spellings if len(ids := self._words.ids(word)) == 1}
        return float(sum(shares[one] for one in ids))

    def _batches(
        self, model: EgoGPT, observations: Sequence[Observation]
    ) -> Iterator[list[tuple[int, Tensor]]]:
        """Prompts with their places, as many at once as there is room for."""
        batch: list[tuple[int, Tensor]] = []
        for place, one in enumerate(observations):
            if not one.frames and one.sound is None:
                continue  # nothing to look at or listen to: what others found is all there is
            frames = spread(one.frames, self.frames)
            message = Message("user", caption_request(one), frames, one.sound)
            prompt = self._conversation(model, [message], LONGEST_CAPTION, asked="")
            longest = max(len(prompt), *(len(other) for _, other in batch), 0) + LONGEST_CAPTION
            if batch and longest * (len(batch) + 1) > self._at_once:
                yield batch
                batch = []
            batch.append((place, prompt))
        if batch:
            yield batch

    def _conversation(
        self, model: EgoGPT, messages: Sequence[Message], reply: int, asked: str | None = None
    ) -> Tensor:
        """Messages as embeddings [N, D] with room for a reply; raises PromptTooLong."""
        if asked is None:
            asked = next((one.content for one in reversed(messages) if one.role == "user"), "")
        seen = (self._seen(model, one.frames, asked) for one in messages if one.frames)
        heard = (
            model.hear(mel(one.sound, model.settings))
            for one in messages
            if one.frames or one.sound is not None
        )
        places = {Mark.SEEN: seen, Mark.HEARD: heard}
        prompt = model.embed(
            [
                next(places[piece]) if isinstance(piece, Mark) and piece in places
                else self._words.ids(piece)
                for piece in chat_pieces(messages)
            ]
        )  # fmt: skip
        if len(prompt) + reply > self.context_tokens:
            raise PromptTooLong(
                f"The prompt has {len(prompt)} tokens and the model reads at most "
                f"{self.context_tokens - reply}: give it fewer frames or less text."
            )
        return prompt

    def _seen(self, model: EgoGPT, frames: Sequence[Frame], asked: str) -> Tensor:
        projected = model.visual_map(pixels(frames, model.settings))
        return torch.cat(self.visual_rows(model, projected, frames, asked))

    def _write(
        self, model: EgoGPT, prompts: Sequence[Tensor], limit: int, watch: Watcher | None = None
    ) -> list[list[int]]:
        return write(model.llm, prompts, self._words.ends, limit, watch)

    def _reply(
        self,
        messages: Sequence[Message],
        limit: int,
        stop: Sequence[str],
        give: Callable[[str], bool],
    ) -> list[str]:
        """All pieces of a reply, each given away as soon as no later token can change it."""
        given: list[str] = []

        def tell(text: str) -> bool:
            piece = text[len("".join(given)) :]
            given.append(piece)
            return give(piece)

        def watch(tokens: list[int]) -> bool:
            text = self._words.text(tokens)
            return not tell(_settled(cut(text, stop), stop)) or cut(text, stop) != text

        with self._lock:
            model = self._model()
            prompt = self._conversation(model, messages, limit)
            tokens = self._write(model, [prompt], limit, watch)[0]
        tell(cut(self._words.text(tokens), stop))
        return given


def _stock_rows(
    model: EgoGPT, projected: Tensor, frames: Sequence[Frame], asked: str
) -> list[Tensor]:
    return model.stock_rows(projected)


def _settled(text: str, stop: Sequence[str]) -> str:
    """The text without an end that may still change: half a character, or the start of a stop."""
    text = text.rstrip("\ufffd")
    starts = [word[:size] for word in stop for size in range(1, len(word))]
    held = max((len(start) for start in starts if text.endswith(start)), default=0)
    return text[: len(text) - held]
