"""What was said: voice activity first, then Whisper on densely packed speech, then sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.hallucination import believable, without_guesses
from ingest.sentences import Heard, sentences
from ingest.voice import Window, bounds, find_speech, pack
from memory.types import Span, Utterance

VERSION = "faster-whisper-int8-2"
SURE_LANGUAGE = 0.8  # probability from which a detected language is believed
AT_ONCE = 2  # windows decoded together; more gains nothing on two cores and costs memory


class SpeechRecognizer:
    """Transcribes speech with Whisper (Radford et al. 2022), int8, greedily, on the CPU.

    Music, noise and silence are never given to Whisper, which would make words of them.
    """

    version = VERSION

    def __init__(self, folder: Path, *, language: str | None = None, threads: int = 2) -> None:
        """Load the model.

        Args:
            folder: model.bin, config.json, tokenizer.json and vocabulary.txt of faster-whisper.
            language: ISO 639-1 code of what is spoken; None to detect it.
            threads: CPU threads.

        Raises:
            FileNotFoundError: the folder holds no model.
        """
        if not (folder / "model.bin").is_file():
            raise FileNotFoundError(f"no speech model in {folder}; run `egobutler models`")
        from faster_whisper import WhisperModel

        self.name = folder.name
        self._model: Any = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads
        )
        self._language = language

    def transcribe(self, samples: NDArray[np.float32], start: float) -> list[Utterance]:
        """Sentences in order of time, with absolute spans and word times.

        Args:
            samples: mono sound at 16 kHz, -1..1; minutes rather than hours.
            start: absolute time of the first sample.
        """
        windows = pack(find_speech(samples))
        if not windows:
            return []
        language, known = self._choose_language(windows[0].cut(samples))
        words = [_shift(word, start) for word in self._words(windows, samples, language)]
        said = sentences(without_guesses(words), language)
        return believable(said, language_known=known)

    def _choose_language(self, speech: NDArray[np.float32]) -> tuple[str, bool]:
        """The language to write, and whether that is more than a guess."""
        if not self._model.model.is_multilingual:
            return "en", True
        if self._language:
            return self._language, True
        language, probability, _ = self._model.detect_language(audio=speech)
        return (str(language), True) if probability >= SURE_LANGUAGE else ("en", False)

    def _words(
        self, windows: Sequence[Window], samples: NDArray[np.float32], language: str
    ) -> Iterator[Heard]:
        """Words in the seconds of ``samples``, window by window."""
        from faster_whisper import BatchedInferencePipeline

        places = bounds(windows)
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            np.concatenate([window.cut(samples) for window in windows]),
            language=language,
            beam_size=1,
            temperature=0.0,
            batch_size=AT_ONCE,
            vad_filter=False,
            clip_timestamps=[{"start": place.start, "end": place.end} for place in places],
            word_timestamps=True,
            # Without them Whisper skips the first words of a window that begins over music.
            without_timestamps=False,
            condition_on_previous_text=False,
        )
        for segment in segments:
            middle = (segment.start + segment.end) / 2
            index = next((i for i, p in enumerate(places) if middle < p.end), len(places) - 1)
            for word in segment.words or ():
                yield _place(word, windows[index], places[index], segment.no_speech_prob)


def _place(word: Any, window: Window, place: Span, no_speech: float) -> Heard:
    start = max(float(word.start) - place.start, 0.0)
    span = window.original(Span(start, max(float(word.end) - place.start, start)))
    return Heard(span, str(word.word), float(word.probability), float(no_speech))


def _shift(word: Heard, by: float) -> Heard:
    span = Span(word.span.start + by, word.span.end + by)
    return Heard(span, word.text, word.probability, word.no_speech)
