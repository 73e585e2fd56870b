"""Photos are recordings of one second: upright, in true colours, dated by what the camera wrote."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ingest.container.exif import exif_tags
from ingest.decode.decoder import InProcess
from ingest.decode.frame_sampler import photo_frame
from ingest.decode.requests import DecodeRequest
from ingest.probe.photo_probe import PHOTO_SECONDS, is_photo, probe_photo
from ingest.probe.probe import probe
from ingest.timestamps.recording_time import recorded_at
from tests.media import make_audio, make_video, scene, tone
from tests.photos import FORMATS, exif_of, save_photo
from tests.tones import as_hdr

START = 1_700_000_000.0


def shown(path: Path, max_side: int = 960) -> NDArray[np.uint8]:
    return photo_frame(path, probe_photo(path), START, max_side).image


def far(picture: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(picture.astype(int) - other).mean())


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_becomes_a_recording_of_one_second(tmp_path: Path, name: str) -> None:
    path = save_photo(tmp_path / name, scene(1))
    assert is_photo(path)
    found = probe(path)
    assert (found.kind, found.format, found.duration) == ("photo", "image", PHOTO_SECONDS)
    assert (found.has_video, found.has_audio) == (True, False)
    assert (found.width, found.height, found.rotation) == (160, 120, 0)
    assert (found.partial, found.note) == (False, "")
    frames = list(InProcess().frames(DecodeRequest(found, START)))
    assert [frame.at for frame in frames] == [START]
    assert far(frames[0].image, scene(1)) < (20 if name.endswith("gif") else 6)
    assert frames[0].quality > 0.5


@pytest.mark.parametrize("name", FORMATS)
def test_the_content_tells_what_a_photo_is_and_not_its_name(tmp_path: Path, name: str) -> None:
    path = save_photo(tmp_path / name, scene(1)).rename(tmp_path / "film.mp4")
    assert is_photo(path)
    assert far(shown(path), scene(1)) < 20


def test_what_is_no_photo_is_none(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("a photo of my cat")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    others = [
        make_video(tmp_path / "a.mp4", seconds=0.5),
        make_video(tmp_path / "a.avi", codec="mjpeg", seconds=0.5),
        make_video(tmp_path / "a.mjpeg", codec="mjpeg", seconds=0.5),
        make_audio(tmp_path / "a.wav", tone(0.2)),
        *(tmp_path / name for name in ("text.jpg", "empty.jpg", "folder.jpg", "absent.jpg")),
    ]
    assert not any(map(is_photo, others))


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.avif", "a.heic"])
@pytest.mark.parametrize("way", range(1, 9))
def test_each_of_the_eight_orientations_is_applied(tmp_path: Path, name: str, way: int) -> None:
    upright = scene(1)
    # What must be undone, by the words of CIPA DC-008, 4.6.5.1: where row 0 and column 0 are.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: np.rot90(upright[::-1]),
        8: np.rot90(upright, -1),
    }[way]
    path = save_photo(tmp_path / name, stored, exif=exif_of(orientation=way))
    found = probe_photo(path)
    assert (found.width, found.height) == (160, 120)
    assert far(shown(path), upright) < 6


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.avif", "a.heic"])
def test_time_place_of_clock_and_camera_are_read(tmp_path: Path, name: str) -> None:
    exif = exif_of(
        make="Maker",
        model="Model 3",
        taken="2024:05:01 12:34:56",
        fraction="25",
        zone="+02:00",
        gps=("2024:05:01", (10.0, 34.0, 50.0)),
    )
    found = probe_photo(save_photo(tmp_path / name, scene(1), exif=exif))
    assert found.device == "Maker Model 3"
    assert found.metadata["exif:DateTimeOriginal"] == "2024:05:01 12:34:56.25"
    assert found.metadata["exif:OffsetTimeOriginal"] == "+02:00"
    assert found.metadata["exif:GPSDateTime"] == "2024-05-01T10:34:50+00:00"


def test_the_clock_understands_what_a_photo_says(tmp_path: Path) -> None:
    exif = exif_of(taken="2024:05:01 12:34:56", zone="+02:00")
    found = probe(save_photo(tmp_path / "a.jpg", scene(1), exif=exif))
    clock = recorded_at(found, timezone="UTC")
    assert clock.start == datetime(2024, 5, 1, 10, 34, 56, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"taken": "0000:00:00 00:00:00"}, {}),
        ({"taken": "    :  :     :  :  "}, {}),
        ({"taken": "yesterday"}, {}),
        ({"taken": "2024:05:01 12:34:56\0\0"}, {"exif:DateTimeOriginal": "2024:05:01 12:34:56"}),
        ({"changed": "2024:05:01 12:34:56"}, {"exif:DateTimeOriginal": "2024:05:01 12:34:56"}),
        (
            {"taken": "2024:05:01 12:34:56", "zone": "Berlin", "fraction": "x"},
            {"exif:DateTimeOriginal": "2024:05:01 12:34:56"},
        ),
        ({"gps": ("2024:05:01", (1.0, 2.0))}, {}),
        ({"gps": ("", (1.0, 2.0, 3.0))}, {}),
        ({"gps": ("2024:05:01", (float("nan"), 2.0, 3.0))}, {}),
        ({"make": "M\n\x1b[31m" + "x" * 500}, {"make": "M[31m" + "x" * 75}),
    ],
)
def test_nonsense_in_exif_is_passed_over(written: dict[str, object], read: dict[str, str]) -> None:
    assert exif_tags(exif_of(**written)) == read  # type: ignore[arg-type]


def test_a_photo_with_damaged_exif_is_shown_all_the_same(tmp_path: Path) -> None:
    exif = exif_of(orientation=1, make="Maker", taken="2024:05:01 12:34:56", fraction="5")
    path = save_photo(tmp_path / "a.jpg", scene(1), exif=exif)
    data = path.read_bytes()
    start, length = data.index(b"Exif") + 6, len(exif.tobytes()) - 6
    for seed in range(50):
        damaged, rng = bytearray(data), np.random.default_rng(seed)
        for at in rng.integers(start, start + length, 1 + seed % 8):
            damaged[at] = rng.integers(256)
        path.write_bytes(damaged)
        found = probe_photo(path)
        assert {found.width, found.height} == {160, 120}  # the orientation may have been hit
        assert far(np.sort(shown(path), axis=None), np.sort(scene(1), axis=None)) < 6


def grey(picture: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(picture).convert("L")


MODES: list[tuple[str, Callable[[NDArray[np.uint8]], Image.Image]]] = [
    ("L.jpg", grey),
    ("CMYK.jpg", lambda p: Image.fromarray(p).convert("CMYK")),
    ("1.png", lambda p: grey(p).convert("1")),
    ("L.png", grey),
    ("I16.png", lambda p: Image.fromarray(np.asarray(grey(p)).astype(np.uint16) * 257)),
    ("P.png", lambda p: Image.fromarray(p).convert("P")),
    ("LA.png", lambda p: grey(p).convert("LA")),
    ("RGBA.png", lambda p: Image.fromarray(p).convert("RGBA")),
    ("RGBA.webp", lambda p: Image.fromarray(p).convert("RGBA")),
]


@pytest.mark.parametrize(("name", "make"), MODES)
def test_every_way_of_storing_colours_becomes_rgb(
    tmp_path: Path, name: str, make: Callable[[NDArray[np.uint8]], Image.Image]
) -> None:
    picture = make(scene(1))
    picture.save(tmp_path / name)
    image = shown(tmp_path / name)
    assert image.shape == (120, 160, 3)
    expected = (
        scene(1) if picture.mode not in "1LALAI;16" else np.asarray(grey(scene(1)).convert("RGB"))
    )
    assert far(image, expected) < (110 if picture.mode == "1" else 20)  # dots of black and white


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    picture = np.dstack([scene(1), np.full((120, 160), 255, np.uint8)])
    picture[:, 80:, 3] = 0
    Image.fromarray(picture).save(tmp_path / "a.png")
    image = shown(tmp_path / "a.png")
    assert far(image[:, :80], scene(1)[:, :80]) < 1
    assert image[:, 80:].min() == 255


def test_a_colour_profile_is_applied(tmp_path: Path) -> None:
    """The profile is sRGB's with the primaries of red and blue exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ", 128)
    profile[red + 4 : red + 12], profile[blue + 4 : blue + 12] = (
        profile[blue + 4 : blue + 12],
        profile[red + 4 : red + 12],
    )
    swapped = bytes(profile).replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    for name in ("a.jpg", "a.png"):
        Image.fromarray(scene(1)).save(tmp_path / name, icc_profile=swapped, quality=95)
        assert far(shown(tmp_path / name), scene(1)[..., ::-1]) < 8
    Image.fromarray(scene(1)).save(tmp_path / "broken.png", icc_profile=b"no profile" * 20)
    assert far(shown(tmp_path / "broken.png"), scene(1)) < 1


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_hdr_photos_are_tone_mapped(tmp_path: Path, transfer: str) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    picture = (scene(3) * 0.6).astype(np.uint8)
    heif = pillow_heif.from_bytes("RGB;16", (160, 120), as_hdr(picture, transfer).tobytes())
    heif.save(
        tmp_path / "a.hif",
        quality=95,
        color_primaries=9,
        transfer_characteristics={"pq": 16, "hlg": 18}[transfer],
        matrix_coefficients=9,
        full_range_flag=1,
    )
    assert far(shown(tmp_path / "a.hif"), picture) < 8


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 1), (321, 181), (5, 1000)])
def test_odd_sizes_are_made_to_fit(tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    path = save_photo(tmp_path / name, scene(1, *size))
    found, scale = probe_photo(path), min(1, 160 / max(size))
    assert (found.width, found.height) == size
    image = shown(path, 160)
    assert image.shape == (max(1, round(size[1] * scale)), max(1, round(size[0] * scale)), 3)
    assert image.flags.c_contiguous


def test_large_photos_are_made_small_in_proportion(tmp_path: Path) -> None:
    for name in FORMATS:
        path = save_photo(tmp_path / name, scene(1, 800, 600))
        assert far(shown(path, 240), scene(1, 240, 180)) < 20


def test_of_an_animation_the_first_picture_is_used_and_the_person_told(tmp_path: Path) -> None:
    pictures = [Image.fromarray(scene(number)) for number in range(4)]
    for name in ("a.gif", "a.webp", "a.png"):
        pictures[0].save(tmp_path / name, save_all=True, append_images=pictures[1:], duration=100)
        found = probe_photo(tmp_path / name)
        assert found.note == "It is animated; only its first picture is used."
        assert found.duration == PHOTO_SECONDS
        assert far(shown(tmp_path / name), scene(0)) < 20


def test_a_photo_does_not_change_what_pillow_does_for_others(tmp_path: Path) -> None:
    path = save_photo(tmp_path / "a.heic", scene(1))
    Image.init()
    before = dict(Image.OPEN), dict(Image.MIME)
    shown(path)
    assert (dict(Image.OPEN), dict(Image.MIME)) == before


def test_a_photo_with_further_pictures_or_a_film_behind_it_is_a_photo(tmp_path: Path) -> None:
    """Phones append depth maps (MPO), gain maps and the film of a “motion photo”."""
    pictures = [Image.fromarray(scene(number)) for number in range(2)]
    several = tmp_path / "several.jpg"
    pictures[0].save(several, "MPO", save_all=True, append_images=pictures[1:], quality=95)
    moving = save_photo(tmp_path / "moving.jpg", scene(0))
    film = make_video(tmp_path / "a.mp4", seconds=0.5).read_bytes()
    moving.write_bytes(moving.read_bytes() + film)
    for path in (several, moving):
        found = probe_photo(path)
        assert (found.kind, found.partial, found.note) == ("photo", False, "")
        assert far(shown(path), scene(0)) < 6
