"""Frames at odd times (12), the shortest and the longest (15), and clocks that jump (16)."""

from __future__ import annotations

import struct
from pathlib import Path

import psutil
import pytest

from ingest.container.timestamp_repair import Timeline, steady
from ingest.decode.requests import RATE, DecodeRequest, SampleReport
from ingest.decode_worker.client import DecoderProcess
from tests.faults.media.reading import listen, look, offsets
from tests.media import (
    make_video,
    scene,
    tone,
    write_wav,
)

# 12: a variable frame rate


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_fault_12_pauses_are_no_damage_and_times_are_true(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    times = [n / 5 for n in range(15)] + [8 + n / 30 for n in range(60)] + [25.0, 25.1, 40.0]
    path = make_video(tmp_path / name, times=times, fps=30, gop=300, audio=tone(41))
    found, frames, report = look(media, path)
    assert offsets(frames) == pytest.approx([0, 1, 2, 8, 9, 25, 40], abs=0.12)
    assert (report.damaged, found.note, found.lost_pictures) == ([], "", ())
    assert listen(media, path)[2].damaged == []


def test_fault_12_sparse_keyframes_are_no_damage(tmp_path: Path, media: DecoderProcess) -> None:
    _, frames, report = look(media, make_video(tmp_path / "a.mkv", seconds=30, gop=250, fps=5))
    assert offsets(frames) == list(range(30))
    assert report.damaged == []


# 15: very short, very long


def test_fault_15_one_frame_and_a_fifth_of_a_second_are_recordings(
    tmp_path: Path, media: DecoderProcess
) -> None:
    assert offsets(look(media, make_video(tmp_path / "a.mp4", times=[0.0]))[1]) == [0]
    assert offsets(look(media, make_video(tmp_path / "b.mp4", seconds=0.2))[1]) == [0]
    found, sound, _ = listen(media, write_wav(tmp_path / "c.wav", tone(0.2)))
    assert sound.size == pytest.approx(0.2 * RATE, abs=2)
    assert found.duration == pytest.approx(0.2, abs=0.01)


def test_fault_15_twelve_hours_are_read_anywhere_in_flat_memory(
    tmp_path: Path, media: DecoderProcess
) -> None:
    times = [10.0 * n for n in range(12 * 360)]
    shown = [scene(number, 64, 48) for number in range(12)]
    path = make_video(tmp_path / "a.mp4", shown, times=times, fps=1, gop=30)
    found, report = media.probe(path), SampleReport()
    assert found.duration == pytest.approx(12 * 3600, abs=15)
    for start in (0.0, 6 * 3600.0, 11.9 * 3600):
        end = start + 240
        frames = media.frames(DecodeRequest(found, 0.0, start_offset=start, end_offset=end), report)
        assert len(list(frames)) == 24
    assert report.damaged == []
    assert media.pid is not None
    assert psutil.Process(media.pid).memory_info().rss < 300 << 20


# 16: clocks


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "a.mp4"])
def test_fault_16_a_clock_that_does_not_start_at_nought_is_no_length(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    path = make_video(tmp_path / name, seconds=4, start_offset=1000, audio=tone(4))
    found, frames, report = look(media, path)
    assert found.duration == pytest.approx(4, abs=0.3)
    assert len(frames) == 4
    assert (found.note, report.damaged) == ("", [])


def test_fault_16_a_clock_that_wraps_runs_on(tmp_path: Path, media: DecoderProcess) -> None:
    wrap = 2**33 / 90_000  # when MPEG's clock of 33 bits starts again
    path = make_video(tmp_path / "a.ts", seconds=8, start_offset=wrap - 4, audio=tone(8))
    found, frames, report = look(media, path)
    assert found.duration == pytest.approx(8, abs=0.3)
    assert len(frames) >= 7
    assert report.damaged == []


def test_fault_16_pictures_without_timestamps_are_counted_on(
    tmp_path: Path, media: DecoderProcess
) -> None:
    found, frames, _ = look(media, make_video(tmp_path / "a.h264", seconds=4, fps=25))
    assert found.duration == pytest.approx(4, abs=0.2)
    assert offsets(frames) == pytest.approx([0, 1, 2, 3], abs=0.1)


def test_fault_16_a_clock_that_was_set_back_is_told(tmp_path: Path, media: DecoderProcess) -> None:
    part = make_video(tmp_path / "1.ts", seconds=30, fps=5, gop=5)
    path = tmp_path / "a.ts"
    path.write_bytes(part.read_bytes() * 2)
    found, frames, _ = look(media, path)
    assert "clock goes back" in found.note
    assert found.partial
    assert offsets(frames) == sorted(set(offsets(frames)))
    assert len(frames) >= 29


@pytest.mark.parametrize("leap", [30.0, 3_000.0, 900_000_000.0])
def test_fault_16_a_flipped_timestamp_makes_no_recording_of_years(leap: float) -> None:
    times = [n / 10 for n in range(600)]
    times[200] += leap
    timeline = Timeline()
    for at in times:
        timeline.add(at, 0.1, keyframe=True)
    extent = timeline.believed()
    assert extent.end == pytest.approx(60)
    kept = [at for at, _ in steady((at, None) for at in times)]
    assert len(kept) == 599
    assert max(kept) < 60


def test_fault_16_a_damaged_clock_rate_does_not_stretch_a_minute_to_years(
    tmp_path: Path, media: DecoderProcess
) -> None:
    path = make_video(tmp_path / "a.mp4", seconds=6, audio=tone(6))
    data = path.read_bytes()
    at = data.index(b"mdhd")
    for rate in (1, 0xFFFFFFFF):
        path.write_bytes(data[: at + 16] + struct.pack(">I", rate) + data[at + 20 :])
        found, frames, _ = look(media, path)
        assert 5 < found.duration < 4000
        assert len(frames) < 100
        assert listen(media, path)[1].any()
