"""Frames and sound as EgoGPT's encoders were trained to take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from egogpt.egogpt_config import EgoGPTConfig
from memory.types import Frame, Sound

RATE = 16_000


def spread(frames: Sequence[Frame], most: int) -> tuple[Frame, ...]:
    """At most ``most`` frames, evenly over time, the first and the last among them."""
    if len(frames) <= most:
        return tuple(frames)
    return tuple(frames[i] for i in np.linspace(0, len(frames) - 1, most).round().astype(int))


def pixels(frames: Sequence[Frame], config: EgoGPTConfig) -> Tensor:
    """Frames as [T, 3, S, S] in -1..1, squashed to a square whatever their shape.

    Squashed, not cropped or padded: so it was in training, and nothing at the edge is lost.
    """
    side = config.vision.image_size
    squares = np.stack([_square(frame.image, side) for frame in frames])
    scaled = torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255
    return (scaled - 0.5) / 0.5


def _square(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    picture = Image.fromarray(image).convert("RGB")
    return np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC))


def mel(sound: Sound | None, config: EgoGPTConfig) -> Tensor:
    """The log-mel spectrogram [mel bins, frames] of the first 30 s, padded with silence.

    A clip without sound is given the spectrogram of silence, -1.5 throughout. Zeros instead would
    be a steady hiss to the encoder, and leaving the speech tokens out is a prompt that the model
    has never seen with pictures.
    """
    heard = resampled(sound) if sound is not None else np.zeros(0, np.float32)
    samples = np.zeros(config.sound_seconds * RATE, np.float32)
    samples[: len(heard)] = heard[: len(samples)]
    features = _extractor(config)(samples, sampling_rate=RATE, return_tensors="pt")
    found: Tensor = features["input_features"][0]
    return found


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


def _extractor(config: EgoGPTConfig) -> Any:
    from transformers import WhisperFeatureExtractor

    return WhisperFeatureExtractor(  # type: ignore[no-untyped-call]
        feature_size=config.speech.num_mel_bins, chunk_length=config.sound_seconds
    )
