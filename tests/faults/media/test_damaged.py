"""Files that are broken, cut off or no media (4 to 7): each is read as far as it can be."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import av
import pytest

from ingest.decode.requests import RATE
from ingest.decode_worker.client import DecoderProcess
from tests.faults.media.reading import complaint, level, listen, look, noise, offsets, seconds
from tests.media import (
    flipped,
    make_audio,
    make_video,
    scene,
    tone,
    truncated,
    write_wav,
)


def zeroed(source: Path, path: Path, first: float, last: float) -> Path:
    """A copy of which the given part (0..1) is zeros, as after a bad block of a card."""
    data = bytearray(source.read_bytes())
    begin, end = int(len(data) * first), int(len(data) * last)
    data[begin:end] = bytes(end - begin)
    path.write_bytes(data)
    return path


# 4: the index is missing


def test_fault_4_an_mp4_that_lost_its_index_is_refused_with_a_way_out(
    tmp_path: Path, media: DecoderProcess
) -> None:
    whole = make_video(tmp_path / "a.mp4")
    text = complaint(media, truncated(whole, tmp_path / "cut.mp4", keep=0.6))
    assert "index" in text
    assert "untrunc" in text


# 5: the end is missing


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.mov"])
def test_fault_5_a_cut_off_recording_is_read_to_its_last_good_frame(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    whole = make_video(tmp_path / name, noise(5), seconds=10, audio=tone(10), faststart=True)
    path = truncated(whole, tmp_path / f"cut-{name}", keep=0.6)
    found, frames, report = look(media, path)
    assert found.partial
    assert "end is missing" in found.note
    assert 3 < found.duration < 9
    assert offsets(frames)[:3] == pytest.approx([0, 1, 2], abs=0.15)
    assert report.last_good is not None
    assert found.duration - report.last_good <= 1.5
    _, sound, _ = listen(media, path)
    assert level(sound[: 3 * RATE]) > 0.15


def test_fault_5_a_cut_off_fragmented_mp4_is_read_to_its_last_good_fragment(
    tmp_path: Path, media: DecoderProcess
) -> None:
    whole = tmp_path / "a.mp4"
    with av.open(whole, "w", options={"movflags": "frag_keyframe+empty_moov"}) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.codec_context.gop_size = 160, 120, 10
        for number in range(100):
            picture = av.VideoFrame.from_ndarray(scene(number // 10), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    found, frames, _ = look(media, truncated(whole, tmp_path / "cut.mp4", keep=0.6))
    assert 3 < found.duration < 8
    assert len(frames) >= 3


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.ogg"])
def test_fault_5_a_cut_off_sound_file_says_so(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    whole = make_audio(tmp_path / name, tone(10))
    found, sound, _ = listen(media, truncated(whole, tmp_path / f"cut-{name}", keep=0.6))
    assert found.partial
    assert "0:00:10" in found.note or "end may be missing" in found.note
    assert level(sound[: 4 * RATE]) > 0.15


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_fault_5_a_wav_whose_recorder_never_knew_its_length_is_whole(
    tmp_path: Path, media: DecoderProcess, size: int
) -> None:
    path = write_wav(tmp_path / "a.wav", tone(3))
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", size)
    path.write_bytes(data)
    found = media.probe(path)
    assert (found.partial, found.note) == (False, "")
    assert found.duration == pytest.approx(3, abs=0.1)


# 6: bytes are changed or gone in the middle


@pytest.mark.parametrize("gop", [10, 100])
@pytest.mark.parametrize("flips", [60, 600])
def test_fault_6_flipped_bytes_cost_their_stretch_and_are_told(
    tmp_path: Path, media: DecoderProcess, flips: int, gop: int
) -> None:
    whole = make_video(tmp_path / "a.mp4", noise(80), seconds=8, gop=gop)
    path = flipped(whole, tmp_path / "b.mp4", flips, between=(0.3, 0.6))
    found, frames, report = look(media, path)
    assert found.duration == pytest.approx(8, abs=0.2)
    assert report.corrupt + report.failed > 0
    assert report.damaged
    assert all(1.5 < start < end < 6 for start, end in report.damaged)
    assert {0, 1, 6, 7} <= {round(offset) for offset in offsets(frames)}


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.ts"])
def test_fault_6_a_hole_in_the_container_is_told(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    codec = "libvpx-vp9" if name == "a.webm" else "libx264"
    whole = make_video(tmp_path / name, noise(12), seconds=12, codec=codec, audio=tone(12))
    path = zeroed(whole, tmp_path / f"b-{name}", 0.4, 0.6)
    _, frames, looked = look(media, path)
    _, sound, heard = listen(media, path)
    for damaged in (looked.damaged, heard.damaged):
        assert 1 < seconds(damaged) < 5
        assert all(3 < start < end < 9 for start, end in damaged)
    assert {0, 1, 2, 10, 11} <= {round(offset) for offset in offsets(frames)}
    assert level(sound[: 3 * RATE]) > 0.15
    assert level(sound[10 * RATE : 11 * RATE]) > 0.15
    begin, end = max(heard.damaged, key=lambda stretch: stretch[1] - stretch[0])
    assert level(sound[round((begin + 0.2) * RATE) : round((end - 0.2) * RATE)]) < 0.05


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.m4a", "a.mp3"])
def test_fault_6_damaged_sound_in_the_middle_is_told(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    whole = make_audio(tmp_path / name, tone(20))
    _, sound, report = listen(media, zeroed(whole, tmp_path / f"b-{name}", 0.45, 0.55))
    assert report.damaged
    assert all(7 < start < end < 13 for start, end in report.damaged)
    assert level(sound[: 6 * RATE]) > 0.15
    assert level(sound[14 * RATE : 17 * RATE]) > 0.15


# 7: no media at all


@pytest.mark.parametrize("data", [b"", b"\0", os.urandom(5000), b"<html><body>404</body></html>"])
def test_fault_7_what_is_no_media_is_refused_with_a_reason(
    tmp_path: Path, media: DecoderProcess, data: bytes
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    assert complaint(media, path).startswith("a.mp4: ")
