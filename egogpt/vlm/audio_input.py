"""Sound as the encoders of all models that hear take it: 16 kHz, band-limited, not too short."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from memory.types.core import Sound

RATE = 16_000  # Hz that the feature extractors expect
MOST_SOUND = 30.0  # seconds that Whisper's encoder, which these models hear with, takes
_LEAST = 0.1  # seconds


def prepare_audio(sound: Sound | None) -> Sound | None:
    """The sound, or None for one that is too short for an encoder to hear anything in."""
    return None if sound is None or sound.samples.size < _LEAST * sound.rate else sound


def resampled(sound: Sound) -> NDArray[np.float32]:
    """The samples at 16 kHz, band-limited; raises ValueError for a rate that is none."""
    if sound.rate <= 0:
        raise ValueError(f"a sound cannot have a rate of {sound.rate} Hz")
    samples = np.nan_to_num(np.asarray(sound.samples, np.float32))
    if sound.rate == RATE or not len(samples):
        return samples
    length = max(1, round(len(samples) * RATE / sound.rate))
    # Through the spectrum, whose upper end is cut or filled with nothing: exact below both limits.
    spectrum = np.fft.rfft(samples)
    wide = np.zeros(length // 2 + 1, spectrum.dtype)
    shared = min(len(spectrum), len(wide))
    wide[:shared] = spectrum[:shared]
    scaled: NDArray[np.float32] = (np.fft.irfft(wide, length) * length / len(samples)).astype(
        np.float32
    )
    return scaled
