"""Which files of a folder are recordings, and which are named and left."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.discovery.media_finder import Skipped, media_files
from ingest.discovery.watcher import Watcher
from tests.ingest.sounds import NOON
from tests.ingest.test_formats import FILMS, SOUNDS
from tests.media import last_changed


def names(paths: Iterator[Path] | list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_a_folder_gives_its_recordings_in_order_and_leaves_sidecars_alone(tmp_path: Path) -> None:
    wanted = ["a.mp4", "b.WAV", "c.jpg", "d/e.heic", "d/f.opus"]
    others = ["a.THM", "a.LRV", "a.mp4.json", "a.srt", "a.xmp", ".hidden.mp4", "._a.mp4", "g.txt"]
    binned = [".Trash-1000/h.mp4", "$RECYCLE.BIN/i.mp4", "@eaDir/j.jpg", ".trash/k.mp4"]
    for name in [*wanted, *others, *binned]:
        path = tmp_path / "card" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    skipped: list[Skipped] = []
    found = list(media_files([tmp_path / "card"], skipped=skipped))
    assert [str(path.relative_to(tmp_path / "card")) for path in found] == wanted
    assert skipped == []


def test_whatever_is_read_when_it_is_named_is_found_in_a_folder_too(tmp_path: Path) -> None:
    wanted = {name for name, *_ in (*FILMS, *SOUNDS)} | {"VID_20260303_101500_00_001.insv"}
    for name in (*wanted, "LRV_20260303_101500_11_001.insv"):  # the camera's own small copy
        (tmp_path / name).write_bytes(b"x")
    assert {path.name for path in media_files([tmp_path])} == wanted
    assert {path.name for path in Watcher([tmp_path], settle_seconds=0).look()} == wanted


def test_a_folder_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b.mp4").write_bytes(b"x")
    look = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("/a"):
            raise PermissionError(13, "Permission denied", path)
        return look(path)

    monkeypatch.setattr(os, "scandir", refuse)  # permissions do not hold for root
    skipped: list[Skipped] = []
    assert names(media_files([tmp_path], skipped=skipped)) == ["b.mp4"]
    [left] = skipped
    assert left.path == tmp_path / "a"
    assert "Permission denied" in left.reason


def test_links_to_folders_are_named_and_loops_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.mp4").write_bytes(b"x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    (tmp_path / "linked.mp4").symlink_to(tmp_path / "a" / "b.mp4")
    skipped: list[Skipped] = []
    assert names(media_files([tmp_path], skipped=skipped)) == ["b.mp4"]  # and that once only
    assert {left.path.name: left.reason[:19] for left in skipped} == {
        "gone.mp4": "is a link to a file",
        "loop": "is a link to a fold",
    }


def test_a_file_that_is_named_twice_comes_once(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    assert names(media_files([tmp_path / "a.mp4", tmp_path, tmp_path])) == ["a.mp4"]


def test_the_home_and_the_system_are_not_looked_into(tmp_path: Path) -> None:
    home = tmp_path / "disk" / "home"
    for name in ("home/uploads/a.mp4", "film/b.mp4", "home2/c.mp4"):
        (tmp_path / "disk" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "disk" / name).write_bytes(b"x")
    assert names(media_files([tmp_path / "disk"], home=home)) == ["b.mp4", "c.mp4"]


def test_a_database_of_a_home_is_never_opened_as_a_recording(tmp_path: Path) -> None:
    database = tmp_path / "home" / "memory.sqlite3"
    database.parent.mkdir()
    database.write_bytes(b"SQLite format 3")
    card = tmp_path / "card"
    card.mkdir()
    (card / "walk.mp4").symlink_to(database)
    (card / "run.mp4").write_bytes(b"film")
    skipped: list[Skipped] = []
    found = media_files([database, database.with_name("memory.sqlite3-wal"), card], skipped=skipped)
    assert [path.name for path in found] == ["run.mp4"]
    assert [one.path.name for one in skipped] == [
        "memory.sqlite3", "memory.sqlite3-wal", "walk.mp4"
    ]  # fmt: skip


def test_an_empty_folder_and_an_absent_file_are_handed_on(tmp_path: Path) -> None:
    paths = [tmp_path, tmp_path / "absent.mp4", Path("x" * 300)]
    assert list(media_files(paths)) == paths


def test_of_a_live_photo_the_film_is_taken(tmp_path: Path) -> None:
    for name in ("IMG_1.HEIC", "IMG_1.MOV", "IMG_2.JPG", "IMG_2.mov", "IMG_3.jpg"):
        last_changed(tmp_path / name, NOON) if (tmp_path / name).write_bytes(b"x") else None
    last_changed(tmp_path / "IMG_2.JPG", datetime(2024, 2, 1, tzinfo=UTC))  # another moment
    skipped: list[Skipped] = []
    found = names(media_files([tmp_path], skipped=skipped))
    assert found == ["IMG_1.MOV", "IMG_2.JPG", "IMG_2.mov", "IMG_3.jpg"]
    assert [left.path.name for left in skipped] == ["IMG_1.HEIC"]
