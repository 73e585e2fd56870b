"""Faults 14 and 35: odd pictures are shown, bombs refused before they take memory."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ingest.decode.frame_sampler import photo_frame
from ingest.decode.requests import DecodeRequest
from ingest.decode_worker.client import DecoderProcess
from ingest.errors import UnreadableMedia
from ingest.probe.photo_probe import is_photo, probe_photo
from ingest.probe.probe_types import Probe
from memory.types.core import Frame
from tests.media import make_video, plain, scene
from tests.photos import FORMATS, claiming, png_that_claims, save_photo

BUDGET = 150 << 20  # bytes that refusing may take, of which Python and Pillow are some 60
MOST_MEMORY = 700 << 20  # bytes of the decoder process, for an 8K film


@pytest.fixture(scope="module")
def media() -> Iterator[DecoderProcess]:
    with DecoderProcess(stall_seconds=30) as process:
        yield process


def long_gif(path: Path, pictures: int) -> Path:
    """An animation of that many pictures of one pixel, 23 bytes each."""
    one = b"!\xf9\x04\x00\x01\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    path.write_bytes(head + one * pictures + b";")
    return path


def gif_that_claims(path: Path, side: int) -> Path:
    data = bytearray(save_photo(path, scene(1)).read_bytes())
    data[6:10] = struct.pack("<HH", side, side)
    path.write_bytes(data)
    return path


def bombs(folder: Path) -> list[Path]:
    """A few kilobytes each, that claim gigabytes."""
    return [
        png_that_claims(folder / "square.png", 60_000, 60_000),
        png_that_claims(folder / "wide.png", 2_000_000, 10),
        png_that_claims(folder / "large.png", 15_000, 15_000),
        claiming(save_photo(folder / "a.jpg", scene(1)), 60_000, 60_000),
        claiming(save_photo(folder / "p.jpg", scene(1)), 65_500, 65_500),
        claiming(save_photo(folder / "tall.jpg", scene(1)), 16, 40_000),
        gif_that_claims(folder / "a.gif", 65_535),
    ]


def test_bombs_are_refused_with_a_reason_and_before_they_take_memory(tmp_path: Path) -> None:
    """In a process of its own, whose highest use of memory can be read."""
    program = """
import sys
from pathlib import Path
from ingest.errors import UnreadableMedia
from ingest.probe.photo_probe import is_photo, probe_photo
for name in sys.argv[1:]:
    assert is_photo(Path(name)), name
    try:
        probe_photo(Path(name))
    except UnreadableMedia as error:
        print(error)
    else:
        print(name, "was taken")
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""
    paths = bombs(tmp_path)
    command = [sys.executable, "-c", program, *map(str, paths)]
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    *told, most = done.stdout.splitlines()
    assert len(told) == len(paths)
    for path, line in zip(paths, told):
        assert line.startswith(f"{path.name}: claims a picture of "), line
        assert line.endswith("; make it smaller than 16,384 pixels and try again."), line
    assert int(most) << 10 < BUDGET
    assert time.monotonic() - begun < 30


def test_an_animation_of_a_hundred_thousand_pictures_costs_one(tmp_path: Path) -> None:
    path = long_gif(tmp_path / "a.gif", 100_000)
    begun = time.process_time()
    found = probe_photo(path)
    assert photo_frame(path, found, 0.0, 960).image.shape == (1, 1, 3)
    assert found.note == "It is animated; only its first picture is used."
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("name", ["a.jpg", "p.jpg", "a.png", "a.gif"])
@pytest.mark.parametrize("keep", [0.5, 0.8, 0.97])
def test_of_a_truncated_photo_what_is_there_is_shown(
    tmp_path: Path, name: str, keep: float
) -> None:
    picture = np.asarray(scene(1, 320, 240) // 2 + noise(240, 320) // 2)
    path = save_photo(tmp_path / name, picture)
    whole = photo_frame(path, probe_photo(path), 0.0, 160).image
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    found = probe_photo(path)
    assert found.partial
    assert found.note == "Part of the photo is missing or damaged; what is there is shown."
    image = photo_frame(path, found, 0.0, 160).image
    there = slice(0, int(120 * keep * 0.5))  # compression is not even from top to bottom
    assert np.abs(image[there].astype(int) - whole[there]).mean() < 45


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("name", FORMATS)
def test_cut_off_anywhere_a_photo_is_shown_in_part_or_refused(tmp_path: Path, name: str) -> None:
    path = save_photo(tmp_path / name, scene(1))
    data = path.read_bytes()
    for size in np.linspace(1, len(data) - 3, 15).astype(int).tolist():
        path.write_bytes(data[:size])
        outcome = attempt(path)
        if outcome is not None and not name.startswith(("a.webp", "a.avif", "a.heic")):
            assert outcome.partial or size > len(data) - 20  # a trailer of no meaning was cut


@pytest.mark.parametrize("name", FORMATS)
def test_mutated_photos_are_shown_or_refused(tmp_path: Path, name: str) -> None:
    rng = random.Random(name)
    path = save_photo(tmp_path / name, scene(1))
    data = path.read_bytes()
    for _ in range(60):
        mutated = bytearray(data)
        for _ in range(rng.choice((1, 4, 20))):
            mutated[rng.randrange(len(mutated))] = rng.randrange(256)
        path.write_bytes(mutated)
        begun = time.monotonic()
        attempt(path)
        assert time.monotonic() - begun < 20


def attempt(path: Path) -> Probe | None:
    """What a photo goes through; only a sentence for the person may come of damage."""
    if not is_photo(path):
        return None
    try:
        found = probe_photo(path)
        image = photo_frame(path, found, 0.0, 320).image
    except UnreadableMedia:
        return None
    assert image.ndim == 3
    assert max(image.shape[:2]) <= 320
    return found


def test_without_the_package_for_heic_the_person_is_told_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_photo(tmp_path / "a.heic", scene(1))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as Python marks what cannot be imported
    with pytest.raises(UnreadableMedia, match=r"egobutler\[heic\]"):
        probe_photo(path)


def test_a_photo_that_vanished_or_changed_is_reported(tmp_path: Path) -> None:
    path = save_photo(tmp_path / "a.jpg", scene(1))
    found = probe_photo(path)
    save_photo(path, scene(1, 200, 100))
    with pytest.raises(UnreadableMedia, match="has changed"):
        photo_frame(path, found, 0.0, 960)
    path.unlink()
    with pytest.raises(UnreadableMedia, match="no such file"):
        photo_frame(path, found, 0.0, 960)


def one_frame(media: DecoderProcess, path: Path) -> Frame:
    found = media.probe(path)
    request = DecodeRequest(found, 0.0, max_side=320)
    frames = list(media.frames(request))  # all: an unread answer ends it
    return frames[0]


def most_memory(media: DecoderProcess) -> int:
    """The most that the child ever held, in bytes."""
    lines = Path(f"/proc/{media.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) << 10


@pytest.mark.parametrize("name", FORMATS)
def test_photos_go_through_the_decoder_process(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    path = save_photo(tmp_path / name, scene(1))
    assert media.probe(path).kind == "photo"
    assert one_frame(media, path).image.shape == (120, 160, 3)


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (322, 182), (7680, 4320)])
def test_films_of_odd_sizes_are_shown_within_the_memory_budget(
    tmp_path: Path, media: DecoderProcess, size: tuple[int, int]
) -> None:
    path = make_video(tmp_path / "a.mp4", [plain((90, 120, 60), *size)], codec="mpeg4", times=[0.0])
    image = one_frame(media, path).image
    scale = min(1, 320 / max(size))
    assert image.shape == (round(size[1] * scale), round(size[0] * scale), 3)
    assert most_memory(media) < MOST_MEMORY


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (321, 181)])
def test_films_of_sizes_that_no_chroma_fits_are_shown(
    tmp_path: Path, media: DecoderProcess, size: tuple[int, int]
) -> None:
    options = {"codec": "ffv1", "pixel_format": "yuv444p", "times": [0.0, 0.1]}
    path = make_video(tmp_path / "a.mkv", [scene(1, *size)], **options)  # type: ignore[arg-type]
    assert one_frame(media, path).image.shape[:2] == tuple(
        max(1, round(side * min(1, 320 / max(size)))) for side in size[::-1]
    )


def test_a_film_that_claims_absurd_pictures_is_refused_or_skipped(
    tmp_path: Path, media: DecoderProcess
) -> None:
    path = make_video(tmp_path / "a.avi", [scene(1)], codec="mjpeg", seconds=0.3)
    data = path.read_bytes()
    claimed = data.replace(struct.pack(">HH", 120, 160), struct.pack(">HH", 60_000, 60_000))
    assert claimed != data
    path.write_bytes(claimed)
    with pytest.raises(UnreadableMedia):
        one_frame(media, path)
    assert most_memory(media) < MOST_MEMORY
