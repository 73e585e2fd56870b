"""Whisper as OpenAI's own package runs it: any of its checkpoints, on PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.speech.language_id import Guess
from ingest.speech.sentences import Heard
from memory.types.core import Span

VERSION = "openai-whisper-1"
RATE = 16_000


@dataclass(frozen=True, slots=True)
class AudioWindow:
    """A window as it is, and its language where that has been asked for."""

    samples: NDArray[np.float32]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.samples.size / RATE


class OpenAiWhisper:
    """A checkpoint of openai-whisper, decoded greedily on the CPU."""

    version = VERSION
    at_once = 1
    workers = 1

    def __init__(self, checkpoint: Path, heads: str = "") -> None:
        """Loads the model.

        Args:
            checkpoint: a ``.pt`` file with the model's dimensions and weights.
            heads: the published size (``base``, ``turbo`` …) that it is, whose attention heads
                are known to follow the sound; any others are timed by all heads of the upper half.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is no Whisper checkpoint.
        """
        if not checkpoint.is_file():
            raise FileNotFoundError(f"there is no speech model at {checkpoint}")
        self.name = checkpoint.stem
        self._whisper = _load(checkpoint, heads)
        self.multilingual = bool(self._whisper.is_multilingual)

    def encode(self, sound: NDArray[np.float32]) -> AudioWindow:
        """The window: the model encodes it when it writes it."""
        return AudioWindow(np.ascontiguousarray(sound, np.float32))

    def guess(self, encoded: AudioWindow) -> Guess:
        """The likeliest language of a window."""
        from whisper import log_mel_spectrogram, pad_or_trim

        sound = pad_or_trim(encoded.samples)
        mel = log_mel_spectrogram(sound, self._whisper.dims.n_mels)
        _, probabilities = self._whisper.detect_language(mel)
        code = max(probabilities, key=probabilities.__getitem__)
        return Guess(str(code), float(probabilities[code]), encoded.seconds)

    def words(self, windows: Sequence[AudioWindow], languages: Sequence[str]) -> list[list[Heard]]:
        """What was said, with the time of each word by cross-attention."""
        return [list(self._written(*pair)) for pair in zip(windows, languages)]

    def _written(self, sound: AudioWindow, language: str) -> Iterator[Heard]:
        from whisper import transcribe

        result = transcribe(
            self._whisper,
            sound.samples,
            language=language,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            fp16=False,
            verbose=None,
        )
        for segment in result["segments"]:
            for word in segment.get("words", ()):
                start = min(max(float(word["start"]), 0.0), sound.seconds)
                span = Span(start, min(max(float(word["end"]), start), sound.seconds))
                doubt = float(segment["no_speech_prob"])
                yield Heard(span, str(word["word"]), float(word["probability"]), doubt)


def _load(checkpoint: Path, heads: str) -> Any:
    import whisper

    try:
        model = whisper.load_model(str(checkpoint), device="cpu")
    except Exception as error:  # whatever the unpickler stumbles over
        raise ValueError(f"{checkpoint} is no checkpoint of openai-whisper ({error})") from error
    if heads in whisper._ALIGNMENT_HEADS:
        model.set_alignment_heads(whisper._ALIGNMENT_HEADS[heads])
    return model
