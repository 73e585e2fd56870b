"""Transcribe speech: voice activity first, then Whisper on dense windows, then sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.speech.faster_whisper_backend import VERSION as BUNDLED
from ingest.speech.hallucination_filter import believable, without_guesses
from ingest.speech.language_id import Guess, Spoken, decide, differ
from ingest.speech.progress import report_share
from ingest.speech.protocol import Encoded, Listener
from ingest.speech.sentences import Heard, sentences
from ingest.speech.vad import SpeechWindow, find_speech, halves, pack
from memory.types.core import Span, Utterance

PIPELINE = "packed-4"  # of what is done around the model: change it when results change
VERSION = f"{BUNDLED}-{PIPELINE}"
In = TypeVar("In")
Out = TypeVar("Out")


class Recogniser(Protocol):
    """Whatever turns sound into sentences. ``version`` names all that its results depend on."""

    name: str
    version: str

    def transcribe(self, samples: NDArray[np.float32], start: float) -> list[Utterance]:
        """Sentences in order of time, with absolute spans and word times.

        Args:
            samples: mono sound at 16 kHz, -1..1; minutes rather than hours.
            start: absolute time of the first sample.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Passage:
    """A window that has been heard: what the model made of it and in which language it seems."""

    window: SpeechWindow
    encoded: Encoded
    guess: Guess


class WindowedRecogniser:
    """Gives a model nothing but speech, densely packed, each window in the language spoken in it.

    Music, noise and silence are never given to Whisper, which would make words of them.
    """

    def __init__(self, listener: Listener, *, language: str | None = None) -> None:
        """``language`` is the ISO 639-1 code of what is spoken, or None to detect it."""
        self.name = listener.name
        self.version = f"{listener.version}-{PIPELINE}"
        self._listener = listener
        self._language = language if listener.multilingual else "en"

    def transcribe(self, samples: NDArray[np.float32], start: float) -> list[Utterance]:
        """Sentences in order of time, with absolute spans and word times."""
        windows = pack(find_speech(samples))
        passages: list[_Passage] = []
        for number, some in enumerate(self._each(self._hear(samples), windows), start=1):
            passages += some
            report_share(number / len(windows) / 2)  # to hear is half of it, to write the other
        spoken = self._languages(passages)
        heard_words = self._words(passages, spoken)
        utterances: list[Utterance] = []
        for language, run in groupby(zip(passages, spoken, heard_words), key=lambda row: row[1]):
            words = [_absolute(w, p.window, start) for p, _, heard in run for w in heard]
            written = sentences(without_guesses(words), language.code)
            utterances += believable(written, language_known=language.known)
        return utterances

    def _hear(self, samples: NDArray[np.float32]) -> Callable[[SpeechWindow], list[_Passage]]:
        def hear(window: SpeechWindow) -> list[_Passage]:
            whole = self._passage(window, samples)
            if not whole.guess.mixed:
                return [whole]
            parts = [self._passage(half, samples) for half in halves(window)]
            return parts if differ(whole.guess, [part.guess for part in parts]) else [whole]

        return hear

    def _passage(self, window: SpeechWindow, samples: NDArray[np.float32]) -> _Passage:
        encoded = self._listener.encode(window.cut(samples))
        if self._language is not None:
            return _Passage(window, encoded, Guess(self._language, 1.0, window.duration))
        return _Passage(window, encoded, self._listener.guess(encoded))

    def _languages(self, passages: Sequence[_Passage]) -> list[Spoken]:
        if self._language is not None:
            return [Spoken(self._language, True)] * len(passages)
        return decide([passage.guess for passage in passages])

    def _words(
        self, passages: Sequence[_Passage], spoken: Sequence[Spoken]
    ) -> Iterator[list[Heard]]:
        """The words of each passage, several passages at once."""
        size = self._listener.at_once
        batches = [range(i, min(i + size, len(passages))) for i in range(0, len(passages), size)]

        def write(batch: range) -> list[list[Heard]]:
            return self._listener.words(
                [passages[i].encoded for i in batch], [spoken[i].code for i in batch]
            )

        for number, written in enumerate(self._each(write, batches), start=1):
            report_share((1 + number / len(batches)) / 2)
            yield from written

    def _each(self, do: Callable[[In], Out], what: Iterable[In]) -> Iterator[Out]:
        """``do`` for each, side by side where the listener can, in order."""
        if self._listener.workers == 1:
            # PyTorch raises a team of threads for every thread that calls it: no new ones.
            yield from map(do, what)
            return
        with ThreadPoolExecutor(self._listener.workers) as pool:
            yield from pool.map(do, what)


def _absolute(word: Heard, window: SpeechWindow, start: float) -> Heard:
    """The word at its absolute time."""
    span = window.original(word.span)
    shifted = Span(start + span.start, start + span.end)
    return Heard(shifted, word.text, word.probability, word.no_speech)
