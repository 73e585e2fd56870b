"""Exports of photo services: known as such, with what their service made itself left out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.discovery.photo_exports import export_kind, holds_copies, other_parts, sidecar_time
from tests.ingest.importers.files import write

TAKEN = 1_772_443_800
SIDECAR = json.dumps({"title": "IMG_1.jpg", "photoTakenTime": {"timestamp": str(TAKEN)}})


def immich(root: Path) -> list[Path]:
    """Originals, then what Immich made of them."""
    names = [
        "library/admin/2026/2026-03-02/IMG_1.jpg",
        "upload/0a1b/c3/d4/0a1bc3d4.mp4",
        "thumbs/0a1b/c3/d4/0a1bc3d4-preview.jpeg",
        "encoded-video/0a1b/c3/d4/0a1bc3d4.mp4",
        "profile/0a1b/me.jpg",
    ]
    for folder in ("library", "upload", "thumbs", "encoded-video", "profile", "backups"):
        write(root / folder / ".immich", "")
    return [write(root / name, "") for name in names]


def test_an_immich_folder_is_known_and_only_its_originals_are_recordings(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    found = immich(root)
    assert export_kind(root) == "immich"
    copies = [path for path in found if any(map(holds_copies, path.parents))]
    assert copies == found[2:]


def test_folders_that_are_only_called_so_are_taken_whole(tmp_path: Path) -> None:
    write(tmp_path / "thumbs" / "IMG_1.jpg", "")
    assert not holds_copies(tmp_path / "thumbs")
    assert export_kind(tmp_path) is None


@pytest.mark.parametrize("inside", ["Takeout/Google Photos/Photos from 2026", "whatever/album"])
def test_a_takeout_is_known_by_its_folder_or_its_sidecars(tmp_path: Path, inside: str) -> None:
    write(tmp_path / inside / "IMG_1.jpg.supplemental-metadata.json", SIDECAR)
    assert export_kind(tmp_path) == "takeout"


def test_other_json_makes_no_takeout(tmp_path: Path) -> None:
    write(tmp_path / "a" / "package.json", "{}")
    assert export_kind(tmp_path) is None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("takeout-20260302-001/Takeout", "takeout-20260302-002/Takeout"),
        ("Takeout", "Takeout 2"),
        ("first half/Takeout", "second half/Takeout"),
    ],
)
def test_the_album_of_another_part_is_found_where_it_lies_beside(
    tmp_path: Path, one: str, two: str
) -> None:
    downloads = tmp_path / "me" / "downloads"  # whose neighbours are not those of other tests
    album = downloads / one / "Google Photos" / "Trip"
    other = downloads / two / "Google Photos" / "Trip"
    photo = write(album / "IMG_1.jpg", "")
    write(other / "IMG_1.jpg.json", SIDECAR)
    assert other_parts(album) == [other]
    assert other_parts(other) == [album]
    (found,) = other_parts(photo.parent)
    assert sidecar_time(found / photo.name) == datetime.fromtimestamp(TAKEN, UTC)


def test_a_folder_outside_a_takeout_has_no_other_parts(tmp_path: Path) -> None:
    write(tmp_path / "a" / "Trip" / "IMG_1.jpg", "")
    write(tmp_path / "b" / "Trip" / "IMG_1.jpg", "")
    assert other_parts(tmp_path / "a" / "Trip") == []
