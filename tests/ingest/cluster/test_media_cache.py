"""Recordings that workers find by URL: files here, and S3 as moto plays it."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from ingest.cluster import media_cache
from ingest.cluster.media_cache import MediaUnavailable, clear, local_copy, size_of, url_of
from memory.types.errors import StoreUnwritable
from tests.object_storage import object_storage

CONTENT = b"a film" * 400_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILM = Path("/data/egolife/day 1/a.mp4")  # of the home's machine


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the film, as this machine is told, and a cache that is empty."""
    film = tmp_path / "lab" / "day 1" / "a.mp4"
    film.parent.mkdir(parents=True)
    film.write_bytes(CONTENT)
    monkeypatch.setenv("EGOBUTLER_MEDIA", f"/data/egolife=file://{tmp_path}/lab")
    monkeypatch.setenv("EGOBUTLER_MEDIA_CACHE", str(tmp_path / "cache"))
    return film


def fetch() -> Path:
    url = url_of(FILM)
    assert url is not None
    return local_copy(url, SHA256, len(CONTENT))


def copies(lab: Path) -> list[str]:
    return sorted(path.name for path in (lab.parents[2] / "cache").glob("*.*"))


def test_a_film_is_fetched_once_and_goes_when_the_machine_leaves(lab: Path) -> None:
    copy = fetch()
    assert copy.read_bytes() == CONTENT
    assert copy.stat().st_mode & 0o077 == 0 or copy.parent.stat().st_mode & 0o077 == 0
    lab.unlink()
    assert fetch() == copy
    clear()
    assert copies(lab) == []


def test_a_machine_that_was_told_nothing_of_a_folder_finds_nothing(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert size_of(FILM) == len(CONTENT)
    assert url_of(Path("/data/egolife2/day 1/a.mp4")) is None
    assert size_of(FILM.with_name("b.mp4")) is None
    monkeypatch.delenv("EGOBUTLER_MEDIA")
    assert (url_of(FILM), size_of(FILM)) == (None, None)


def test_another_file_of_that_name_is_not_taken_for_it(lab: Path) -> None:
    lab.write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(MediaUnavailable, match="is not the recording of the home"):
        fetch()
    assert copies(lab) == []


def test_a_film_that_is_gone_is_named(lab: Path) -> None:
    lab.unlink()
    with pytest.raises(MediaUnavailable, match=r"cannot fetch file://.*a\.mp4: .*No such file"):
        fetch()


def test_where_there_is_no_room_it_is_said(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, size: int) -> None:
        raise StoreUnwritable(f"no room for {size} bytes")

    monkeypatch.setattr(media_cache, "require", full)
    with pytest.raises(MediaUnavailable, match=f"no room for {len(CONTENT)} bytes"):
        fetch()


def test_the_oldest_copies_go_where_all_take_too_much_but_none_that_is_in_use(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = lab.parents[2] / "cache"
    cache.mkdir()
    for number, hours in ((1, 30), (2, 20), (3, 0)):
        copy = cache / f"{number:064}.mp4"
        copy.write_bytes(CONTENT)
        os.utime(copy, (time.time() - 3600 * hours,) * 2)
    (cache / "mine.txt").write_text("no copy of ours")
    monkeypatch.setenv("EGOBUTLER_MEDIA_GB", str(3.5 * len(CONTENT) / 1e9))
    fetch()
    assert copies(lab) == sorted([f"{2:064}.mp4", f"{3:064}.mp4", f"{SHA256}.mp4", "mine.txt"])
    monkeypatch.setenv("EGOBUTLER_MEDIA_GB", "0")
    shutil.copy(lab, lab.with_name("b.mov"))
    local_copy(f"file://{lab.with_name('b.mov')}", SHA256, len(CONTENT))
    assert f"{3:064}.mp4" in copies(lab)
    assert f"{2:064}.mp4" not in copies(lab)


def test_a_film_of_object_storage(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("s3fs", reason="s3fs is not installed: the extra cluster")
    with object_storage() as storage:
        put(storage)
        monkeypatch.setenv("EGOBUTLER_MEDIA", "/data/egolife=s3://lab/egolife")
        assert size_of(FILM) == len(CONTENT)
        assert fetch().read_bytes() == CONTENT
        clear()
        storage.delete_object(Bucket="lab", Key="egolife/day 1/a.mp4")
        with pytest.raises(
            MediaUnavailable, match=r"s3://lab/egolife/day 1/a\.mp4: .*No such file"
        ):
            fetch()


def test_object_storage_that_lets_nobody_read_is_named(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("s3fs", reason="s3fs is not installed: the extra cluster")
    with object_storage(allowed=2) as storage:  # to make a bucket and put the film into it
        put(storage)
        monkeypatch.setenv("EGOBUTLER_MEDIA", "/data/egolife=s3://lab/egolife")
        with pytest.raises(MediaUnavailable, match="Permission denied"):
            fetch()


def put(storage: Any) -> None:
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()  # of a server before, at another port
    storage.create_bucket(Bucket="lab")
    storage.put_object(Bucket="lab", Key="egolife/day 1/a.mp4", Body=CONTENT)
