"""A picture arrives as it was seen: the right way up, in its true colours, of the right size."""

from fractions import Fraction
from itertools import product
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.decode.decoder import InProcess
from ingest.decode.requests import DecodeRequest
from ingest.images.image_ops import change, quality, upright
from ingest.probe.probe import probe
from memory.types.core import Frame
from tests.media import make_video, plain, scene
from tests.tones import make_hdr_video

BT709, UNNAMED, BT601, BT2020 = 1, 2, 5, 9
WEIGHTS = {BT709: (0.2126, 0.0722), BT601: (0.299, 0.114), BT2020: (0.2627, 0.0593)}
COLOURS = [(200, 30, 60), (20, 180, 40), (90, 60, 220), (255, 255, 255), (0, 0, 0), (128, 128, 128)]


def yuv(
    colour: tuple[int, int, int],
    size: tuple[int, int],
    pixel_format: str,
    matrix: int,
    *,
    full: bool,
    named: bool = True,
) -> av.VideoFrame:
    """A picture of one colour, calculated here from ITU-R BT.601, BT.709 and BT.2020."""
    red, blue = WEIGHTS[matrix]
    r, g, b = (part / 255 for part in colour)
    y = red * r + (1 - red - blue) * g + blue * b
    u, v = (b - y) / (2 - 2 * blue), (r - y) / (2 - 2 * red)
    bits = 10 if "10" in pixel_format else 8
    unit, most = 1 << (bits - 8), (1 << bits) - 1
    values = (
        (y * most, u * most + 128 * unit, v * most + 128 * unit)
        if full
        else ((16 + 219 * y) * unit, (128 + 224 * u) * unit, (128 + 224 * v) * unit)
    )
    frame = av.VideoFrame(*size, pixel_format)
    for plane, value in zip(frame.planes, values):
        kind = np.dtype(np.uint16 if bits > 8 else np.uint8)
        plane.update(np.full(plane.buffer_size // kind.itemsize, round(value), kind).tobytes())
    frame.colorspace, frame.color_range = matrix if named else UNNAMED, 2 if full else 1
    return frame


@pytest.mark.parametrize(
    "pixel_format",
    ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"],
)
@pytest.mark.parametrize(("matrix", "full"), list(product(WEIGHTS, (False, True))))
@pytest.mark.parametrize("size", [(160, 120), (640, 360)])
def test_colours_come_back_from_every_matrix_range_and_sampling(
    pixel_format: str, matrix: int, full: bool, size: tuple[int, int]
) -> None:
    for colour in COLOURS:
        image = upright(yuv(colour, size, pixel_format, matrix, full=full), 0, 320)
        assert np.abs(image.astype(int) - colour).max() <= 5, colour


@pytest.mark.parametrize(
    ("size", "matrix"),
    [((1920, 1080), BT709), ((1280, 720), BT709), ((720, 576), BT601), ((640, 480), BT601)],
)
def test_pictures_that_name_no_matrix_are_read_with_that_of_their_size(
    size: tuple[int, int], matrix: int
) -> None:
    image = upright(yuv((200, 30, 60), size, "yuv420p", matrix, full=False, named=False), 0, 320)
    assert np.abs(image.astype(int) - (200, 30, 60)).max() <= 5


def test_motion_jpeg_in_hd_keeps_the_matrix_of_jpeg(tmp_path: Path) -> None:
    path = make_video(
        tmp_path / "a.avi", [plain((200, 30, 60), 1280, 720)], codec="mjpeg", seconds=1
    )
    assert np.abs(first(path).astype(int) - (200, 30, 60)).max() <= 5


@pytest.mark.parametrize(
    "size",
    [(1, 1), (2, 2), (1, 2), (3, 1), (321, 181), (181, 321), (5, 2000), (3000, 7), (7680, 4320)],
)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p10le", "rgb24", "gray"])
def test_any_size_is_made_to_fit(size: tuple[int, int], pixel_format: str) -> None:
    image = upright(av.VideoFrame(*size, pixel_format), 0, 320)
    scale = min(1, 320 / max(size))
    assert image.shape == (max(1, round(size[1] * scale)), max(1, round(size[0] * scale)), 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous


def corners() -> NDArray[np.uint8]:
    """Red upper left, green upper right, blue lower left, white lower right."""
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[:60, :80], picture[:60, 80:] = (220, 20, 20), (20, 220, 20)
    picture[60:, :80], picture[60:, 80:] = (20, 20, 220), (230, 230, 230)
    return picture


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize(("turn", "mirrored"), list(product((0, 90, 180, 270), (False, True))))
def test_all_eight_ways_of_holding_a_camera(
    tmp_path: Path, turn: int, mirrored: bool, suffix: str
) -> None:
    stored = corners()[:, ::-1] if mirrored else corners()  # a player turns, then mirrors
    stored = np.ascontiguousarray(np.rot90(stored, -turn // 90))
    path = tmp_path / f"a{suffix}"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.height, stream.width = stored.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.set_display_rotation(turn, hflip=mirrored)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(stored, format="rgb24")))
        container.mux(stream.encode(None))
    assert change(Frame(0, first(path)), Frame(0, corners())) < 0.02


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_hdr_looks_like_the_ordinary_picture_of_it(
    tmp_path: Path, transfer: str, suffix: str
) -> None:
    picture = cv2.GaussianBlur((scene(3) * 0.65).astype(np.uint8), (0, 0), 3)
    path = make_hdr_video(tmp_path / f"a{suffix}", [picture], transfer)
    assert np.abs(first(path).astype(int) - picture).mean() < 4


@pytest.mark.parametrize("max_side", [320, 160])
def test_of_an_interlaced_picture_one_field_is_shown(tmp_path: Path, max_side: int) -> None:
    now, soon = scene(1, 320, 240), scene(2, 320, 240)
    woven = now.copy()
    woven[1::2] = soon[1::2]
    path = tmp_path / "a.mts"
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg2video", rate=25)
        stream.height, stream.width, stream.pix_fmt = 240, 320, "yuv422p"
        stream.bit_rate, stream.options = 20_000_000, {"flags": "+ildct+ilme"}
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(woven, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    shown = Frame(0, first(path, max_side))
    assert change(shown, Frame(0, now)) < 0.02 < 0.1 < change(shown, Frame(0, soon))


def test_change_is_nothing_for_a_still_and_large_for_a_cut() -> None:
    still, noise = scene(1), np.random.default_rng(0).normal(0, 6, (120, 160, 3))
    noisy = np.clip(still + noise, 0, 255).astype(np.uint8)
    assert change(Frame(0, still), Frame(1, noisy)) < 0.02
    assert change(Frame(0, still), Frame(1, scene(2))) > 0.1


def room(width: int = 960, height: int = 540, seed: int = 0) -> NDArray[np.uint8]:
    """Something like a room: large patches, some print, soft shading; sharp."""
    rng = np.random.default_rng(seed)
    picture = cv2.resize(rng.integers(60, 200, (5, 7, 3), np.uint8), (1920, 1080))
    for _ in range(60):
        x, y, w, h = (int(v) for v in rng.integers((0, 0, 20, 20), (1800, 1000, 300, 200)))
        colour = [int(v) for v in rng.integers(20, 240, 3)]
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour, -1)
        cv2.putText(picture, "menu 12", (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1.5, colour, 3)
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def noisy(picture: NDArray[np.uint8], amount: float) -> NDArray[np.uint8]:
    noise = np.random.default_rng(1).normal(0, amount, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def shaken(picture: NDArray[np.uint8], length: int, upwards: bool) -> NDArray[np.uint8]:
    return np.asarray(cv2.blur(picture, (1, length) if upwards else (length, 1)))


@pytest.mark.parametrize("seed", range(3))
def test_blurred_shaken_dark_and_empty_pictures_show_less_than_sharp_ones(seed: int) -> None:
    sharp = quality(room(seed=seed))
    others = [room(seed=seed + 100 + n) for n in range(3)]
    worse = [
        *(cv2.GaussianBlur(picture, (0, 0), 6) for picture in others),
        *(noisy(cv2.GaussianBlur(picture, (0, 0), 8), 12) for picture in others),
        *(shaken(picture, 33, upwards) for picture in others for upwards in (False, True)),
        *(noisy((picture * 0.06).astype(np.uint8), 6) for picture in others),
    ]
    assert sharp > 0.3
    assert max(quality(np.asarray(picture)) for picture in worse) < sharp


GREYS = [(0, 0, 0), (12, 12, 12), (128, 128, 128), (255, 255, 255), (200, 40, 40)]


@pytest.mark.parametrize("colour", GREYS)
@pytest.mark.parametrize("amount", [0, 4, 15])
def test_an_even_picture_shows_nothing_however_noisy(
    colour: tuple[int, int, int], amount: float
) -> None:
    assert quality(noisy(plain(colour, 960, 540), amount)) < 0.06


@pytest.mark.parametrize("seed", range(4))
def test_quality_does_not_depend_on_resolution(seed: int) -> None:
    sizes = [(1920, 1080), (1280, 720), (960, 540), (640, 360), (480, 270), (320, 180)]
    sharp = [quality(room(*size, seed=seed)) for size in sizes]
    soft = [
        quality(np.asarray(cv2.GaussianBlur(room(*size, seed=seed), (0, 0), size[0] / 160)))
        for size in sizes
    ]
    assert max(sharp) - min(sharp) < 0.2
    assert max(soft) < min(sharp) / 2


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000))
def test_quality_is_a_share_for_any_picture(height: int, width: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    assert 0.0 <= quality(picture) <= 1.0


def first(path: Path, max_side: int = 960) -> NDArray[np.uint8]:
    """The first picture that ingest takes out of a recording."""
    return next(iter(InProcess().frames(DecodeRequest(probe(path), 0.0, max_side=max_side)))).image
