"""Whisper as faster-whisper runs it (CTranslate2, int8): the recogniser that ships with EgoButler.

Each window is encoded once, for finding its language and for writing it. Decoding on one thread
costs half the CPU time of decoding on two, since its steps are too small to share: windows, not
steps, run side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.speech.language_id import Guess
from ingest.speech.sentences import Heard
from memory.types.core import Span

VERSION = "ctranslate2-int8-3"
RATE = 16_000
AT_ONCE = 2  # windows decoded together: weights are read once for both; memory grows with it
LONGEST_PROMPT = 4  # tokens: start, language, task, no timestamps
TOKENS_PER_SECOND = 14  # more than anybody says, timestamps and all; bounds what a loop costs
TICK = 0.02  # seconds per timestamp token


@dataclass(frozen=True, slots=True)
class Features:
    """What the encoder made of a window: (1500, width), and the seconds that it lasts."""

    values: NDArray[np.float32]
    seconds: float


class FasterWhisper:
    """Whisper (Radford et al. 2022), int8, decoded greedily on the CPU."""

    version = VERSION
    at_once = AT_ONCE

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        """Loads the model.

        Args:
            folder: model.bin, config.json, tokenizer.json and vocabulary.* of faster-whisper.
            threads: windows heard side by side, each on one thread.

        Raises:
            FileNotFoundError: the folder holds no model.
        """
        if not (folder / "model.bin").is_file():
            raise FileNotFoundError(f"no speech model in {folder}; run `egobutler models`")
        from faster_whisper import WhisperModel

        self.name = folder.name
        self.workers = threads
        self._whisper: Any = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=threads
        )
        self.multilingual = bool(self._whisper.model.is_multilingual)

    def encode(self, sound: NDArray[np.float32]) -> Features:
        """The encoder's features of a window."""
        from faster_whisper.audio import pad_or_trim

        encoded = self._whisper.encode(pad_or_trim(self._whisper.feature_extractor(sound)))
        return Features(np.array(encoded)[0], sound.size / RATE)

    def guess(self, encoded: Features) -> Guess:
        """The likeliest language of a window."""
        token, probability = self._whisper.model.detect_language(_batch([encoded]))[0][0]
        return Guess(str(token).strip("<|>"), float(probability), encoded.seconds)

    def words(self, windows: Sequence[Features], languages: Sequence[str]) -> list[list[Heard]]:
        """What was said, with the time of each word by cross-attention."""
        batch = _batch(windows)
        tokenizers = [self._tokenizer(language) for language in languages]
        results = self._whisper.model.generate(
            batch,
            # Without timestamps Whisper skips the first words of a window that begins over music.
            [self._whisper.get_prompt(window_tokenizer, []) for window_tokenizer in tokenizers],
            beam_size=1,
            max_length=self._most_tokens(windows),
            suppress_tokens=_suppressed(tokenizers[0]),
            return_no_speech_prob=True,
        )
        return [
            self._timed(features, tokenizer, result)
            for features, tokenizer, result in zip(windows, tokenizers, results)
        ]

    def _most_tokens(self, windows: Sequence[Features]) -> int:
        longest = max(window.seconds for window in windows)
        needed = LONGEST_PROMPT + 16 + round(longest * TOKENS_PER_SECOND)
        return min(int(self._whisper.max_length), needed)

    def _tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        return Tokenizer(
            self._whisper.hf_tokenizer, self.multilingual, task="transcribe", language=language
        )

    def _timed(self, window: Features, tokenizer: Any, result: Any) -> list[Heard]:
        """The words of one window with their times."""
        segments = list(_segments(result.sequences_ids[0], tokenizer, window.seconds))
        if not segments:
            return []
        self._whisper.add_word_timestamps(
            [segments],
            tokenizer,
            _batch([window]),
            [ceil(window.seconds) * self._whisper.frames_per_second],
            "\"'“¿([{-",
            "\"'.。,，!！?？:：”)]}、",
            0.0,
        )
        no_speech = float(result.no_speech_prob)
        return [_heard(word, no_speech) for segment in segments for word in segment["words"]]


def _batch(windows: Sequence[Features]) -> Any:
    from faster_whisper.transcribe import get_ctranslate2_storage

    return get_ctranslate2_storage(np.stack([window.values for window in windows]))


def _suppressed(tokenizer: Any) -> list[int]:
    """Tokens that are not speech: Whisper's own list and the special ones."""
    special = ("transcribe", "translate", "sot", "sot_prev", "sot_lm", "no_speech")
    return [*tokenizer.non_speech_tokens, *(getattr(tokenizer, name) for name in special)]


def _segments(tokens: Sequence[int], tokenizer: Any, seconds: float) -> Iterator[dict[str, Any]]:
    """Runs of text between timestamps, as ``add_word_timestamps`` wants them."""
    start, text = 0.0, []
    for token in tokens:
        if token < tokenizer.eot:
            text.append(token)
        elif token >= tokenizer.timestamp_begin:
            at = (token - tokenizer.timestamp_begin) * TICK
            if text:
                yield {"seek": 0, "start": start, "end": max(at, start), "tokens": text}
                text = []
            start = at
    if text:
        yield {"seek": 0, "start": start, "end": max(seconds, start), "tokens": text}


def _heard(word: dict[str, Any], no_speech: float) -> Heard:
    start = max(float(word["start"]), 0.0)
    span = Span(start, max(float(word["end"]), start))
    return Heard(span, str(word["word"]), float(word["probability"]), no_speech)
