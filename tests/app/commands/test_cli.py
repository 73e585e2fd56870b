"""The command line: bad input costs only itself, results are JSON, the exit status tells."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from app.commands.main import GROUPS, main
from app.core.view_models import IngestProgress
from app.presentation.progress_line import IngestLine
from tests.media import make_audio, make_video, scene, tone, truncated

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def egobutler(home: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the command without any weights, so that it is quick and needs no network.

    In this process: one of its own takes seconds to start.
    """
    call = [*map(str, words), "--home", str(home), "--preset", "small", "--json"]
    weights = {"EGOBUTLER_WEIGHTS": str(home.parent / "no-weights")}
    out, told = io.StringIO(), io.StringIO()
    with mock.patch.dict(os.environ, weights), redirect_stdout(out), redirect_stderr(told):
        status = main(call)
    return subprocess.CompletedProcess(call, status, out.getvalue(), told.getvalue())


def last_line(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout.splitlines()[-1])


def test_bad_files_get_a_line_each_and_the_good_ones_are_ingested(
    home: Path, tmp_path: Path
) -> None:
    good = make_video(tmp_path / "good.mp4", [scene(1)], seconds=3, audio=tone(3.0))
    silent = make_video(tmp_path / "silent.mp4", [scene(2)], seconds=3)
    voice = make_audio(tmp_path / "memo.m4a", tone(4.0))
    empty = tmp_path / "empty.mp4"
    empty.touch()
    text = tmp_path / "notes.mp4"
    text.write_text("these are my notes, not a video\n" * 50)
    cut = truncated(good, tmp_path / "cut.mp4", 0.5)
    folder = tmp_path / "nothing-in-it"
    folder.mkdir()
    bad = [empty, text, cut, tmp_path / "absent.mp4", folder]
    files = (empty, good, text, cut, silent, bad[3], folder, voice)
    done = egobutler(home, "ingest", *files)
    assert done.returncode == 1
    results = {Path(r["path"]).name: r for r in last_line(done)["results"]}
    assert {name: r["status"] for name, r in results.items()} == {
        "good.mp4": "indexed",
        "silent.mp4": "indexed",
        "memo.m4a": "indexed",
        "empty.mp4": "failed",
        "notes.mp4": "failed",
        "cut.mp4": "failed",
        "absent.mp4": "failed",
        "nothing-in-it": "failed",
    }
    for path in bad:
        message = results[path.name]["message"]
        assert path.name in message
        assert "\n" not in message
        assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_is_ingested_whole_and_its_other_files_are_left_alone(
    home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "holiday"
    folder.mkdir()
    make_video(folder / "a.mp4", [scene(1)], seconds=2)
    make_video(folder / "b.MP4", [scene(2)], seconds=2)
    (folder / "readme.txt").write_text("not a recording")
    done = egobutler(home, "ingest", folder)
    assert done.returncode == 0, done.stderr
    assert [Path(r["path"]).name for r in last_line(done)["results"]] == ["a.mp4", "b.MP4"]


def test_a_truncated_file_is_indexed_as_far_as_it_goes_and_said_to_be_partial(
    home: Path, tmp_path: Path
) -> None:
    whole = make_video(tmp_path / "whole.mkv", [scene(n) for n in range(6)], seconds=12)
    cut = truncated(whole, tmp_path / "cut.mkv", 0.5)
    done = egobutler(home, "ingest", cut, "--start", "2026-03-01 09:30", "--timezone", "UTC")
    result = last_line(done)["results"][0]
    assert (done.returncode, result["status"]) == (1, "partial")
    assert "Only the first" in result["message"]
    shown = last_line(egobutler(home, "timeline", "2026-03-01", "--json"))
    assert shown["hours"]


def test_a_question_without_recordings_is_abstained_from_in_json(home: Path) -> None:
    done = egobutler(home, "ask", "--json", "What colour was the elephant?")
    answer = last_line(done)
    assert done.returncode == 0
    assert answer["abstained"]
    assert answer["citations"] == []
    assert set(answer) >= {"answer", "citations", "abstained", "confidence", "coverage"}


def test_a_second_ingest_changes_nothing_and_the_timeline_has_the_times_given_by_the_person(
    home: Path, tmp_path: Path
) -> None:
    good = make_video(tmp_path / "good.mp4", [scene(1)], seconds=3, audio=tone(3.0))
    words = ("--start", "2026-03-01 09:30", "--timezone", "Europe/Berlin")
    for status in ("indexed", "already"):
        done = egobutler(home, "ingest", good, *words)
        assert (done.returncode, last_line(done)["results"][0]["status"]) == (0, status)
    shown = last_line(egobutler(home, "timeline", "2026-03-01", "--json"))
    assert shown["timezone"] == "Europe/Berlin"
    moment = shown["hours"][0]["moments"][0]
    assert moment["start"] == 1772353800.0
    assert moment["caption"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("timeline", "not a day"), "not a day"),
        (("ask", "   "), "empty"),
        (("ask", "hello", "--at", "gibberish"), "gibberish"),
        (("ingest", "x.mp4", "--start", "gibberish"), "gibberish"),
        (("ingest", "x.mp4", "--timezone", "Mars/Olympus"), "Mars/Olympus"),
        (("models", "fetch", "no-such-bundle"), "no-such-bundle"),
    ],
)
def test_what_a_person_gets_wrong_is_said_in_a_line(
    home: Path, words: tuple[str, ...], said: str
) -> None:
    done = egobutler(home, *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_models_lists_every_bundle_with_its_state(home: Path) -> None:
    done = egobutler(home, "models")
    bundles = {bundle["name"]: bundle for bundle in last_line(done)["bundles"]}
    assert {"e5", "whisper-base", "qwen-1.5b"} <= set(bundles)
    assert all(bundle["state"] == "missing" for bundle in bundles.values())


def test_doctor_says_what_is_missing_and_that_the_store_is_sound(home: Path) -> None:
    done = egobutler(home, "doctor")
    report = last_line(done)
    assert report["store"]["ok"]
    assert not report["models"]["ok"]
    assert "egobutler models fetch" in report["models"]["detail"]


def test_an_error_nobody_foresaw_costs_its_file_only_and_shows_no_stack(
    home: Path, tmp_path: Path
) -> None:
    good = make_video(tmp_path / "good.mp4", [scene(1)], seconds=2)
    done = egobutler(home, "ingest", tmp_path / ("x" * 300 + ".mp4"), good)
    assert [r["status"] for r in last_line(done)["results"]] == ["failed", "indexed"]
    assert "Traceback" not in done.stderr


def test_a_first_day_in_the_future_is_refused_as_words_that_are_off(
    home: Path, tmp_path: Path
) -> None:
    film = make_audio(tmp_path / "DAY1_A1_JAKE_11094208.wav", tone(2.0))
    done = egobutler(home, "ingest", "--day-one", "2190-01-01", film)
    assert done.returncode == 1
    assert done.stderr.endswith("--day-one 2190-01-01 is no day on which anything was recorded\n")


def test_a_question_can_be_searched_by_another_strategy_and_an_unknown_one_is_refused(
    home: Path, tmp_path: Path
) -> None:
    lines = tmp_path / "day.jsonl"
    lines.write_text(
        '{"start": "2026-03-03T10:00:00", "end": "2026-03-03T10:00:05", '
        '"text": "The kettle is on the blue shelf.", "speaker": "Anna"}\n'
    )
    egobutler(home, "import", lines, "--timezone", "UTC")
    done = egobutler(home, "ask", "Where is the kettle?", "--json", "--retriever", "hipporag")
    assert done.returncode == 0
    answer = last_line(done)
    assert "blue shelf" in answer["answer"]
    refused = egobutler(home, "ask", "Where is the kettle?", "--retriever", "oracle")
    assert refused.returncode == 1
    assert "choose one of" in refused.stderr
    assert "pyramid" in refused.stderr


def test_models_elsewhere_may_be_allowed_with_any_command(home: Path) -> None:
    assert egobutler(home, "timeline", "--allow-remote").returncode == 0


def test_one_answer_alone_is_no_choice(home: Path) -> None:
    done = egobutler(home, "ask", "who cooked?", "--choice", "Ada")
    assert done.returncode != 0
    assert "two or more answers" in done.stderr


def test_help_lists_the_groups_and_no_command_is_imported_before_it_is_run(home: Path) -> None:
    code = """
import sys
from app.commands.main import GROUPS, main
from app.core.view_models import IngestProgress
from app.presentation.progress_line import IngestLine
main(["--version"])
main(["--help"])
loaded = {name for name in sys.modules if name.startswith("app.commands.")}
assert loaded == {"app.commands.main", "app.commands.options"}, loaded
assert main(["ask", "who was at dinner?", "--home", sys.argv[1], "--preset", "small"]) == 0
assert not {"torch", "gradio"} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(home)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"EGOBUTLER_WEIGHTS": str(home / "none")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("egobutler 1.")
    headings = [line for line in done.stdout.splitlines() if line.rstrip(":") in GROUPS]
    assert headings == [f"{name}:" for name in GROUPS]
    assert "I have no recordings yet." in done.stdout
    assert "\x1b" not in done.stdout, "colours are for terminals"
    assert "{" not in done.stdout.partition("I have")[2], "JSON only where it is asked for"


def test_words_that_are_off_say_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (
        (("inges", "walk.mp4"), "Did you mean 'ingest'"),
        (("--home", "diary", "ask"), "behind the name of a command: egobutler COMMAND --home"),
        (("people", "nmae", "1", "Anna"), "Did you mean 'name'"),
        (("ingest", "walk.mp4", "--coppy"), "Did you mean --copy?\nUsage: egobutler ingest"),
        (("serve", "--port", "99999"), "99999 is not a port; choose 1024 to 65535"),
        (("ask",), "missing argument 'QUESTION'\nUsage: egobutler ask"),
        (("digest", "--ics", "--markdown"), "--markdown and --ics do not go together"),
    ):
        assert main(words) == 2
        told = capsys.readouterr()
        assert (told.out, told.err[:11]) == ("", "egobutler: ")
        assert said in told.err


def test_a_file_that_is_not_there_makes_no_home(home: Path, tmp_path: Path) -> None:
    done = egobutler(home, "ingest", tmp_path / "nope.mp4")
    assert done.returncode == 1
    assert last_line(done)["results"][0]["status"] == "failed"
    assert "nope.mp4: there is no such file" in done.stderr
    assert not home.exists()


def test_a_bar_goes_on_while_stages_go_over_a_few_clips_at_a_time() -> None:
    line, shares = IngestLine(), []
    with mock.patch.object(line, "update", lambda what, amount, done, *more: shares.append(done)):
        for done in (8, 16):
            for stage in ("speech", "voices", "sights", "caption"):
                line.show(IngestProgress(Path("walk.mp4"), stage, done, 16))
    assert shares == sorted(shares)
    assert shares[3::4] == [0.5, 1.0]


@pytest.mark.skipif(find_spec("ray") is not None, reason="it is about a machine without Ray")
@pytest.mark.parametrize("words", [("ingest", ROOT, "--on"), ("cluster", "check")])
def test_where_ray_is_missing_clusters_are_refused_with_what_to_install(
    home: Path, words: tuple[str | Path, ...]
) -> None:
    done = egobutler(home, *words, "ray://10.0.0.1:10001")
    assert done.returncode == 1
    assert "egobutler[cluster]" in done.stderr


def test_where_no_cluster_runs_auto_goes_on_alone(home: Path, tmp_path: Path) -> None:
    film = make_video(tmp_path / "walk.mp4", [scene(1)], seconds=2)
    with mock.patch("psutil.process_iter", return_value=[]):
        done = egobutler(home, "ingest", film, "--on", "auto")
        assert done.returncode == 0
        assert "No cluster runs on this machine, which looks and listens alone." in done.stderr
        done = egobutler(home, "cluster", "status")
    assert (done.returncode, "no cluster runs on this machine; say which" in done.stderr) == (
        1,
        True,
    )
