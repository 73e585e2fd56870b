from pathlib import Path

import numpy as np
import pytest

from ingest.decode.decoder import InProcess
from ingest.decode.requests import RATE, SoundReport
from ingest.probe.probe import probe
from tests.media import (
    Sound,
    flipped,
    make_audio,
    make_video,
    noise,
    silence,
    speak,
    tone,
    truncated,
    write_wav,
)

NOISY = {"b": "24k"}  # at this rate FFmpeg's AAC replaces noise by the seed of noise


def read(path: Path, start: float, end: float) -> Sound:
    return InProcess().sound(probe(path), start, end)


def level(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def beep_at(seconds: float, at: float) -> Sound:
    """Silence with 100 ms of tone at one moment."""
    sound = silence(seconds)
    sound[round(at * RATE) : round((at + 0.1) * RATE)] = tone(0.1, level=0.8)
    return sound


def onset(sound: Sound) -> float:
    return float(np.argmax(np.abs(sound) > 0.2)) / RATE


@pytest.mark.parametrize("name", ["a.wav", "a.m4a", "a.mp3", "a.flac", "a.ogg"])
def test_a_sound_is_found_at_its_true_time(tmp_path: Path, name: str) -> None:
    path = make_audio(tmp_path / name, beep_at(4, 2.5))
    assert onset(read(path, 0, 4)) == pytest.approx(2.5, abs=0.03)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.ts", "a.avi"])
def test_a_window_deep_inside_starts_where_it_should(tmp_path: Path, name: str) -> None:
    codec = "libvpx-vp9" if name == "a.webm" else "libx264"
    path = make_video(tmp_path / name, seconds=8, codec=codec, audio=beep_at(8, 5.5))
    assert onset(read(path, 5.0, 6.0)) == pytest.approx(0.5, abs=0.08)


def test_windows_put_together_are_the_whole(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.wav", tone(6, 300))
    whole = read(path, 0, 6)
    parts = np.concatenate([read(path, a, a + 1.5) for a in (0, 1.5, 3, 4.5)])
    assert np.abs(whole - parts).max() < 0.01


def test_length_is_exact_and_the_missing_end_is_silent(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.wav", tone(2))
    sound = read(path, 1.5, 4.25)
    assert sound.dtype == np.float32
    assert sound.shape == (round(2.75 * RATE),)
    assert level(sound[: RATE // 2]) == pytest.approx(0.3 / np.sqrt(2), abs=0.02)
    assert not sound[round(0.6 * RATE) :].any()


def test_samples_keep_their_scale(tmp_path: Path) -> None:
    sound = read(make_audio(tmp_path / "a.wav", tone(1, level=0.5)), 0, 1)
    assert np.abs(sound).max() == pytest.approx(0.5, abs=0.01)


def test_other_rates_become_16_khz(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(2, 440, rate=44_100), rate=44_100)
    sound = read(path, 0, 2)
    spectrum = np.abs(np.fft.rfft(sound))
    assert int(spectrum.argmax()) / 2 == pytest.approx(440, abs=1)


def test_a_start_offset_of_the_container_is_taken_off(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv", seconds=4, audio=beep_at(4, 2.5), start_offset=1000)
    assert onset(read(path, 0, 4)) == pytest.approx(2.5, abs=0.08)


def test_a_recording_without_sound_is_silent(tmp_path: Path) -> None:
    assert not read(make_video(tmp_path / "a.mp4"), 0, 2).any()


def test_a_cut_off_recording_is_heard_up_to_its_end(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "a.mkv", seconds=10, audio=tone(10))
    sound = read(truncated(whole, tmp_path / "cut.mkv", keep=0.6), 0, 10)
    assert level(sound[: 4 * RATE]) > 0.15
    assert not sound[9 * RATE :].any()


@pytest.mark.parametrize("name", ["a.m4a", "a.mp3", "a.flac", "a.ogg"])
def test_damaged_packets_cost_only_themselves(tmp_path: Path, name: str) -> None:
    whole = make_audio(tmp_path / name, tone(10))
    sound = read(flipped(whole, tmp_path / f"b-{name}", 5, between=(0.4, 0.6)), 0, 10)
    assert sound.shape == (10 * RATE,)
    assert level(sound[: 3 * RATE]) > 0.15
    assert level(sound[7 * RATE : 9 * RATE]) > 0.15


@pytest.mark.parametrize("name", ["a.wav", "a.m4a", "a.mp3", "a.flac", "a.ogg"])
def test_sound_that_is_whole_has_no_damage(tmp_path: Path, name: str) -> None:
    path, report = make_audio(tmp_path / name, tone(12)), SoundReport()
    found = probe(path)
    sound = InProcess().sound(found, 0, found.duration + 3, report=report)
    assert sound.size == round((found.duration + 3) * RATE)
    assert (report.damaged, report.failed, found.note) == ([], 0, "")


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.m4a", "aac"),
        ("a.ts", "aac"),
        ("a.aac", "aac"),
        ("a.mkv", "libopus"),
        ("a.ogg", "libopus"),
        ("a.mkv", "libmp3lame"),
        ("a.mp3", "libmp3lame"),
    ],
)
def test_a_span_is_the_same_sample_for_sample_whatever_was_read_before(
    tmp_path: Path, name: str, codec: str
) -> None:
    path = make_audio(tmp_path / name, noise(20), codec=codec, options=NOISY)
    found, spans = probe(path), [(0, 6), (6, 12), (11, 17), (3, 9), (12, 20), (12, 20)]
    held = InProcess()
    for start, end in spans:
        sound = held.sound(found, start, end)
        assert level(sound) > 0.02
        assert np.array_equal(sound, InProcess().sound(found, start, end)), (start, end)
    held.close()


def test_a_span_that_ends_before_it_starts_is_refused(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.wav", tone(1))
    with pytest.raises(ValueError, match="before it starts"):
        read(path, 1, 0)


def test_speech_comes_through(tmp_path: Path) -> None:
    spoken = speak("The quick brown fox jumps over the lazy dog.")
    seconds = len(spoken) / RATE
    sound = read(make_video(tmp_path / "a.mp4", seconds=seconds, audio=spoken), 0, seconds)
    assert level(sound) == pytest.approx(level(spoken), rel=0.1)
