"""Homes that are no folder, may not be written, or whose disk is not there (faults 21, 23)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.commands.main import main
from app.server.server import PortTaken, _listen
from memory.store.store import Store
from tests.faults.homes import check, run
from tests.memory.lives import add, recording

pytestmark = pytest.mark.usefixtures("no_weights")

ASK = ("ask", "where is the charger?", "--json")


def told(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> tuple[int, str]:
    """Exit status and what the person was told; nothing of it is a stack."""
    status = main([words[0], "--home", str(home), "--preset", "small", *words[1:]])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return status, said.err.strip()


def _is_file(place: Path) -> Path:
    place.write_text("a letter")
    return place


def _under_a_file(place: Path) -> Path:
    place.write_text("a letter")
    return place / "home"


def _link_to_itself(place: Path) -> Path:
    place.symlink_to(place)
    return place


def _broken_link(place: Path) -> Path:
    place.symlink_to(place.parent / "nowhere" / "deeper")
    (place.parent / "nowhere").write_text("a letter")
    return place


@pytest.mark.parametrize("make", [_is_file, _under_a_file, _broken_link, _link_to_itself])
@pytest.mark.parametrize("words", [ASK, ("ingest", "walk.mp4"), ("serve", "--port", "0")])
def test_fault_21_a_home_that_can_be_no_folder_says_so_and_is_left_as_it_is(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], Path],
    words: tuple[str, ...],
) -> None:
    home = make(tmp_path / "place")
    before = sorted((path.name, path.is_symlink()) for path in tmp_path.rglob("*"))
    status, said = told(capsys, home, *words)
    assert status == 1
    assert "cannot be used as the folder" in said
    assert "--home" in said
    assert len(said.splitlines()) == 1
    assert sorted((path.name, path.is_symlink()) for path in tmp_path.rglob("*")) == before


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts a folder elsewhere, where the machine lets this test do so."""
    if shutil.which("mount") is None or os.getuid() != 0:
        pytest.skip("only root may mount a folder")
    place = tmp_path / "disk"
    place.mkdir()

    def mount(folder: Path, *, read_only: bool = False) -> Path:
        bound = ["mount", "--bind", str(folder), str(place)]
        if subprocess.run(bound, capture_output=True, check=False).returncode:
            pytest.skip("this machine does not let root mount a folder")
        if read_only:
            again = ["mount", "-o", "remount,bind,ro", str(place)]
            subprocess.run(again, check=True)
        return place

    yield mount
    subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


def a_life(home: Path) -> None:
    store = Store.open(home)
    add(store, recording(), ["The charger is in the drawer.", "A dog runs."])
    store.close()


@pytest.mark.parametrize("words", [("ingest", "{file}"), ("queue", "pause")])
def test_fault_21_a_home_on_a_disk_that_may_only_be_read_says_so(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    mounted: Callable[..., Path],
    words: tuple[str, ...],
) -> None:
    film = tmp_path / "walk.mp4"
    film.write_bytes(b"film")
    a_life(tmp_path / "home")
    before = check(tmp_path / "home")
    home = mounted(tmp_path / "home", read_only=True)
    status, said = told(capsys, home, *(word.format(file=film) for word in words))
    assert status == 1
    assert "cannot be written" in said
    assert check(tmp_path / "home") == before


def test_fault_21_a_disk_that_is_not_there_is_an_empty_home_and_nothing_of_the_old_one_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mounted: Callable[..., Path]
) -> None:
    a_life(tmp_path / "home")
    before = check(tmp_path / "home")
    place = mounted(tmp_path / "home")
    assert check(place) == before
    subprocess.run(["umount", str(place)], check=True)
    status, said = told(capsys, place, *ASK)
    assert status == 0
    assert f"{place} is a new home: nothing is remembered there yet." in said
    assert told(capsys, place, *ASK)[1].startswith(f"{place} is an empty home")
    assert check(place).recordings == []
    assert check(mounted(tmp_path / "home")) == before


@pytest.mark.parametrize(
    "words", [ASK, ("timeline", "yesterday"), ("doctor",), ("queue",), ("verify",)]
)
def test_fault_21_a_home_that_is_new_is_said_to_be_so_and_where_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    home = tmp_path / "disk" / "home"
    said = told(capsys, home, *words)[1].splitlines()
    assert said[0].startswith(f"{home} is a new home: nothing is remembered there yet.")
    assert "--home" in said[0]
    a_life(home)
    assert "nothing is remembered" not in told(capsys, home, *words)[1]


def test_fault_23_a_second_server_says_that_one_is_running(tmp_path: Path) -> None:
    with _listen("127.0.0.1", 0) as first:
        port = str(first.getsockname()[1])
        serve = ("serve", "--port", port)
        status, _, said = run(tmp_path / "home", *serve, weights=tmp_path / "no-weights")
    assert status == 1
    assert "Is EgoButler running already?" in said.splitlines()[-1]
    assert port in said.splitlines()[-1]
    check(tmp_path / "home")


@pytest.mark.skipif(sys.platform == "win32", reason="sockets are shared in another way there")
def test_fault_23_two_servers_that_start_at_once_do_not_both_get_the_address() -> None:
    with _listen("127.0.0.1", 0) as first, pytest.raises(PortTaken, match="--port"):
        _listen("127.0.0.1", first.getsockname()[1])


def test_a_home_that_is_named_by_nothing_is_no_home(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["timeline", "today", "--home", ""]) == 2
    assert "'--home': is empty; name a folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("EGOBUTLER_HOME", "")
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / "data" / name)
    assert main(["timeline", "today", "--preset", "small"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    status, said = told(capsys, Path("~nobody-of-that-name/home"), *ASK)
    assert status == 1
    assert "cannot be used as the folder" in said
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_home_whose_database_is_a_folder_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    (home / "memory.sqlite3").mkdir(parents=True)
    status, said = told(capsys, home, *ASK)
    assert status == 1
    assert f"{home / 'memory.sqlite3'} can be neither written nor read" in said
