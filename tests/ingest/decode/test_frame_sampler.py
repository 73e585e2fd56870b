from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode.decoder import InProcess
from ingest.decode.frame_reader import nearest_to_ticks
from ingest.decode.requests import DecodeRequest, SampleReport, sampling_mode
from ingest.images.image_ops import change, quality
from ingest.probe.probe import probe
from ingest.stages.picture_stage import encode_thumbnail
from memory.types.core import Frame
from tests.media import (
    flipped,
    make_audio,
    make_video,
    plain,
    scene,
    tone,
    truncated,
)

START = 1_700_000_000.0


def sample(path: Path, **options: float) -> tuple[list[Frame], SampleReport]:
    report = SampleReport()
    frames = list(InProcess().frames(DecodeRequest(probe(path), START, **options), report))  # type: ignore[arg-type]
    return frames, report


def offsets(frames: list[Frame]) -> list[float]:
    return [round(frame.at - START, 3) for frame in frames]


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.webm", "libvpx-vp9"), ("a.avi", "mjpeg")],
)
def test_dense_keyframes_are_all_that_is_decoded(tmp_path: Path, name: str, codec: str) -> None:
    frames, report = sample(make_video(tmp_path / name, codec=codec, seconds=5))
    assert report.mode == "keyframes"
    assert offsets(frames) == [0, 1, 2, 3, 4]


def test_sparse_keyframes_are_filled_in_by_decoding_in_order(tmp_path: Path) -> None:
    frames, report = sample(make_video(tmp_path / "a.mp4", seconds=5, gop=50))
    assert report.mode == "sequential"
    assert offsets(frames) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("gop", [10, 100])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_each_frame_shows_what_was_in_view_at_its_time(tmp_path: Path, name: str, gop: int) -> None:
    scenes = [plain(colour) for colour in [(230, 20, 20), (20, 230, 20), (20, 20, 230)]]
    frames, _ = sample(make_video(tmp_path / name, scenes, seconds=9, gop=gop))
    assert [int(frame.image.mean((0, 1)).argmax()) for frame in frames] == [0] * 3 + [1] * 3 + [
        2
    ] * 3


@pytest.mark.parametrize("gop", [10, 7, 45])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_sampling_piece_by_piece_gives_each_picture_once(
    tmp_path: Path, name: str, gop: int
) -> None:
    path = make_video(tmp_path / name, seconds=9, gop=gop)
    pieces = [sample(path, start_offset=a, end_offset=b)[0] for a, b in ((0, 3), (3, 6), (6, 99))]
    times = offsets([frame for piece in pieces for frame in piece])
    assert times == sorted(set(times))
    assert len(times) == 9
    assert times == pytest.approx(list(range(9)), abs=0.5)


def test_offsets_bound_the_span(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", seconds=8, gop=80)
    assert offsets(sample(path, start_offset=2.5, end_offset=6)[0]) == [3, 4, 5]


def test_variable_frame_rate_keeps_true_times(tmp_path: Path) -> None:
    times = [n / 5 for n in range(15)] + [3 + n / 30 for n in range(90)]
    frames, _ = sample(make_video(tmp_path / "a.mp4", times=times, fps=30, gop=300))
    assert offsets(frames) == pytest.approx([0, 1, 2, 3, 4, 5], abs=0.04)


def test_a_frame_is_never_repeated_when_there_are_fewer_than_ticks(tmp_path: Path) -> None:
    frames, _ = sample(make_video(tmp_path / "a.mp4", times=[0, 2.5, 5, 7.5], gop=100))
    assert offsets(frames) == [0, 2.5, 5, 7.5]


def test_a_start_offset_of_the_container_is_taken_off(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv", seconds=4, start_offset=1000)
    assert offsets(sample(path)[0]) == [0, 1, 2, 3]
    assert offsets(sample(path, start_offset=2)[0]) == [2, 3]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_pictures_stand_upright(tmp_path: Path, turn: int) -> None:
    picture = plain((20, 20, 20))
    picture[:60, :80] = (250, 250, 250)  # a light upper left corner
    lying = np.rot90(picture, -turn // 90)
    frames, _ = sample(make_video(tmp_path / "a.mp4", [lying], rotation=turn, seconds=1))
    assert frames[0].image.shape == (120, 160, 3)
    assert frames[0].image[:50, :70].mean() > 200
    assert frames[0].image[70:, 90:].mean() < 60


@pytest.mark.parametrize(
    ("name", "aspect", "turn", "shape"),
    [
        ("a.mp4", Fraction(4, 3), 0, (120, 213)),
        ("a.mp4", Fraction(4, 3), 90, (213, 120)),
        ("a.mkv", Fraction(8, 9), 0, (120, 142)),
        ("a.mp4", Fraction(200, 1), 0, (120, 160)),
    ],
)
def test_pixels_that_are_not_square_are_made_so(
    tmp_path: Path, name: str, aspect: Fraction, turn: int, shape: tuple[int, int]
) -> None:
    path = make_video(tmp_path / name, seconds=1, aspect=aspect, rotation=turn)
    frames, _ = sample(path)
    assert frames[0].image.shape == (*shape, 3)
    assert (probe(path).height, probe(path).width) == shape
    small, _ = sample(path, max_side=80)
    assert max(small[0].image.shape) == 80
    thumbnail = cv2.imdecode(np.frombuffer(encode_thumbnail(frames[0]), np.uint8), 1)
    assert thumbnail.shape == (*shape, 3)


def test_large_pictures_are_made_small_in_proportion(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", [scene(0, 640, 360)], seconds=1)
    frames, _ = sample(path, max_side=320)
    assert frames[0].image.shape == (180, 320, 3)
    assert frames[0].image.flags.c_contiguous


def test_truncated_file_is_sampled_up_to_its_last_good_frame(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "a.mp4", seconds=10, faststart=True, gop=10)
    frames, report = sample(truncated(whole, tmp_path / "cut.mp4", keep=0.6))
    assert 3 <= len(frames) <= 8
    assert report.last_good is not None
    assert offsets(frames) == list(range(len(frames)))


@pytest.mark.parametrize("gop", [10, 100])
def test_damaged_pictures_are_left_out_and_counted(tmp_path: Path, gop: int) -> None:
    noisy = [np.random.default_rng(n).integers(0, 255, (120, 160, 3), np.uint8) for n in range(8)]
    whole = make_video(tmp_path / "a.mp4", noisy, seconds=8, gop=gop)
    frames, report = sample(flipped(whole, tmp_path / "b.mp4", 40, between=(0.3, 0.7)))
    assert report.corrupt + report.failed > 0
    assert frames
    assert all(a.at < b.at for a, b in pairwise(frames))
    good, _ = sample(whole)
    reference = {round(frame.at, 2): frame for frame in good}
    shared_times = [f for f in frames if round(f.at, 2) in reference]
    assert shared_times
    assert change(frames[0], reference[round(frames[0].at, 2)]) < 0.01


def test_a_damaged_keyframe_counts_up_to_the_next_good_one(tmp_path: Path) -> None:
    noisy = [np.random.default_rng(n).integers(0, 255, (120, 160, 3), np.uint8) for n in range(10)]
    whole = make_video(tmp_path / "a.mp4", noisy, seconds=10, gop=10)
    with av.open(whole) as container:
        struck = [p for p in container.demux(video=0) if p.is_keyframe and p.size][4]
        data = bytearray(whole.read_bytes())
        data[struck.pos + 40 : struck.pos + struck.size] = bytes(struck.size - 40)
    whole.write_bytes(data)
    frames, report = sample(whole)
    assert report.mode == "keyframes"
    assert offsets(frames) == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert report.damaged == [(pytest.approx(4), pytest.approx(5))]


@pytest.mark.parametrize("gop", [10, 100])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_a_file_held_open_gives_what_it_gives_in_one_go(
    tmp_path: Path, name: str, gop: int
) -> None:
    path, media = make_video(tmp_path / name, seconds=12, gop=gop), InProcess()
    found, pieces = media.probe(path), list[Frame]()
    for start in (0.0, 4.0, 8.0):
        pieces += media.frames(
            DecodeRequest(found, START, start_offset=start, end_offset=start + 4)
        )
    again = list(media.frames(DecodeRequest(found, START, start_offset=4.0, end_offset=8.0)))
    media.close()
    whole, _ = sample(path)
    assert offsets(pieces) == pytest.approx(offsets(whole), abs=0.6)
    assert len(pieces) == len(set(offsets(pieces))) == 12
    assert offsets(again) == [at for at in offsets(pieces) if 4 <= at < 8]


def test_sound_alone_has_no_frames(tmp_path: Path) -> None:
    assert sample(make_audio(tmp_path / "a.wav", tone(1)))[0] == []


def test_one_frame_is_enough(tmp_path: Path) -> None:
    assert offsets(sample(make_video(tmp_path / "a.mp4", times=[0.0]))[0]) == [0]


def test_frames_stream_one_by_one(tmp_path: Path) -> None:
    path, report = make_video(tmp_path / "a.mp4", seconds=20, gop=10), SampleReport()
    next(InProcess().frames(DecodeRequest(probe(path), START), report))
    assert report.frames == 1


times = st.lists(st.floats(0, 60), unique=True, max_size=60).map(sorted)


@given(times, st.floats(0, 30), st.floats(0.1, 30), st.floats(0.3, 5))
def test_chosen_keyframes_are_the_nearest_to_some_tick_and_once_only(
    stamps: list[float], start: float, length: float, period: float
) -> None:
    end = start + length
    chosen = [t for t, _ in nearest_to_ticks(((t, None) for t in stamps), start, end, period)]
    inside = [t for t in stamps if start <= t < end]
    first, last = int(start / period - 1), int(end / period + 1)
    ticks = [n * period for n in range(first, last + 1) if start <= n * period < end]
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(inside)
    for tick in ticks if inside else []:
        best = min(abs(t - tick) for t in inside)
        assert any(abs(t - tick) <= best + 1e-6 for t in chosen)
    assert len(chosen) <= max(len(ticks), 0) + 1


def test_mode_follows_median_and_longest_gap(tmp_path: Path) -> None:
    found = probe(make_video(tmp_path / "a.mp4", seconds=4, gop=10))
    assert sampling_mode(found) == "keyframes"
    assert sampling_mode(found, period=0.5) == "sequential"


def test_sharp_pictures_score_higher_than_blurred_and_dark_ones() -> None:
    sharp = scene(0)
    grey = plain((128, 128, 128))
    dark = (sharp // 16).astype(np.uint8)
    assert quality(sharp) > 0.7
    assert quality(grey) < 0.01
    assert quality(dark) < quality(sharp) / 2


def test_change_is_nothing_for_a_still_and_large_for_a_cut() -> None:
    a, b = Frame(0, scene(1)), Frame(1, scene(2))
    noisy = np.clip(
        scene(1).astype(int) + np.random.default_rng(0).integers(-8, 9, (120, 160, 3)), 0, 255
    )
    assert change(a, a) == 0
    assert change(a, Frame(1, noisy.astype(np.uint8))) < 0.02
    assert change(a, b) > 0.1
    assert change(Frame(0, plain((0, 0, 0))), Frame(1, plain((255, 255, 255)))) == pytest.approx(1)


def test_real_recordings_give_a_frame_a_second(shared: Path) -> None:
    frames, report = sample(shared / "media" / "video" / "llavanext_jobs.mp4")
    assert len(frames) == 18
    assert report.corrupt == report.failed == 0
