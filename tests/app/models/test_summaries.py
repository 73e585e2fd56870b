"""Summaries are written behind the app's back or by command, and a kill costs one at most."""

from __future__ import annotations

import json
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.assistant import Assistant
from app.commands.main import main
from app.commands.recordings.queue import report_line
from app.core.settings import Settings
from app.views.queue_view import queue_words
from egogpt.remote.address import ALLOW
from memory.integrity.verify import verify
from memory.store import summary_builder as summaries
from memory.store.store import Store
from tests.egogpt.servers import MODEL, Kind, busy, running
from tests.faults.homes import forker
from tests.memory.lives import NOON, add, recording

pytestmark = pytest.mark.usefixtures("no_weights")

HOURS = 4


def diary(body: dict[str, Any]) -> str:
    """A reply that repeats the notes, and makes something up."""
    lines = body["messages"][-1]["content"].split("\n")[1:-1]
    told = [line.partition("] ")[2] for line in lines]
    return "\n".join([*told, "I flew to the moon."])


def live(home: Path) -> None:
    store = Store.open(home)
    for hour in range(HOURS):
        told = [f"I carry box {hour} to shelf {n}." for n in range(4)]
        add(store, recording(NOON + 3600 * hour, 4, f"hour{hour}"), told)
    summaries.rebuild(store)
    store.close()


def contents(home: Path) -> list[str]:
    store = Store.open(home)
    try:
        assert verify(store).sound
        return list(store.dump())
    finally:
        store.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    live(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def scribe() -> Iterator[tuple[Kind, str]]:
    kind = Kind(context=3000, reply=diary)
    with running(kind) as url:
        yield kind, f"openai:{MODEL}@{url}"


def command(home: Path, name: str) -> list[str]:
    where = ["--home", str(home), "--preset", "small", "--json"]
    return [sys.executable, "-m", "app", "summarise", "--model", name, *where]


def test_a_kill_in_the_middle_changes_nothing_in_the_end(
    tmp_path: Path,
    home: Path,
    scribe: tuple[Kind, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    kind, name = scribe
    whole = tmp_path / "whole"
    live(whole)
    assert main(command(whole, name)[3:]) == 0
    quick = kind.reply

    def slow(body: dict[str, Any]) -> str:
        time.sleep(0.2)
        return quick(body)

    kind.reply = slow
    rng, cut_short = random.Random(5), 0
    for _ in range(2):
        kind.asked.clear()
        process = forker().start(command(home, name), weights=None)
        until = time.monotonic() + 60
        while not kind.asked and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 0.7))
        cut_short += process.kill() == -signal.SIGKILL
        contents(home)  # opens, is sound
    assert cut_short
    kind.reply = quick
    assert main(command(home, name)[3:]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["left"] == 0
    assert contents(home) == contents(whole)
    assert "moon" not in "".join(contents(home))


def test_the_command_says_where_it_goes_and_what_is_left(
    home: Path, scribe: tuple[Kind, str], capsys: pytest.CaptureFixture[str]
) -> None:
    kind, name = scribe
    assert main(command(home, name)[3:]) == 0
    said = capsys.readouterr()
    assert "what it reads stays on this machine" in said.err
    assert f"{2 * HOURS + 1} summaries seen to, 0 left" in said.err
    assert main(command(home, name)[3:]) == 0
    assert json.loads(capsys.readouterr().out) == {"done": 0, "left": 0}
    assert len(kind.asked) == 2 * HOURS + 1


def test_without_a_model_or_with_one_that_is_away_the_command_says_so(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EGOBUTLER_SUMMARIES", raising=False)
    monkeypatch.delenv(ALLOW, raising=False)
    where = ["summarise", "--home", str(home), "--preset", "small"]
    assert main(where) == 1
    assert "no model was chosen" in capsys.readouterr().err
    assert main([*where, "--model", "openai:m@http://127.0.0.1:9/v1"]) == 1
    assert "Nothing answers at" in capsys.readouterr().err
    assert main([*where, "--model", "openai:m@http://192.0.2.1/v1"]) == 1
    assert "Nothing was sent" in capsys.readouterr().err
    assert main([*where, "--model", "eliza"]) == 1
    assert "There is no chat model called 'eliza'" in capsys.readouterr().err


def test_the_app_writes_them_while_nothing_else_is_to_be_done(
    tmp_path: Path, home: Path, scribe: tuple[Kind, str]
) -> None:
    _, name = scribe
    butler = Assistant.open(Settings(home, weights=tmp_path / "none", summaries=name))
    try:
        assert butler.queue.report().to_write == 2 * HOURS + 1
        butler.queue.pause()
        butler.resume()
        time.sleep(0.3)
        assert butler.queue.report().to_write == 2 * HOURS + 1
        butler.queue.unpause()
        deadline = time.monotonic() + 30
        while butler.queue.report().to_write and time.monotonic() < deadline:
            time.sleep(0.05)
        assert butler.queue.report().to_write == 0
        day = butler.timeline(butler.days()[0])
        assert "I carry box" in day.summary
        answer = butler.ask("What did I do on 2 March 2026?")
        assert "I carry box" in answer.text
        assert all(sentence.citations for sentence in answer.sentences)
    finally:
        butler.close()


def test_the_queue_tells_what_is_to_be_written(tmp_path: Path, home: Path) -> None:
    butler = Assistant.open(Settings(home, weights=tmp_path / "none", summaries="qwen-1.5b"))
    try:
        report = butler.queue.report()
        assert f"{2 * HOURS + 1} summaries to be written" in report_line(report)
        assert (
            queue_words(report)
            == f"Nothing is waiting. {2 * HOURS + 1} summaries are to be written."
        )
    finally:
        butler.close()
    plain = Assistant.open(Settings(home, weights=tmp_path / "none"))
    assert plain.queue.report().to_write == 0  # nobody chose a model for it
    plain.close()


def test_a_server_that_fails_leaves_the_rest_for_the_next_time(
    home: Path, scribe: tuple[Kind, str], capsys: pytest.CaptureFixture[str]
) -> None:
    kind, name = scribe
    good = kind.reply

    def fails(body: dict[str, Any]) -> str:
        if len(kind.asked) == 3:
            kind.failures = [busy(503)] * 4
        return good(body)

    kind.reply = fails
    assert main(command(home, name)[3:]) == 1
    assert "failed 4 times (503): busy. What was written is kept." in capsys.readouterr().err
    assert main(command(home, name)[3:]) == 0
    assert json.loads(capsys.readouterr().out)["done"] == 2 * HOURS + 1 - 3
