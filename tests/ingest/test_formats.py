"""Every device's files: what containers, codecs and cameras make is seen and heard when it was.

Two scenes of a second and a half each, with a tone in the middle second, in each combination that
the encoders of this PyAV can make.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.decode.decoder import InProcess
from ingest.decode.requests import DecodeRequest
from ingest.images.image_ops import change
from ingest.probe.probe_types import Probe
from memory.types.core import Frame
from tests.media import make_audio, make_video, plain, scene, silence, tone
from tests.tones import make_hdr_video

START = 1_700_000_000.0
SECONDS = 3.0
SOUND = np.concatenate([silence(1), tone(1), silence(1)])

# file name, video codec, pixel format, audio codec
FILMS = [
    ("a.mp4", "libx264", "yuv420p", "aac"),
    ("a.mp4", "libx264", "yuv422p10le", "aac"),
    ("a.mp4", "libx264", "yuv444p", "aac"),
    ("a.mp4", "libx265", "yuv420p", "aac"),
    ("a.mp4", "libx265", "yuv420p10le", "aac"),
    ("a.mp4", "libsvtav1", "yuv420p", "libopus"),
    ("a.mp4", "libsvtav1", "yuv420p10le", "aac"),
    ("a.mp4", "libaom-av1", "yuv420p", "aac"),
    ("a.mp4", "libvpx-vp9", "yuv420p", "libopus"),
    ("a.mp4", "mpeg4", "yuv420p", "libmp3lame"),
    ("a.mp4", "mjpeg", "yuv420p", "aac"),
    ("a.mov", "libx264", "yuv420p", "pcm_s16le"),
    ("a.mov", "prores_ks", "yuv422p10le", "pcm_s16le"),
    ("a.mov", "mjpeg", "yuv420p", "pcm_s16le"),
    ("a.3gp", "libx264", "yuv420p", "aac"),
    ("a.mkv", "libx264", "yuv420p", "aac"),
    ("a.mkv", "libx265", "yuv420p", "libopus"),
    ("a.mkv", "libvpx", "yuv420p", "flac"),
    ("a.mkv", "libvpx-vp9", "yuv444p", "libmp3lame"),
    ("a.mkv", "mpeg4", "yuv420p", "pcm_s16le"),
    ("a.mkv", "ffv1", "yuv422p10le", "flac"),
    ("a.webm", "libvpx", "yuv420p", "libopus"),
    ("a.webm", "libvpx-vp9", "yuv420p", "libopus"),
    ("a.webm", "libsvtav1", "yuv420p", "libopus"),
    ("a.avi", "mjpeg", "yuv420p", "pcm_s16le"),
    ("a.avi", "mpeg4", "yuv420p", "libmp3lame"),
    ("a.avi", "libx264", "yuv420p", "pcm_s16le"),
    ("a.mts", "libx264", "yuv420p", "ac3"),
    ("a.m2ts", "libx264", "yuv420p", "aac"),
    ("a.ts", "libx265", "yuv420p", "aac"),
    ("a.ts", "mpeg2video", "yuv420p", "mp2"),
    ("a.mpg", "mpeg2video", "yuv420p", "mp2"),
    ("a.flv", "libx264", "yuv420p", "aac"),
    ("a.asf", "wmv2", "yuv420p", "libmp3lame"),
]
SOUNDS = [
    ("a.m4a", "aac"),
    ("a.m4a", "alac"),
    ("a.mp3", "libmp3lame"),
    ("a.wav", "pcm_s16le"),
    ("a.wav", "pcm_s24le"),
    ("a.wav", "pcm_f32le"),
    ("a.flac", "flac"),
    ("a.ogg", "libopus"),
    ("a.ogg", "flac"),
    ("a.opus", "libopus"),
    ("a.aac", "aac"),
    ("a.aiff", "pcm_s16be"),
    ("a.caf", "pcm_s16le"),
    ("a.mka", "libopus"),
]


def film(path: Path, codec: str, **options: Any) -> Path:
    """A film by that encoder; skips the test where PyAV comes without it."""
    needs(codec)
    scenes = [scene(number) for number in (1, 2)]
    rate = 25 if codec == "mpeg2video" else 10  # of which MPEG-2 knows but a few
    return make_video(
        path,
        options.pop("scenes", scenes),
        **{"seconds": SECONDS, "fps": rate, "codec": codec} | options,
    )


def needs(*encoders: str) -> None:
    absent = [name for name in encoders if not encodes(name)]
    if absent:
        pytest.skip(f"this PyAV has no encoder {', '.join(absent)}")


def encodes(name: str) -> bool:
    try:
        av.Codec(name, "w")
    except ValueError:
        return False
    return True


def read(path: Path) -> tuple[Probe, list[Frame], NDArray[np.float32]]:
    """All that ingest reads of a file."""
    media = InProcess()
    try:
        found = media.probe(path)
        frames = list(media.frames(DecodeRequest(found, START)))
        return found, frames, media.sound(found, 0.0, found.duration)
    finally:
        media.close()


def check_pictures(frames: list[Frame], pictures: list[NDArray[np.uint8]]) -> None:
    """A picture about each second, and each what was in view at its own time."""
    offsets = [frame.at - START for frame in frames]
    assert offsets[:3] == pytest.approx([0, 1, 2], abs=0.5)
    # Where the sound is a little longer than the pictures, the last one stands for that bit.
    assert len(offsets) == 3 or offsets[3:] == pytest.approx([3], abs=0.55)
    for offset, frame in zip(offsets, frames):
        view, other = pictures if offset < SECONDS / 2 - 0.01 else pictures[::-1]
        assert frame.image.shape == view.shape
        assert difference(frame, view) < 0.05 < difference(frame, other), offset


def difference(frame: Frame, picture: NDArray[np.uint8]) -> float:
    return change(frame, Frame(0, picture))


def check_sound(heard: NDArray[np.float32]) -> None:
    """Silence, a tone from 1 s to 2 s, silence."""
    assert len(heard) / 16_000 == pytest.approx(SECONDS, abs=0.15)
    loud = [float(np.sqrt(np.mean(piece**2))) for piece in np.array_split(heard[:48_000], 30)]
    assert max(loud[:9]) < 0.03
    assert min(loud[11:19]) > 0.12
    assert max(loud[21:29]) < 0.03


@pytest.mark.parametrize(("name", "codec", "pixel_format", "audio_codec"), FILMS)
def test_films_of_all_devices_are_seen_and_heard_at_the_right_time(
    tmp_path: Path, name: str, codec: str, pixel_format: str, audio_codec: str
) -> None:
    needs(audio_codec)
    path = film(
        tmp_path / name, codec, pixel_format=pixel_format, audio=SOUND, audio_codec=audio_codec
    )
    found, frames, heard = read(path)
    assert found.kind == "video"
    assert found.duration == pytest.approx(SECONDS, abs=0.2)
    assert (found.partial, found.has_audio) == (False, True)
    assert (found.width, found.height) == (160, 120)
    check_pictures(frames, [scene(1), scene(2)])
    check_sound(heard)


@pytest.mark.parametrize(("name", "codec"), SOUNDS)
def test_sound_recordings_of_all_devices_are_heard_at_the_right_time(
    tmp_path: Path, name: str, codec: str
) -> None:
    needs(codec)
    found, frames, heard = read(make_audio(tmp_path / name, SOUND, codec=codec))
    assert found.kind == "sound"
    assert found.duration == pytest.approx(SECONDS, abs=0.15)
    assert frames == []
    check_sound(heard)


@pytest.mark.parametrize("gop", [1, 60, 600])
def test_sixty_pictures_a_second(tmp_path: Path, gop: int) -> None:
    found, frames, _ = read(film(tmp_path / "a.mp4", "libx264", fps=60, gop=gop))
    assert found.frame_rate == pytest.approx(60)
    check_pictures(frames, [scene(1), scene(2)])


def test_four_k(tmp_path: Path) -> None:
    scenes = [scene(number, 3840, 2160) for number in (1, 2)]
    found, frames, _ = read(film(tmp_path / "a.mp4", "libx264", scenes=scenes, fps=1))
    assert (found.width, found.height) == (3840, 2160)
    check_pictures(frames, [scene(1, 960, 540), scene(2, 960, 540)])


def test_the_square_picture_of_a_fisheye(tmp_path: Path) -> None:
    def view(number: int, side: int) -> NDArray[np.uint8]:
        across = (np.arange(side) - (side - 1) / 2) ** 2
        inside = across[:, None] + across < side**2 / 4
        return (scene(number, side, side) * inside[..., None]).astype(np.uint8)

    scenes = [view(number, 1408) for number in (1, 2)]
    found, frames, _ = read(film(tmp_path / "a.mp4", "libx265", scenes=scenes, fps=1))
    assert (found.width, found.height) == (1408, 1408)
    check_pictures(frames, [view(1, 960), view(2, 960)])


@pytest.mark.parametrize(
    ("name", "codec", "turn"),
    [
        *[("a.mp4", "libx264", turn) for turn in (90, 180, 270)],
        *[("a.mov", "libx265", 90), ("a.mkv", "libsvtav1", 270)],
    ],
)
def test_a_camera_held_another_way_round(tmp_path: Path, name: str, codec: str, turn: int) -> None:
    lying = [np.ascontiguousarray(np.rot90(scene(number), -turn // 90)) for number in (1, 2)]
    found, frames, heard = read(
        film(tmp_path / name, codec, scenes=lying, rotation=turn, audio=SOUND)
    )
    assert (found.width, found.height, found.rotation) == (160, 120, turn)
    check_pictures(frames, [scene(1), scene(2)])
    check_sound(heard)


@pytest.mark.parametrize(
    ("name", "codec", "transfer"),
    [("a.mp4", "libx265", "pq"), ("a.mov", "libx265", "hlg"), ("a.webm", "libsvtav1", "pq")],
)
def test_hdr_films_look_as_ordinary_ones_do(
    tmp_path: Path, name: str, codec: str, transfer: str
) -> None:
    needs(codec)
    views = [(scene(number) * 0.6).astype(np.uint8) for number in (1, 2)]
    found, frames, _ = read(make_hdr_video(tmp_path / name, views, transfer, codec))
    assert found.duration == pytest.approx(2, abs=0.2)
    assert [round(frame.at - START, 1) for frame in frames] == [0, 1]
    for frame, view in zip(frames, views):
        assert difference(frame, view) < 0.02


def test_a_time_lapse_and_a_single_picture(tmp_path: Path) -> None:
    _, frames, _ = read(film(tmp_path / "a.mp4", "libx264", times=[0.0, 60.0], gop=1))
    assert [frame.at - START for frame in frames] == [0, 60]
    _, frames, _ = read(film(tmp_path / "b.mp4", "libx264", times=[0.0]))
    assert [frame.at - START for frame in frames] == [0]
    assert difference(frames[0], scene(1)) < 0.05


def test_colours_are_right_in_the_common_codecs(tmp_path: Path) -> None:
    for name, codec in (
        ("a.mp4", "libx264"),
        ("a.mp4", "libx265"),
        ("a.avi", "mjpeg"),
        ("a.webm", "libvpx-vp9"),
    ):
        path = film(tmp_path / name, codec, scenes=[plain((200, 60, 40))])
        assert np.abs(read(path)[1][0].image.mean((0, 1)) - (200, 60, 40)).max() < 6, codec
