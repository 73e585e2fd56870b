"""Finds where somebody speaks and packs those pieces densely, since Whisper pads to 30 seconds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.types.core import Span

RATE = 16_000  # samples per second
LONGEST = 28.0  # seconds of speech per window; Whisper hears 30 at once
PAUSE = 0.5  # seconds of silence that end a piece
PADDING = 0.3  # seconds kept on either side of a piece


@dataclass(frozen=True, slots=True)
class SpeechWindow:
    """Pieces of speech, in seconds of the original sound, to be heard as one."""

    pieces: tuple[Span, ...]

    @property
    def duration(self) -> float:
        """Seconds of speech in the window."""
        return _length(self.pieces)

    def cut(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The pieces one after the other."""
        parts = [samples[round(p.start * RATE) : round(p.end * RATE)] for p in self.pieces]
        return np.concatenate(parts)

    def original(self, span: Span) -> Span:
        """Where a stretch of the window, in its own seconds, lies in the original sound.

        The piece that holds its middle decides, so that a word never spans a pause between two.
        """
        starts, total = [], 0.0
        for piece in self.pieces:
            starts.append(total)
            total += piece.duration
        index = max(bisect_right(starts, (span.start + span.end) / 2) - 1, 0)
        piece, shift = self.pieces[index], self.pieces[index].start - starts[index]
        start = min(max(span.start + shift, piece.start), piece.end)
        return Span(start, min(max(span.end + shift, start), piece.end))


def find_speech(samples: NDArray[np.float32]) -> list[Span]:
    """Pieces of speech in seconds, none longer than a window, by Silero's voice detector.

    Args:
        samples: mono sound at 16 kHz.
    """
    if samples.size < RATE // 10:
        return []
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        min_speech_duration_ms=150,
        max_speech_duration_s=LONGEST - 2 * PADDING,
        min_silence_duration_ms=round(PAUSE * 1000),
        speech_pad_ms=round(PADDING * 1000),
    )
    speech_timestamps = get_speech_timestamps(samples, options)
    return [Span(piece["start"] / RATE, piece["end"] / RATE) for piece in speech_timestamps]


def pack(pieces: Iterable[Span], longest: float = LONGEST) -> list[SpeechWindow]:
    """Pieces gathered, in order, into few windows of at most ``longest`` seconds of speech each.

    A full window ends at the longest pause of its last third, so that no sentence is torn apart.
    """
    windows: list[SpeechWindow] = []
    gathered: list[Span] = []
    for piece in pieces:
        if gathered and _length(gathered) + piece.duration > longest:
            cut = _widest_pause([*gathered, piece], longest)
            windows.append(SpeechWindow(tuple(gathered[:cut])))
            gathered = gathered[cut:]
        gathered.append(piece)
    return [*windows, SpeechWindow(tuple(gathered))] if gathered else windows


def _widest_pause(pieces: Sequence[Span], longest: float) -> int:
    """The index, after at least two thirds of a window, before which the longest pause lies.

    The last piece is the one that no longer fits. What stays must leave room for it.
    """
    late = [
        i
        for i in range(1, len(pieces))
        if _length(pieces[:i]) >= longest * 2 / 3 and _length(pieces[i:]) <= longest
    ] or [len(pieces) - 1]
    return max(late, key=lambda i: (pieces[i].start - pieces[i - 1].end, i))


def _length(pieces: Iterable[Span]) -> float:
    return sum(piece.duration for piece in pieces)


def halves(window: SpeechWindow) -> tuple[SpeechWindow, ...]:
    """The window in two at the longest pause of its middle half; nothing where it has no pause."""
    pieces, total = window.pieces, window.duration
    middle = [i for i in range(1, len(pieces)) if 0.25 <= _length(pieces[:i]) / total <= 0.75]
    cuts = middle or range(1, len(pieces))
    if not cuts:
        return ()
    at = max(cuts, key=lambda i: pieces[i].start - pieces[i - 1].end)
    return SpeechWindow(pieces[:at]), SpeechWindow(pieces[at:])
