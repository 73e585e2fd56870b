"""The sound of a span of a recording as 16 kHz mono, at its true time, however broken the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.container.container import quietly
from ingest.decode.sound_types import RATE, SoundReport
from ingest.probe.probe_types import Probe


def read_audio(
    path: Path,
    probe: Probe,
    start_offset: float,
    end_offset: float,
    *,
    report: SoundReport | None = None,
    alive: Callable[[], None] = quietly,
) -> NDArray[np.float32]:
    """Sound of [start_offset, end_offset) seconds of the recording: float32 in -1..1, 16 kHz, mono.

    Exactly ``round((end_offset - start_offset) * 16000)`` samples. Where the file has no sound (a
    gap, damaged packets, its early end, no audio stream at all) there are zeros, so that sample i
    is always the sound at ``start_offset + i / 16000``; what of that is damage is told in
    ``report``. Reads from just before the span, so a window deep in a long file is cheap.
    ``alive`` is called between packets.

    Raises:
        UnreadableMedia: the file cannot be opened any more.
        ValueError: the span ends before it starts.
    """
    from ingest.decode.audio_reader import SoundReel

    sound = silence(start_offset, end_offset)
    if not probe.has_audio or not sound.size:
        return sound
    report = report if report is not None else SoundReport()
    with SoundReel(path, probe, alive) as reel:
        at = 0
        for piece in reel.span(start_offset, end_offset, report):
            sound[at : at + piece.size] = as_float(piece)
            at += piece.size
    return sound


def silence(start_offset: float, end_offset: float) -> NDArray[np.float32]:
    """Zeros for the span.

    Raises:
        ValueError: the span ends before it starts.
    """
    if end_offset < start_offset:
        raise ValueError(f"a span cannot end ({end_offset}) before it starts ({start_offset})")
    return np.zeros(round((end_offset - start_offset) * RATE), dtype=np.float32)


def as_float(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """16-bit samples as numbers in -1..1."""
    return samples.astype(np.float32) / np.float32(32768)
