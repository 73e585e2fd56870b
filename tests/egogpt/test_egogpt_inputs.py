"""Frames and sound reach the encoders as the model was trained to take them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
import whisper
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from egogpt.egogpt_config import EgoGPTConfig, parse_config
from egogpt.egogpt_inputs import mel, pixels, resampled, spread
from memory.types import Frame, Sound
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


def tone(hertz: float, rate: int, seconds: float = 0.5) -> Sound:
    times = np.arange(int(rate * seconds)) / rate
    return Sound(0.0, np.sin(2 * np.pi * hertz * times).astype(np.float32), rate)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_a_tone_keeps_its_pitch_at_any_rate(rate: int) -> None:
    found = resampled(tone(440, rate))
    assert len(found) == pytest.approx(8_000, abs=1)
    assert found.dtype == np.float32
    assert np.abs(found - tone(440, 16_000).samples[: len(found)]).max() < 0.01


def test_what_is_too_high_for_the_model_does_not_come_back_lower() -> None:
    assert np.abs(resampled(tone(12_000, 48_000))).max() < 1e-3


def test_a_rate_that_is_none_is_refused_and_broken_samples_are_silence() -> None:
    with pytest.raises(ValueError, match="rate of 0"):
        resampled(Sound(0.0, np.zeros(4, np.float32), 0))
    broken = np.array([0.5, np.nan, np.inf, 0.5], np.float32)
    assert np.isfinite(resampled(Sound(0.0, broken))).all()
    assert len(resampled(Sound(0.0, np.zeros(0, np.float32), 8_000))) == 0


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


@given(count=st.integers(1, 200), most=st.integers(2, 40))
def test_thinned_out_frames_span_the_clip_in_order(count: int, most: int) -> None:
    empty = np.zeros((1, 1, 3), np.uint8)
    given_frames = [Frame(float(at), empty) for at in range(count)]
    times = [frame.at for frame in spread(given_frames, most)]
    assert len(times) == min(count, most)
    assert times[0] == 0
    assert times[-1] == count - 1
    steps = [after - before for before, after in pairwise(times)]
    assert all(step >= 1 for step in steps)
    assert not steps or max(steps) - min(steps) <= 1
