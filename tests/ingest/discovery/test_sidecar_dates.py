import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.discovery.photo_exports import sidecar_time

TAKEN = datetime(2024, 1, 31, 17, 15, 30, tzinfo=UTC)
TAKEOUT = json.dumps(
    {
        "title": "IMG_1234.jpg",
        "creationTime": {"timestamp": "1800000000"},
        "photoTakenTime": {"timestamp": str(int(TAKEN.timestamp()))},
    }
)
LONG = "a very long name that the export has to shorten somewhere.mp4"


@pytest.mark.parametrize(
    ("name", "sidecar"),
    [
        ("IMG_1234.jpg", "IMG_1234.jpg.json"),
        ("IMG_1234.jpg", "IMG_1234.jpg.supplemental-metadata.json"),
        ("PXL_20240131_181530123.mp4", "PXL_20240131_181530123.mp4.supplemental-metada.json"),
        ("IMG_1234(2).jpg", "IMG_1234.jpg(2).json"),
        ("IMG_1234(2).jpg", "IMG_1234.jpg.supplemental-metadata(2).json"),
        ("IMG_1234-edited.jpg", "IMG_1234.jpg.json"),
        ("IMG_1234-bearbeitet(1).jpg", "IMG_1234.jpg(1).json"),
        ("IMG_1234.MP4", "IMG_1234.HEIC.supplemental-metadata.json"),
        (LONG, LONG[:46] + ".json"),
    ],
)
def test_takeouts_sidecar_is_found_under_all_its_names(
    tmp_path: Path, name: str, sidecar: str
) -> None:
    (tmp_path / sidecar).write_text(TAKEOUT)
    assert sidecar_time(tmp_path / name) == TAKEN


@pytest.mark.parametrize("sidecar", ["a.mp4.xmp", "a.xmp"])
@pytest.mark.parametrize(
    "text",
    [
        '<rdf:Description exif:DateTimeOriginal="2024-01-31T18:15:30+01:00"/>',
        "<exif:DateTimeOriginal>2024-01-31T18:15:30.000+01:00</exif:DateTimeOriginal>",
        '<x exif:DateTimeOriginal="nonsense" photoshop:DateCreated="2024-01-31T18:15:30+01:00"/>',
    ],
)
def test_xmp_is_read_as_attributes_and_as_elements(tmp_path: Path, sidecar: str, text: str) -> None:
    (tmp_path / sidecar).write_text(text)
    assert sidecar_time(tmp_path / "a.mp4") == TAKEN


def test_xmp_without_a_zone_is_local_to_the_camera(tmp_path: Path) -> None:
    (tmp_path / "a.xmp").write_text('exif:DateTimeOriginal="2024-01-31T18:15:30"')
    assert sidecar_time(tmp_path / "a.mp4") == datetime(2024, 1, 31, 18, 15, 30)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        "null",
        '{"photoTakenTime": 3}',
        '{"photoTakenTime": {"timestamp": "soon"}}',
        '{"photoTakenTime": {"timestamp": "99999999999999999999"}}',
        "[" * 100_000,
        '{"photoTakenTime": {"timestamp": "0"}}' + " " * (1 << 20),
    ],
)
def test_what_is_no_sidecar_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.mp4.json").write_text(text)
    assert sidecar_time(tmp_path / "a.mp4") is None


def test_folders_and_impossible_names_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.mp4.json").mkdir()
    assert sidecar_time(tmp_path / "a.mp4") is None
    assert sidecar_time(tmp_path / ("x" * 300 + ".mp4")) is None
