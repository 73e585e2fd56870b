"""``egobutler watch``: what comes into a folder is remembered, with a line for each file."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.commands.main import main
from app.commands.recordings import watch as watch_commands
from tests.media import make_video, scene


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "no-weights").mkdir()
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    return tmp_path / "home"


def watch(home: Path, *words: str | Path) -> int:
    return main(["watch", *map(str, words), "--home", str(home), "--settle", "0.2", "--json"])


def result(text: str) -> dict[str, object]:
    return dict(json.loads(text.strip().splitlines()[-1]))


def test_one_round_remembers_what_is_there_and_names_what_is_not_right(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "card"
    card.mkdir()
    make_video(card / "walk.mp4", [scene(0), scene(1)], seconds=4, fps=5)
    (card / "broken.mp4").write_bytes(b"no film at all " * 50)
    assert watch(home, card, "--once", "--copy") == 1
    said = capsys.readouterr()
    assert "  done  walk.mp4" in said.err
    assert "FAILED  broken.mp4: " in said.err
    assert result(said.out) | {"home": ""} == {
        "home": "",
        "indexed": 1,
        "failed": 1,
        "left": 0,
        "unfinished": [],
    }
    store = Assistant.open(home)
    (kept,) = [Path(recording.path) for recording in store.store.recordings.all()]
    store.close()
    assert kept.is_relative_to(home / "originals")
    assert kept.read_bytes() == (card / "walk.mp4").read_bytes()

    assert watch(home, card, "--once") == 1
    assert "walk.mp4" not in capsys.readouterr().err, "what is known is not told again"


def test_an_interrupted_watch_says_what_is_left(
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = tmp_path / "card"
    card.mkdir()
    make_video(card / "walk.mp4", [scene(0)], seconds=2, fps=5)
    butler = Assistant.open(home)
    butler.queue.pause()
    butler.close()
    come = threading.Event()
    enqueue = Assistant.enqueue

    def enqueued(*arguments: object, **more: object) -> None:
        enqueue(*arguments, **more)  # type: ignore[arg-type]
        come.set()

    def look(watch: object) -> None:
        if come.is_set():
            raise KeyboardInterrupt  # as Ctrl-C does, between two looks

    monkeypatch.setattr(Assistant, "enqueue", enqueued)
    monkeypatch.setattr(watch_commands._WatchCommand, "_tell", look)
    assert watch(home, card) == 130
    said = capsys.readouterr()
    assert "0 indexed; 1 left in the queue; egobutler queue resume goes on with it" in said.err
    assert result(said.out)["left"] == 1


def test_a_file_is_no_folder_to_watch(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "walk.mp4").touch()
    assert watch(home, tmp_path / "walk.mp4") == 1
    assert "walk.mp4 is a file; name its folder" in capsys.readouterr().err
