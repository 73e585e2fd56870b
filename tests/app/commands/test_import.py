"""``egobutler import``: what is imported can be asked, what is not says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.assistant import Assistant
from app.commands.main import main
from app.commands.recordings import imports as import_commands
from app.core.settings import Settings
from ingest.importers.line_events import ImportOptions
from tests.ingest.importers.files import DAY_LINES, at, egolife, write, write_lines
from tests.media import make_video, scene


def words(home: Path, *given: str | Path) -> list[str]:
    """The words of a command line."""
    return ["import", *map(str, given), "--home", str(home), "--preset", "small", "--json"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    return tmp_path / "home"


def run(capsys: pytest.CaptureFixture[str], command: list[str]) -> tuple[int, Any, str]:
    """Exit status, the last line of standard output as JSON, and standard error."""
    status = main(command)
    said = capsys.readouterr()
    return status, json.loads(said.out.splitlines()[-1]), said.err


def test_a_folder_is_imported_and_can_be_asked(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = egolife(tmp_path / "EgoLifeCap")
    command = words(home, folder, "--day-one", "2026-03-02", "--timezone", "Asia/Shanghai")
    status, found, _ = run(capsys, command)
    assert status == 0
    assert [one["status"] for one in found["results"]] == ["imported", "imported"]
    assert sum(one["lines"] for one in found["results"]) == 5
    butler = Assistant.open(Settings(home, preset="small"))
    answer = butler.ask("Where did I put the hard drive?", at=at("2026-03-02T18:00:00"))
    assert "sofa" in answer.text
    assert butler.store.memories.overlapping("day")
    butler.close()


def test_what_fails_says_why_and_sets_the_exit_status(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = write_lines(tmp_path / "events_DAY1.jsonl", DAY_LINES)
    status, found, said = run(capsys, words(home, good, tmp_path / "absent.srt"))
    assert status == 1
    assert [one["status"] for one in found["results"]] == ["failed", "failed"]
    assert "--day-one" in said
    assert "there is no such file" in said


def test_lines_that_could_not_be_read_are_named(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.jsonl", '{"start": 1, "text": "x"}\nnonsense\n')
    status, found, said = run(capsys, words(home, path, "--start", "2026-03-02 09:00"))
    assert status == 0
    assert found["results"][0]["unread"] == 1
    assert "1 line could not be read: 2" in said


@pytest.mark.parametrize(
    "given",
    [
        ("--day-one", "2062-03-02"),
        ("--day-one", "someday soon"),
        ("--start", "3000-01-01"),
        ("--timezone", "Mars/Olympus"),
    ],
)
def test_words_that_cannot_be_right_are_refused(
    home: Path, tmp_path: Path, given: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_lines(tmp_path / "events_DAY1.jsonl", DAY_LINES)
    assert main(words(home, path, *given)) == 1
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert given[1] in told.err


def test_a_takeout_is_ingested_not_imported(home: Path, tmp_path: Path) -> None:
    album = tmp_path / "Takeout" / "Google Photos" / "Trip"
    album.mkdir(parents=True)
    make_video(album / "VID_1.mp4", [scene(1)], seconds=2)
    write(
        album / "VID_1.mp4.supplemental-metadata.json",
        json.dumps({"photoTakenTime": {"timestamp": str(int(at("2026-03-02T10:00:00")))}}),
    )
    butler = Assistant.open(Settings(home, preset="small"))
    done = import_commands.import_into(
        butler, [tmp_path / "Takeout"], ImportOptions(timezone="UTC"), lambda progress: None
    )
    butler.close()
    assert not done.reports
    assert [result.path.name for result in done.results] == ["VID_1.mp4"]
    assert done.whole


def test_a_folder_with_nothing_to_import_is_not_passed_over_in_silence(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nothing").mkdir()
    status, report, said = run(capsys, words(home, tmp_path / "nothing"))
    assert (status, report["results"]) == (1, [])
    assert "nothing: nothing in it can be imported; name another one." in said
