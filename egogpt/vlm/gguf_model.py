"""GGUF models that see, and some that hear, through llama.cpp: as a chat, and as a captioner.

    model = GgufModel.load("gguf-vl:/models/SmolVLM2-500M-Video-Instruct-GGUF", WeightStore())
    model.caption(observation)         # the weights are loaded now
    model.close()                      # and let go; the next use loads them again

Each picture goes in at the size that it is to be seen at: of models of any resolution that decides
how many tokens it takes, so QuoTA spends a budget on some pictures more than on others.
"""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import wave
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import Any, TypeAlias

import numpy as np

from egogpt.captioning.prompt import MAX_TOKENS, PROMPT_VERSION, as_caption, caption_messages
from egogpt.llm.llama_server import LlamaOptions, LlamaServer, has_card
from egogpt.protocols.chat import ChatError, Message
from egogpt.protocols.errors import CannotRun
from egogpt.protocols.model_names import ParsedModelName, QuotaOption, parse
from egogpt.quota.frame_sources import Stock
from egogpt.quota.look import Look
from egogpt.quota.scorers import ChatScorer, FrameScorer
from egogpt.runtime.data_urls import data_url
from egogpt.runtime.loaded_models import LoadedModels, TryLock
from egogpt.runtime.repetition_stop import looping_block
from egogpt.vlm.audio_input import MOST_SOUND, RATE, prepare_audio, resampled
from egogpt.vlm.focus import CLIP_SECONDS
from egogpt.vlm.frame_sizes import FrameSizes
from egogpt.vlm.gguf_profile import check_memory, read_profile
from egogpt.vlm.inputs import without_marks
from egogpt.weights.gguf_files import GgufPair, pair_at
from egogpt.weights.hub_cache import find
from egogpt.weights.store import WeightStore
from memory.types.core import Frame, Observation, Sound
from memory.types.explanation import LookSummary

Size: TypeAlias = tuple[int, int]  # most pixels of the longer side, and in steps of how many
_FRAMES = 8  # of a clip: what a laptop reads in about the time that the clip took
_CONTEXT = 8192  # tokens, of what the model was trained on; the cache of more is rarely of use
_BATCH_ON_CARD = 512  # tokens read at once, which a card does as fast as one
_SHORTER = "choose fewer frames (?frames=4), smaller ones (?side=448) or more (?ctx=16384)"
_NO_VAR = "llama.cpp has its own attention"
_SAMPLE = 1 << 16  # bytes of a file's end that tell it from another of its size


class GgufModel:
    """A model's file and its mmproj. Implements ``Chat``, ``Captioner`` and ``Unloadable``.

    ``token_side`` is the side in pixels of the square of a picture that becomes one token, 0 where
    the size of a picture does not decide how many it becomes.
    """

    sees = True

    def __init__(self, named: ParsedModelName, pair: GgufPair) -> None:
        """Reads the files' headers only. Raises ChatError where they are no model that sees."""
        self._named, self._pair = named, pair
        self._profile = read_profile(pair)
        options = named.options
        self.name = named.short
        self.hears = self._profile.hears
        self.token_side = self._profile.token_side
        self.context_tokens = options.ctx or min(self._profile.context_tokens, _CONTEXT)
        stock = Stock(options.frames or _FRAMES, options.side)
        quota = QuotaOption.parse(options.quota)
        self._sizes = FrameSizes(quota, self.token_side, stock, no_var=_NO_VAR)
        self.frames = self.sampled(CLIP_SECONDS)
        self.version = f"{PROMPT_VERSION}-{_fingerprint(pair)}-{stock.frames}x{options.side}"
        self.version += "" if self._sizes.why_off else f"-quota={options.quota}"
        self.scorer: FrameScorer = ChatScorer(self)
        self.looks: tuple[LookSummary, ...] = ()
        self._guard = threading.Lock()
        self._server: LlamaServer | None = None

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> GgufModel:
        """The model called ``name``; its weights come with its first use or ``prepare``.

        Raises ModelMissing, ModelDamaged, NotThatModel, or UnknownModel for an option that does
        not exist.
        """
        named = parse(name)
        return cls(named, pair_at(find(named), named))

    @property
    def is_loaded(self) -> bool:
        """Whether the weights are in memory now."""
        return self._server is not None

    @property
    def guard(self) -> TryLock:
        """Held while a request runs."""
        return self._server.lock if self._server else threading.Lock()

    def sampled(self, seconds: float) -> int:
        """How many frames of a clip to give it; those that it takes by itself without a quota."""
        return self._sizes.sampled(seconds)

    def prepare(self) -> None:
        """Loads the weights now. Raises ChatError where they cannot be."""
        self._ready()

    def close(self) -> None:
        """Lets go of the weights, once the request that runs is over."""
        with self._guard:
            server, self._server = self._server, None
        if server is not None:
            server.close()

    # As a chat

    def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 128,
        stop: Sequence[str] = (),
        sides: Sequence[int] = (),
    ) -> str:
        """The whole reply, stripped; raises PromptTooLong. ``sides`` as of ``stream``."""
        return "".join(self.stream(messages, max_tokens=max_tokens, stop=stop, sides=sides)).strip()

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 128,
        stop: Sequence[str] = (),
        sides: Sequence[int] = (),
        look: Look | None = None,
    ) -> Generator[str, None, None]:
        """The reply piece by piece; closing the iterator stops the model.

        ``sides`` are the most pixels of each frame's longer side, for the frames of all messages in
        order of time; 0 leaves a frame out. With a ``look``, tokens go to the frames that its
        question is about (QuoTA). Raises PromptTooLong.
        """
        if look is not None and sum(bool(message.frames) for message in messages) == 1:
            messages, sides, summary = self._sizes.of_look(messages, look, self.scorer)
            self.looks = (summary,)
        turns = self._turns(messages, sides)
        yield from self._ready().stream(turns, max_tokens, stop)

    def warm(self, messages: Sequence[Message]) -> None:
        """Reads the start that later prompts have in common with these messages, ahead of them."""
        self.complete(messages, max_tokens=1)

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """P(yes) / (P(yes) + P(no)) of the reply's first token, over all spellings of either."""
        return self._ready().yes_probability(self._turns(messages, ()))

    # As a captioner

    def caption(self, observation: Observation, *, sides: Sequence[int] = ()) -> str:
        """Two to four sentences on the clip; raises ChatError where the model finds no words.

        With ``sides``, as of ``stream``, the frames are shown so, and else by QuoTA.
        """
        if not sides:
            observation, sides, summary = self._sizes.of_caption(observation)
            self.looks = (summary,)
        messages = caption_messages(observation, hears=self.hears)
        return as_caption(_once(self.stream(messages, max_tokens=MAX_TOKENS, sides=sides)))

    def _ready(self) -> LlamaServer:
        with self._guard:
            if self._server is None:
                self._server = self._loaded()
                LoadedModels.add(self)
            return self._server

    def _loaded(self) -> LlamaServer:
        options = self._named.options
        on_card = options.layers != 0 and has_card()
        if not on_card:
            check_memory(self.name, self._pair, self._profile, self.context_tokens)
        chosen = LlamaOptions(
            self.context_tokens,
            self._pair.mmproj,
            self._profile.picture_tokens(options.side),
            options.threads,
            None if options.layers < 0 else options.layers,
            max(self._profile.batch, _BATCH_ON_CARD if on_card else 0),
            _SHORTER,
        )
        try:
            return LlamaServer(self._pair.model, self.name, chosen)
        except ChatError as error:
            raise CannotRun(
                f"{self.name} could not be loaded by llama.cpp: {self._pair.model.name} or "
                f"{self._pair.mmproj.name} is damaged or newer than the package xllamacpp, or "
                "memory is short. Fetch them again, pip install -U xllamacpp, or choose ?ctx=4096 "
                "(on a card also fewer layers there, such as ?layers=12)."
            ) from error

    def _turns(self, messages: Sequence[Message], sides: Sequence[int]) -> list[dict[str, Any]]:
        frames = sum(len(message.frames) for message in messages)
        if sides and len(sides) != frames:
            raise ValueError(f"{len(sides)} sides were given for {frames} frames")
        unit = self.token_side if sides else 0  # what is asked for costs exactly that
        shown = iter([(side, unit) for side in sides or [self._named.options.side] * frames])
        return [
            {"role": message.role, "content": self._content(message, shown)} for message in messages
        ]

    def _content(self, message: Message, sizes: Iterator[Size]) -> str | list[dict[str, Any]]:
        """What is seen with its times, what is heard, then the words."""
        words = without_marks(message.content, self._profile.unsaid)
        sound = prepare_audio(message.sound) if self.hears else None
        frames = sorted(message.frames, key=lambda frame: frame.at)
        seen = [(frame, size) for frame, size in zip(frames, sizes, strict=False) if size[0]]
        if not seen and sound is None:
            return words
        return [*_shown(seen, sound), *_played(sound), {"type": "text", "text": words}]


def _once(pieces: Generator[str, None, None]) -> str:
    """What is written, until it only repeats itself."""
    written: list[str] = []
    with closing(pieces):
        for piece in pieces:
            written.append(piece)
            if looping_block(written):
                break
    return "".join(written)


def _shown(seen: Sequence[tuple[Frame, Size]], sound: Sound | None) -> Iterator[dict[str, Any]]:
    """Pictures, and of several the second of each, counted from the sound or the first."""
    begun = min([frame.at for frame, _ in seen] + ([] if sound is None else [sound.at]))
    for frame, (side, unit) in seen:
        if len(seen) > 1:
            yield {"type": "text", "text": f"At {frame.at - begun:.0f} s:"}
        yield {"type": "image_url", "image_url": {"url": data_url(frame, side, unit)}}


def _played(sound: Sound | None) -> Iterator[dict[str, Any]]:
    if sound is None:
        return
    samples = resampled(sound)[: int(MOST_SOUND * RATE)]
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    yield {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}


def _fingerprint(pair: GgufPair) -> str:
    """Ten letters that change with the files: their sizes, and how they begin and end."""
    sha256 = hashlib.sha256()
    for path in (pair.model, pair.mmproj):
        size = path.stat().st_size
        sha256.update(f"{size} ".encode())
        with path.open("rb") as file:
            sha256.update(file.read(_SAMPLE))
            file.seek(max(0, size - _SAMPLE))
            sha256.update(file.read(_SAMPLE))
    return sha256.hexdigest()[:10]
