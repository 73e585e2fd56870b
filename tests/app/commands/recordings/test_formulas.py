"""``egobutler formulas``: a checkpoint reads a whiteboard, and the question finds what it read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.commands.main import main
from memory.store.store import Store
from tests.ingest.vision.formula_checkpoints import board, network, save, trained
from tests.media import make_video
from tests.photos import save_photo

pytestmark = pytest.mark.usefixtures("no_weights")


def ran(home: Path, *words: str) -> int:
    return main([*words, "--home", str(home), "--preset", "small", "--speech", "none", "--json"])


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a film of a whiteboard and a photo of one, read before there is a checkpoint."""
    place = tmp_path_factory.mktemp("taken-in")
    film = make_video(place / "lecture.mp4", [board("x+2=5")], seconds=3, fps=1)
    photo = save_photo(place / "notes.png", board("a=7b", dark=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EGOBUTLER_WEIGHTS", str(place / "no-weights"))
        assert ran(place / "home", "ingest", str(film), str(photo)) == 0
    return place / "home"


@pytest.fixture
def home(taken_in: Path, tmp_path: Path) -> Path:
    """A copy of it; the files that it was made of stay where they are."""
    return shutil.copytree(taken_in, tmp_path / "home")


def asked(home: Path, question: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    ran(home, "ask", question)
    return str(json.loads(capsys.readouterr().out.splitlines()[-1])["answer"])


def test_the_formula_on_the_whiteboard_is_read_found_and_told(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "x + 2 = 5" not in asked(home, "What was the formula on the whiteboard?", capsys)
    checkpoint = save(trained(), tmp_path / "best.ckpt")
    capsys.readouterr()
    assert ran(home, "formulas", str(checkpoint)) == 0
    told = capsys.readouterr()
    found = json.loads(told.out.splitlines()[-1])
    assert (found["recordings"], sorted(found["formulas"])) == (2, ["$a = 7 b$", "$x + 2 = 5$"])
    assert "lecture.mp4" in told.err
    for question in (
        "What was the formula on the whiteboard?",
        "Welche Formel stand an der Tafel?",
        "白板上的公式是什么？",
    ):
        text = asked(home, question, capsys)
        assert "x + 2 = 5" in text
        assert "a = 7 b" in text
    store = Store.open(home)
    captions = [memory.text for memory in store.as_of(9e9).memories("clip")]
    store.close()
    assert any("$x + 2 = 5$" in caption for caption in captions)
    assert ran(home, "formulas", str(checkpoint)) == 0  # nothing is left to do, and nothing twice
    assert len(json.loads(capsys.readouterr().out.splitlines()[-1])["formulas"]) == 2


def test_a_part_of_a_picture_that_the_owner_names_is_read(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = save(trained(), tmp_path / "best.ckpt")
    capsys.readouterr()
    words = ("formulas", str(checkpoint), "--recording", "lecture", "--at", "2")
    for _ in range(2):
        assert ran(home, *words, "--region", "0.15,0.2,0.9,0.8") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["formulas"] == ["$x + 2 = 5$"]
    assert ran(home, *words, "--region", "0,0,0.1,0.1") == 1
    assert "nothing that could be a formula" in capsys.readouterr().err
    assert ran(home, *words) == 1
    assert "--region together" in capsys.readouterr().err
    assert ran(home, *words, "--region", "0.9,0,0.1,1") == 2
    assert "no part of a picture" in capsys.readouterr().err


def test_a_file_that_is_no_checkpoint_changes_nothing_and_the_text_names_it(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(home, "formulas", str(tmp_path / "none.ckpt")) == 1
    assert "none.ckpt is missing" in capsys.readouterr().err
    path = save(network(num_layers=1), tmp_path / "other.ckpt")
    assert ran(home, "formulas", str(path)) == 1
    assert "other.ckpt lacks" in capsys.readouterr().err


def test_new_recordings_are_read_where_the_setting_names_a_checkpoint(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_FORMULAS", str(save(trained(), tmp_path / "best.ckpt")))
    photo = save_photo(tmp_path / "more.png", board("x+2=5"))
    assert ran(home, "ingest", str(photo)) == 0
    assert "x + 2 = 5" in asked(home, "What was the formula?", capsys)
    monkeypatch.setenv("EGOBUTLER_FORMULAS", str(tmp_path / "gone.ckpt"))
    assert ran(home, "ingest", str(photo)) == 0  # it is a help, and holds nothing up
