"""A file is handed on when it is whole, once, whatever the folder goes through meanwhile."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.discovery.open_files import open_for_writing
from ingest.discovery.watcher import Watcher


class Watch:
    """A watcher with a clock that the test turns, and what it said."""

    def __init__(self, *folders: Path, settle: float = 10.0, **more: object) -> None:
        self.now = 0.0
        self.said: list[str] = []
        self.watcher = Watcher(
            folders,
            settle_seconds=settle,
            say=self.said.append,
            clock=lambda: self.now,
            **more,  # type: ignore[arg-type]
        )

    def after(self, seconds: float) -> list[str]:
        """The names told at a look that many seconds later."""
        self.now += seconds
        return [path.name for path in self.watcher.look()]


def put(path: Path, content: bytes = b"film", at: float = 1_700_000_000.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at, at))
    return path


def test_a_file_is_told_once_after_it_has_been_still_long_enough(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    put(tmp_path / "walk.mp4")
    assert watch.after(0) == []
    assert watch.after(9.9) == []
    assert watch.after(0.2) == ["walk.mp4"]
    assert [watch.after(60) for _ in range(3)] == [[], [], []]


def test_a_growing_file_waits_until_it_has_stopped(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    for size in range(1, 6):
        put(tmp_path / "walk.mp4", b"x" * size)
        assert watch.after(11) == []
    assert watch.after(11) == ["walk.mp4"]


def test_a_file_of_final_size_that_is_still_filled_waits_for_its_time_of_change(
    tmp_path: Path,
) -> None:
    watch = Watch(tmp_path)
    for second in range(3):
        put(tmp_path / "walk.mp4", b"x" * 9, at=1_700_000_000.0 + second)
        assert watch.after(11) == []
    assert watch.after(11) == ["walk.mp4"]


def test_new_content_under_an_old_name_is_told_again(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    put(tmp_path / "walk.mp4")
    watch.after(0)
    assert watch.after(11) == ["walk.mp4"]
    put(tmp_path / "walk.mp4", b"another", at=1_700_000_500.0)
    assert watch.after(11) == []
    assert watch.after(11) == ["walk.mp4"]


@pytest.mark.parametrize(
    "name",
    [
        *("walk.mp4.part", "walk.mp4.crdownload", "walk.mp4.tmp", "walk.part.mp4", "walk.TEMP.mp4"),
        *(".walk.mp4", "._walk.mp4", "~walk.mp4", "notes.txt", "walk", ".Trashes/walk.mp4"),
    ],
)
def test_what_is_no_recording_yet_is_left_alone(tmp_path: Path, name: str) -> None:
    watch = Watch(tmp_path)
    put(tmp_path / name)
    put(tmp_path / "deep" / "er" / "KITCHEN.MOV")
    watch.after(0)
    assert watch.after(11) == ["KITCHEN.MOV"]


def test_a_download_is_told_under_its_final_name(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    part = put(tmp_path / "walk.mp4.part")
    watch.after(0)
    watch.after(11)
    part.rename(tmp_path / "walk.mp4")
    assert watch.after(1) == []
    assert watch.after(11) == ["walk.mp4"]


def test_an_empty_file_is_not_whole(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    put(tmp_path / "walk.mp4", b"")
    watch.after(0)
    assert watch.after(11) == []
    assert watch.watcher.unfinished == [tmp_path / "walk.mp4"]


def test_a_card_that_is_pulled_out_and_put_back_tells_nothing_twice(tmp_path: Path) -> None:
    card, drawer = tmp_path / "card", tmp_path / "drawer"
    watch = Watch(card)
    assert watch.after(0) == []
    assert watch.said == [f"{card} is not there; it is watched as soon as it is."]
    put(card / "old.mp4")
    watch.after(1)
    assert watch.after(11) == ["old.mp4"]
    card.rename(drawer)
    assert watch.after(11) == []
    assert watch.after(11) == []
    put(drawer / "new.mp4")
    drawer.rename(card)
    watch.after(1)
    assert watch.after(11) == ["new.mp4"]
    assert watch.said[1:] == [
        f"{card} can be read again.",
        f"{card} is not there; it is watched as soon as it is.",
        f"{card} can be read again.",
    ]


def test_a_file_that_goes_before_it_is_whole_is_forgotten(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    path = put(tmp_path / "walk.mp4")
    watch.after(0)
    path.unlink()
    assert watch.after(11) == []
    put(path)
    assert watch.after(11) == [], "it has to settle anew"
    assert watch.after(11) == ["walk.mp4"]


def test_a_file_that_is_being_written_waits_although_it_does_not_grow(tmp_path: Path) -> None:
    path = put(tmp_path / "walk.mp4")
    watch = Watch(tmp_path)
    with path.open("ab"):
        if not open_for_writing(str(path)):
            pytest.skip("this file system does not tell who writes")
        watch.after(0)
        assert watch.after(11) == []
    assert watch.after(11) == ["walk.mp4"]


def test_a_folder_that_may_not_be_read_is_said_once(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    put(tmp_path / "walk.mp4")
    put(locked / "secret.mp4")
    watch = Watch(tmp_path)
    locked.chmod(0)
    if os.access(locked, os.R_OK):
        locked.chmod(0o700)
        (locked / "secret.mp4").unlink()
        loop = locked / "loop.mp4"
        loop.symlink_to(loop)  # nobody may read this one, not even root
    watch.after(0)
    assert watch.after(11) == ["walk.mp4"]
    watch.after(11)
    locked.chmod(0o700)
    (said,) = watch.said
    assert "locked" in said
    assert "cannot be read" in said


def test_links_that_lead_in_circles_end_nowhere(tmp_path: Path) -> None:
    put(tmp_path / "walk.mp4")
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    watch = Watch(tmp_path)
    watch.after(0)
    assert watch.after(11) == ["walk.mp4"]


def test_the_home_inside_a_watched_folder_is_not_watched(tmp_path: Path) -> None:
    put(tmp_path / "home" / "uploads" / "mine.mp4")
    put(tmp_path / "walk.mp4")
    watch = Watch(tmp_path, tmp_path, leave_out=[tmp_path / "home"])
    watch.after(0)
    assert watch.after(11) == ["walk.mp4"], "and a folder named twice tells nothing twice"


def test_a_watch_ends_when_it_is_told_to(tmp_path: Path) -> None:
    put(tmp_path / "walk.mp4")
    stop, found = threading.Event(), list[str]()

    def run() -> None:
        for path in Watcher([tmp_path], settle_seconds=0.1).files(stop):
            found.append(path.name)
            put(tmp_path / "later.mp4")

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + 20
    while len(found) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert found == ["walk.mp4", "later.mp4"]


def test_one_round_tells_what_is_whole_and_names_what_is_not(tmp_path: Path) -> None:
    put(tmp_path / "whole.mp4")
    put(tmp_path / "empty.mp4", b"")
    watcher = Watcher([tmp_path], settle_seconds=0.1)
    told = [path.name for path in watcher.files(threading.Event(), once=True)]
    assert told == ["whole.mp4"]
    assert [path.name for path in watcher.unfinished] == ["empty.mp4"]


STEP = st.one_of(
    st.tuples(st.just("write"), st.sampled_from("ab"), st.integers(1, 3)),
    st.tuples(st.just("remove"), st.sampled_from("ab"), st.just(0)),
    st.tuples(st.just("look"), st.just(""), st.integers(0, 12)),
)


@given(st.lists(STEP, max_size=25))
def test_nothing_is_told_before_it_is_still_nor_twice(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("watched")
    watch = Watch(folder)
    changed: dict[str, float] = {}
    told: dict[str, int] = {}
    for count, (what, name, number) in enumerate(steps):
        path = folder / f"{name}.mp4"
        if what == "write":
            put(path, bytes(number), at=1_700_000_000.0 + count)
            changed[path.name], told[path.name] = watch.now, 0
        elif what == "remove":
            path.unlink(missing_ok=True)
        else:
            for found in watch.after(number):
                told[found] += 1
                assert watch.now - changed[found] >= 10
                assert told[found] == 1
    for _ in range(2):
        for found in watch.after(10):
            told[found] += 1
    assert all(told[path.name] == 1 for path in folder.iterdir())
