"""The folder of uploads: room, names and pieces, whoever sends them."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.uploads.errors import Promised, UploadDiskFull, UploadError
from app.uploads.tus import Announcement
from app.uploads.uploads import UploadFolder
from memory.db import disk_space as disk

DATA = bytes(range(256)) * 40
WHEN = 1_700_000_000.25


def file_of(folder: UploadFolder, name: str, size: int, when: float = WHEN) -> str:
    """The id of a file that is announced."""
    return folder.begin(Announcement(name, size, when)).upload.id


def finished(folder: UploadFolder, upload: str) -> Path:
    """Where a complete upload came to lie."""
    path = folder.finish(upload).path
    assert path is not None
    return path


def test_files_of_one_name_that_arrive_at_once_are_all_there(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path)
    films = [bytes([number]) * 1000 for number in range(6)]
    barrier = threading.Barrier(len(films))

    def arrive(number: int) -> None:
        upload = file_of(folder, "walk.mp4", 1000, WHEN + number)
        folder.append(upload, 0, films[number])
        barrier.wait(timeout=20)
        folder.finish(upload)

    threads = [threading.Thread(target=arrive, args=[number]) for number in range(len(films))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    found = [path.read_bytes() for path in tmp_path.glob("walk*.mp4")]
    assert sorted(found) == films


def test_checking_a_long_file_holds_up_no_other_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import app.uploads.uploads as module

    folder = UploadFolder(tmp_path)
    at_work, over = threading.Event(), threading.Event()

    def slow(path: Path, sha256: str) -> bool:
        at_work.set()
        return over.wait(timeout=20)

    monkeypatch.setattr(module, "file_matches", slow)
    long = file_of(folder, "long.mp4", len(DATA), WHEN)
    folder.append(long, 0, DATA)
    thread = threading.Thread(target=folder.finish, args=[long])
    thread.start()
    assert at_work.wait(timeout=20)
    other = file_of(folder, "other.mp4", len(DATA), WHEN)
    assert folder.append(other, 0, DATA[:99]) == 99
    assert {arrival.upload.name for arrival in folder.unfinished()} == {"long.mp4", "other.mp4"}
    over.set()
    thread.join(timeout=20)
    assert (tmp_path / "long.mp4").read_bytes() == DATA


def test_a_disk_without_room_keeps_what_arrived_and_goes_on(tmp_path: Path) -> None:
    upload = file_of(UploadFolder(tmp_path), "walk.mp4", len(DATA))
    folder = UploadFolder(tmp_path)
    folder.append(upload, 0, DATA[:4000])
    full = UploadFolder(tmp_path, reserve=2**60)
    with pytest.raises(UploadDiskFull, match=r"walk\.mp4 needs 6 kB more") as caught:
        full.append(upload, 4000, DATA[4000:])
    assert (caught.value.offset, caught.value.missing) == (4000, len(DATA) - 4000)
    with pytest.raises(UploadDiskFull):
        file_of(full, "walk.mp4", len(DATA))
    assert folder.append(upload, 4000, DATA[4000:]) == len(DATA)
    assert finished(folder, upload).read_bytes() == DATA


@given(
    content=st.binary(min_size=1, max_size=2000),
    cuts=st.lists(st.tuples(st.integers(0, 2100), st.integers(1, 700)), max_size=12),
)
def test_pieces_in_any_order_never_make_another_file(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, cuts: list[tuple[int, int]]
) -> None:
    folder = UploadFolder(tmp_path_factory.mktemp("uploads"))
    upload = file_of(folder, "walk.mp4", len(content), WHEN)
    for at, length in cuts:
        with suppress(UploadError):
            folder.append(upload, at, content[at : at + length])
        assert folder.status(upload).offset <= len(content)
    offset = folder.status(upload).offset
    folder.append(upload, offset, content[offset:])
    assert finished(folder, upload).read_bytes() == content


def test_file_larger_than_the_disk_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UploadDiskFull, match=r"big\.mp4 needs .* GB more and .* GB are free"):
        file_of(UploadFolder(tmp_path), "big.mp4", 2**39)


def test_what_is_on_its_way_keeps_its_room_for_an_hour(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path)
    most = disk.free(tmp_path) - folder.reserve
    first = folder.begin(Announcement("first.mp4", most * 2 // 3, WHEN)).upload
    with pytest.raises(Promised, match=r"second\.mp4 does not fit beside what is on its way"):
        folder.begin(Announcement("second.mp4", most * 2 // 3, WHEN))
    assert folder.begin(Announcement("first.mp4", first.size, WHEN)).offset == 0, (
        "its own room is not counted"
    )
    assert folder.begin(Announcement("small.mp4", 10, WHEN)).offset == 0
    for path in (tmp_path / ".partial").glob(f"{first.id}.*"):
        os.utime(path, (time.time() - 4000,) * 2)
    assert folder.begin(Announcement("second.mp4", most * 2 // 3, WHEN)).offset == 0


def test_what_nobody_went_on_with_for_a_week_is_removed(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path)
    old, fresh = (
        folder.begin(Announcement(name, 10, WHEN)).upload for name in ("old.mp4", "fresh.mp4")
    )
    for path in (tmp_path / ".partial").glob(f"{old.id}.*"):
        os.utime(path, (WHEN, WHEN))
    assert [arrival.upload.id for arrival in UploadFolder(tmp_path).unfinished()] == [fresh.id]
