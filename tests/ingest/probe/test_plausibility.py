"""A header may not claim what its bytes cannot hold; what is merely sparing is taken in."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.decode.decoder import InProcess
from ingest.errors import UnreadableMedia
from ingest.probe.probe import probe
from tests.media import RATE, make_audio, make_video, noise, plain, silence, tone


def pcm(path: Path, samples: bytes, rate: int, channels: int = 1, bits: int = 16) -> Path:
    """A WAV file with whatever header."""
    frame = channels * bits // 8
    sizes = struct.pack("<IHHII", 16, 1, channels, rate, rate * frame % 2**32)
    kind = sizes + struct.pack("<HH", frame % 2**16, bits)
    body = b"WAVEfmt " + kind + b"data" + struct.pack("<I", len(samples)) + samples
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def complaint(path: Path) -> str:
    with pytest.raises(UnreadableMedia) as caught:
        probe(path)
    return str(caught.value)


@pytest.mark.parametrize("rate", [1, 3_999, 768_001])
def test_a_sampling_rate_that_no_recorder_has_is_refused(tmp_path: Path, rate: int) -> None:
    told = complaint(pcm(tmp_path / "a.wav", bytes(617_000), rate))
    assert told.startswith(f"a.wav: says that its sound was sampled at {rate:,} Hz")


@pytest.mark.parametrize("rate", [4_000, 8_000, 768_000])
def test_a_sampling_rate_that_some_recorder_has_is_taken(tmp_path: Path, rate: int) -> None:
    found = probe(pcm(tmp_path / "a.wav", bytes(2 * rate), rate))
    assert found.duration == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("channels", [65, 65_535])
def test_more_channels_than_can_be_mixed_are_refused(tmp_path: Path, channels: int) -> None:
    told = complaint(pcm(tmp_path / "a.wav", bytes(2 * 65_535 * 4), RATE, channels))
    assert told.startswith("a.wav: claims more channels of sound than the 64")


@pytest.mark.parametrize("channels", [1, 2, 6, 9, 64])
def test_all_channels_are_heard_as_one(tmp_path: Path, channels: int) -> None:
    samples = (
        (np.repeat(tone(1, level=0.2)[:, None], channels, axis=1) * 32_767).astype("<i2").tobytes()
    )
    path = pcm(tmp_path / "a.wav", samples, RATE, channels)
    assert np.sqrt(np.mean(InProcess().sound(probe(path), 0, 1) ** 2)) == pytest.approx(
        0.2 / np.sqrt(2), rel=0.1
    )


def respaced(source: Path, path: Path, *, every: int = 1, times: int = 1) -> Path:
    """One in so many packets of a recording of sound, so many times as far apart."""
    with av.open(source) as read, av.open(path, "w") as write:
        stream = write.add_stream_from_template(read.streams.audio[0])
        packets = [packet for packet in read.demux() if packet.dts is not None]
        for packet in packets[::every]:
            packet.stream = stream
            packet.pts, packet.dts, packet.duration = packet.pts * times, packet.dts * times, 0
            write.mux(packet)
    return path


def test_a_length_that_the_bytes_cannot_hold_is_refused(tmp_path: Path) -> None:
    whole = make_audio(tmp_path / "whole.mkv", tone(20))
    assert probe(whole).duration == pytest.approx(20, abs=0.2)
    told = complaint(respaced(whole, tmp_path / "a.mkv", times=600))
    assert "claims 3:2" in told
    assert "bytes cannot hold" in told


@pytest.mark.parametrize(
    ("name", "codec", "bits"),
    [
        ("a.ogg", "libopus", "6k"),
        ("a.mkv", "libopus", "6k"),
        ("a.flac", "flac", "0"),
        ("a.m4a", "aac", "8k"),
        ("a.mp3", "libmp3lame", "8k"),
    ],
)
@pytest.mark.parametrize("sound", [silence(20), noise(20)])
def test_what_needs_few_bytes_is_taken(
    tmp_path: Path, name: str, codec: str, bits: str, sound: np.ndarray
) -> None:
    path = make_audio(tmp_path / name, sound, codec=codec, options={"b": bits})
    assert probe(path).duration == pytest.approx(20, abs=0.5)


def test_silence_that_is_not_transmitted_is_taken(tmp_path: Path) -> None:
    whole = make_audio(tmp_path / "whole.ogg", silence(60), codec="libopus", options={"b": "6k"})
    path = respaced(whole, tmp_path / "a.mkv", every=20)  # a packet in 0.4 s, as Opus has it
    assert probe(path).duration == pytest.approx(60, abs=1)


def test_a_still_picture_over_silence_is_taken(tmp_path: Path) -> None:
    still = make_video(
        tmp_path / "a.mp4", [plain((9, 9, 9))], times=[0.0, 300.0], audio=silence(300)
    )
    assert probe(still).duration == pytest.approx(300, abs=1)


def test_a_picture_a_minute_is_taken(tmp_path: Path) -> None:
    times = [59.0 * n for n in range(61)]
    slow = make_video(tmp_path / "a.mp4", [plain((9, 9, 9), 64, 48)], times=times, gop=100)
    assert probe(slow).duration > 3_400


def test_a_film_with_impossible_sound_is_seen(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.avi", seconds=4, codec="mpeg4", audio=tone(4))
    fmt = struct.pack("<HHII", 1, 1, RATE, 2 * RATE)
    data = path.read_bytes()
    assert fmt in data
    path.write_bytes(data.replace(fmt, struct.pack("<HHII", 1, 1, 1, 2)))
    found = probe(path)
    assert (found.has_video, found.has_audio, found.partial) == (True, False, True)
    assert found.duration == pytest.approx(4, abs=0.1)
    assert "sampled at 1 Hz" in found.note
