"""Frames and sound as EgoGPT's encoders were trained to take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from egogpt.egogpt_7b.config import EgoGPTConfig
from egogpt.vlm.audio_input import RATE, resampled
from memory.types.core import Frame, Sound


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
    feature: Tensor = features["input_features"][0]
    return feature


def _extractor(config: EgoGPTConfig) -> Any:
    from transformers import WhisperFeatureExtractor

    return WhisperFeatureExtractor(  # type: ignore[no-untyped-call]
        feature_size=config.speech.num_mel_bins, chunk_length=config.sound_seconds
    )


def padded(prompts: Sequence[Tensor]) -> dict[str, Tensor]:
    """Prompts [N_i, D] as what ``generate`` takes for a batch, filled up at their start.

    What is filled is masked, so a prompt's reply does not depend on the others.
    """
    longest = max(len(prompt) for prompt in prompts)
    embeds = prompts[0].new_zeros(len(prompts), longest, prompts[0].shape[1])
    mask = torch.zeros(len(prompts), longest, dtype=torch.int64, device=embeds.device)
    for row, prompt in enumerate(prompts):
        embeds[row, longest - len(prompt) :] = prompt
        mask[row, longest - len(prompt) :] = 1
    return {"inputs_embeds": embeds, "attention_mask": mask}
