"""Whole files of odd names, streams (8 to 11), shapes and sizes (13, 14)."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.decode.requests import RATE
from ingest.decode_worker.client import DecoderProcess
from tests.faults.media.reading import complaint, listen, look
from tests.media import (
    make_audio,
    make_still,
    make_video,
    plain,
    scene,
    tone,
)

RED = plain((230, 20, 20))


# 8: names


@pytest.mark.parametrize(
    "name",
    ["film.txt", "film", "FILM.AVI", "🎥.mp4", "é" * 120, "\u202e4pm.a", "a\nb.mp4", "-i.mp4"],
)
def test_fault_8_a_name_says_nothing_about_the_content(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    path = make_video(tmp_path / "a.mp4", seconds=1).rename(tmp_path / name)
    assert len(look(media, path)[1]) == 1


# 9, 10: one of two senses


def test_fault_9_a_video_without_sound_has_pictures(tmp_path: Path, media: DecoderProcess) -> None:
    path = make_video(tmp_path / "a.mp4")
    found, frames, _ = look(media, path)
    assert (found.kind, found.has_audio, len(frames)) == ("video", False, 4)
    _, sound, report = listen(media, path)
    assert not sound.any()
    assert report.damaged == []


def test_fault_10_sound_alone_has_no_pictures(tmp_path: Path, media: DecoderProcess) -> None:
    found, frames, report = look(media, make_audio(tmp_path / "a.m4a", tone(2)))
    assert (found.kind, found.has_video, frames, report.damaged) == ("sound", False, [], [])


# 11: more streams than two


def test_fault_11_the_real_picture_is_chosen_among_many_streams(
    tmp_path: Path, media: DecoderProcess
) -> None:
    path = tmp_path / "a.mkv"
    with av.open(path, "w") as container:
        small, large = (container.add_stream("libx264", rate=10) for _ in range(2))
        sounds = [container.add_stream("aac", rate=RATE, layout="mono") for _ in range(2)]
        for stream, (width, height) in ((small, (64, 48)), (large, (160, 120))):
            stream.width, stream.height = width, height
        for stream in (small, large):
            for _ in range(20):
                shown = RED if stream is large else plain((20, 20, 230), 64, 48)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
            container.mux(stream.encode())
        for stream in sounds:
            samples = (tone(2) * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.sample_rate = RATE
            container.mux(stream.encode(frame))
            container.mux(stream.encode())
    found, frames, report = look(media, path)
    assert (found.width, found.height, found.has_audio) == (160, 120, True)
    assert [int(frame.image.mean((0, 1)).argmax()) for frame in frames] == [0, 0]
    assert report.damaged == []


def test_fault_11_cover_art_is_no_film(tmp_path: Path, media: DecoderProcess) -> None:
    assert media.probe(make_audio(tmp_path / "a.mp3", tone(2), cover=scene(1))).kind == "sound"
    assert "still picture" in complaint(media, make_still(tmp_path / "a.mp4", scene(1)))


# 13: turned pictures


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_fault_13_pictures_stand_upright(tmp_path: Path, media: DecoderProcess, turn: int) -> None:
    picture = plain((20, 20, 20))
    picture[:60, :80] = 250
    path = make_video(
        tmp_path / "a.mp4", [np.rot90(picture, -turn // 90)], rotation=turn, seconds=1
    )
    _, frames, _ = look(media, path)
    assert frames[0].image.shape == (120, 160, 3)
    assert frames[0].image[:50, :70].mean() > 200


# 14: odd sizes


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (321, 181), (16_384, 2)])
def test_fault_14_odd_sizes_are_read(
    tmp_path: Path, media: DecoderProcess, size: tuple[int, int]
) -> None:
    path = make_video(
        tmp_path / "a.mkv", [scene(0, *size)], times=[0.0], codec="ffv1", pixel_format="bgr0"
    )
    found, frames, _ = look(media, path)
    assert (found.width, found.height) == size
    assert max(frames[0].image.shape[:2]) <= 960


def test_fault_14_eight_k_is_read_within_the_memory_limit(
    tmp_path: Path, media: DecoderProcess
) -> None:
    shown = [scene(0, 7680, 4320)]
    path = make_video(tmp_path / "a.mkv", shown, times=[0.0], codec="mjpeg")
    assert look(media, path)[1][0].image.shape == (540, 960, 3)


def test_fault_14_absurd_sizes_are_refused_before_memory_is_taken(
    tmp_path: Path, media: DecoderProcess
) -> None:
    path = make_video(tmp_path / "a.avi", codec="rawvideo", pixel_format="bgr24", seconds=0.2)
    small, absurd = struct.pack("<ii", 160, -120), struct.pack("<ii", 15_000, -15_000)
    path.write_bytes(path.read_bytes().replace(small, absurd))
    assert "15000 × 15000" in complaint(media, path)


def test_fault_14_a_size_that_changes_on_the_way_is_no_matter(
    tmp_path: Path, media: DecoderProcess
) -> None:
    parts = [
        make_video(tmp_path / f"{n}.ts", [scene(n, *size)], seconds=3, start_offset=3 * n)
        for n, size in enumerate([(160, 120), (320, 240), (96, 64)])
    ]
    path = tmp_path / "a.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    _, frames, _ = look(media, path)
    assert {frame.image.shape[1] for frame in frames} == {160, 320, 96}
    assert len(frames) >= 8
