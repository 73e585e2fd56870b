"""Frames and sound reach the encoders as the model was trained to take them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import whisper
from PIL import Image

from egogpt.egogpt_7b.config import EgoGPTConfig, parse_config
from egogpt.egogpt_7b.inputs import mel, padded, pixels
from memory.types.core import Frame, Sound
from tests.egogpt.tiny_egogpt import FULL_SIZE, frames, sound


@pytest.fixture(scope="module")
def full() -> EgoGPTConfig:
    return parse_config(FULL_SIZE, "config.json")


def test_the_spectrogram_is_openais(full: EgoGPTConfig) -> None:
    heard = sound(7.3)
    told = whisper.log_mel_spectrogram(whisper.pad_or_trim(heard.samples), n_mels=128)
    found = mel(heard, full)
    assert found.shape == (128, 3000)
    assert (found - told).abs().max() < 1e-3
    assert (found - told).abs().mean() < 1e-5


def test_silence_is_the_spectrogram_of_no_sound_and_not_zeros(full: EgoGPTConfig) -> None:
    silence = mel(None, full)
    told = whisper.log_mel_spectrogram(np.zeros(480_000, np.float32), n_mels=128)
    assert torch.allclose(silence, torch.full((128, 3000), -1.5))
    assert torch.allclose(silence, told)


def test_sound_beyond_thirty_seconds_is_not_heard(full: EgoGPTConfig) -> None:
    long = sound(31)
    cut = Sound(0.0, long.samples[:480_000])
    assert torch.equal(mel(long, full), mel(cut, full))


def test_frames_are_squashed_whole_into_a_square(full: EgoGPTConfig) -> None:
    image = np.zeros((90, 160, 3), np.uint8)
    image[:, :80] = (255, 0, 0)
    found = pixels([Frame(0.0, image)], full)
    assert found.shape == (1, 3, 384, 384)
    assert torch.equal(found[0, :, 200, 10], torch.tensor([1.0, -1.0, -1.0]))
    assert torch.equal(found[0, :, 200, 370], torch.tensor([-1.0, -1.0, -1.0]))


def test_frames_are_scaled_as_the_published_processor_does(full: EgoGPTConfig) -> None:
    image = frames(1)[0].image
    resized = Image.fromarray(image).resize((384, 384), Image.Resampling.BICUBIC)
    told = (torch.tensor(np.asarray(resized)).permute(2, 0, 1) * (1 / 255) - 0.5) / 0.5
    assert torch.allclose(pixels([Frame(0.0, image)], full)[0], told, atol=1e-6)


def test_prompts_of_a_batch_are_filled_up_at_their_start() -> None:
    prompts = [torch.ones(2, 3), 2 * torch.ones(4, 3)]
    found = padded(prompts)
    assert found["attention_mask"].tolist() == [[0, 0, 1, 1], [1, 1, 1, 1]]
    assert torch.equal(found["inputs_embeds"][0], torch.cat((torch.zeros(2, 3), prompts[0])))
    assert torch.equal(found["inputs_embeds"][1], prompts[1])
