"""Sound reaches the encoders at their rate, with its pitch, and only if it can be heard."""

from __future__ import annotations

import numpy as np
import pytest

from egogpt.vlm.audio_input import prepare_audio, resampled
from memory.types.core import Sound


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


def test_a_sound_that_is_too_short_is_none() -> None:
    assert prepare_audio(None) is None
    assert prepare_audio(Sound(0.0, np.ones(200, np.float32))) is None
    whole = Sound(0.0, np.ones(200, np.float32), 1000)
    assert prepare_audio(whole) is whole
