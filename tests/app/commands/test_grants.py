"""``egobutler grants`` and ``ask --across``: what they say, keep and refuse."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.auth.accounts import Accounts
from app.auth.passwords import Passwords
from app.commands.main import main
from tests.app.doors import ANNA, BEN, CHEAP
from tests.app.homes import Restored
from tests.egorag.across.wearers import ALICE, DAY, JAKE, write_home, write_spoken

Run = Callable[..., tuple[int, Any, str]]
AT = ("--at", "2026-03-04 10:00")
ASK = ("ask", "Where are the scissors?", *AT, "--across", "alice")


def make_homes(place: Path) -> None:
    write_home(place / "home", "Jake", JAKE).close()
    accounts = Accounts(place / "home", Passwords(CHEAP))
    accounts.add("Jake", ANNA)
    write_home(accounts.add("Alice", BEN).home, "Alice", ALICE).close()
    accounts.database.close()


@pytest.fixture(scope="module")
def two_homes(tmp_path_factory: pytest.TempPathFactory) -> Restored:
    return Restored(tmp_path_factory.mktemp("grants"), make_homes)


@pytest.fixture
def root(two_homes: Restored) -> Path:
    """Jake's home, beside which is Alice's."""
    return two_homes.fresh() / "home"


@pytest.fixture
def run(
    root: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs a command in Jake's home: status, JSON, what was said."""
    monkeypatch.setattr("app.auth.passwords.PasswordHasher", lambda: CHEAP)
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))

    def command(*words: str, typed: str = "", home: Path = root) -> tuple[int, Any, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        capsys.readouterr()
        status = main([*words, "--json", "--home", str(home)])
        printed = capsys.readouterr()
        lines = printed.out.splitlines()
        return status, json.loads(lines[-1]) if lines and status == 0 else None, printed.err

    return command


def give(run: Run, *more: str, typed: str = f"{BEN}\n") -> tuple[int, Any, str]:
    return run("grants", "give", "Jake", "--user", "Alice", *more, typed=typed)


def test_the_owner_gives_with_their_password_and_ends_it(run: Run) -> None:
    assert run(*ASK)[0] == 1
    status, _, said = give(run, typed=f"{ANNA}\n")
    assert (status, "password is not right" in said) == (1, True)
    assert run(*ASK)[0] == 1
    assert give(run)[0] == 0
    status, found, said = run(*ASK)
    assert status == 0
    assert "Alice's camera" in said
    (cited,) = found["citations"]
    assert cited["wearer"] == "Alice"
    assert cited["file"] == cited["recording"] == ""
    assert cited["start"] == 0.0
    assert run("grants", "end", "Jake", "--user", "Alice")[0] == 0
    status, _, said = run(*ASK)
    assert (status, "not let you ask" in said) == (1, True)


def test_a_grant_is_listed_with_its_bounds_and_with_media_the_recording_is_named(
    run: Run,
) -> None:
    bounds = ("--person", "Bob", "--place", "cinema", "--from", "2026-03-02", "--to", "2026-03-09")
    assert give(run, *bounds, "--days", "30", "--scope", "ask", "--scope", "media")[0] == 0
    _, theirs, said = run("grants", "list", "--user", "Alice")
    _, mine, _ = run("grants", "list")
    assert theirs["given"] == mine["taken"] != []
    assert not theirs["taken"] + mine["given"]
    assert "with Bob, at cinema, from 2026-03-02" in said
    (grant,) = mine["taken"]
    assert (grant["people"], grant["scopes"]) == (["Bob"], ["ask", "media"])
    assert grant["ends"] - grant["given"] == 30 * 86_400
    assert give(run, "--scope", "ask", "--scope", "media")[0] == 0
    (cited,) = run(*ASK)[1]["citations"]
    assert cited["file"] == "Alice-film-1.jsonl"


def test_what_would_grant_something_else_is_refused(run: Run) -> None:
    backwards = ("--from", "2026-03-09", "--to", "2026-03-02")
    for more in (("--person", " "), backwards, ("--days", "0")):
        assert give(run, *more)[0] != 0
        assert run("grants", "list")[1] == {"given": [], "taken": []}


def test_somebody_with_a_home_beside_the_first_asks_from_there(run: Run, root: Path) -> None:
    words = ("ask", "Who walked the dog?", *AT, "--across", "jake")
    alices = root.parent / "home-homes" / "alice"
    assert run(*words, home=alices)[0] == 1
    assert run("grants", "give", "Alice", typed=f"{ANNA}\n")[0] == 0
    _, found, _ = run(*words, home=alices)
    assert [cited["wearer"] for cited in found["citations"]] == ["Jake"]
    assert "Jake walked the dog" in found["answer"]


def test_what_stands_beside_an_answer_is_in_the_language_of_the_question(run: Run) -> None:
    assert give(run)[0] == 0
    text = "What happened on 3 March between 12:00 and 14:30?"
    _, found, said = run("ask", text, *AT, "--across", "alice")
    assert "Alice's camera recorded 1 min of this time" in said
    assert [one["wearer"] for one in found["wearers"]] == ["", "Alice"]
    _, _, said = run("ask", "3月3日12点到14点半发生了什么？", *AT, "--across", "alice")
    assert "Alice的相机录下了这段时间中的1 分钟，从2026年3月3日 周二 12:00到" in said
    assert "Alice put the scissors in the blue drawer" in said, "what happened is not what I did"
    _, _, said = run("ask", "2月1日发生了什么？", *AT, "--across", "alice")
    assert "（Alice的相机没有显示这段时间的任何内容）" in said
    _, _, said = run("ask", "剪刀在哪里？", *AT, "--across", "alice")
    assert "  [1] Alice的相机 · 2026年3月3日 周二 12:00 · Alice put the scissors" in said


def test_oneself_and_a_deeper_search_are_refused_in_words_and_nobody_is_not_asked(
    run: Run,
) -> None:
    status, _, said = run(*ASK, "--deeper")
    assert (status, "--deeper searches your own" in said) == (1, True)
    for name, words in (("jake", "jake is you: your own memories"), (" , ", "names nobody")):
        status, _, said = run("ask", "Where are the scissors?", "--across", name)
        assert (status, words in said) == (1, True)


def test_what_is_refused_makes_no_home(run: Run, tmp_path: Path) -> None:
    for words, why in (
        (("ask", "Who?", "--across", "alice"), "the home of no account"),
        (("ingest", __file__, "--on", ""), '"" names no cluster'),
        (("ingest", __file__, "--on", "10.0.0.1"), "10.0.0.1 names no cluster"),
    ):
        status, _, said = run(*words, home=tmp_path / "other")
        assert (status, why in said) == (1, True)
        assert not (tmp_path / "other").exists()


def test_a_home_that_is_away_is_not_made_for_a_grant(run: Run, root: Path, tmp_path: Path) -> None:
    alices = root.parent / "home-homes" / "alice"
    alices.rename(tmp_path / "away")
    assert give(run)[0] == 0
    assert run("grants", "end", "Jake", "--user", "Alice")[0] == 0
    assert run("grants", "list")[1] == {"given": [], "taken": []}
    assert not alices.exists()


def test_what_is_quoted_is_told_with_who_says_it(run: Run, root: Path) -> None:
    hers = root.parent / "home-homes" / "alice"
    lines = ((f"{DAY}14:00", "", "I sold the lantern."), (f"{DAY}15:00", "Bob", "I broke a vase."))
    write_spoken(hers, "Alice", lines).close()
    assert give(run)[0] == 0
    for text, quote in (
        ("Who sold the lantern?", "Somebody by Alice's camera: I sold the lantern."),
        ("Who broke a vase?", "Bob: I broke a vase."),
    ):
        _, found, said = run("ask", text, *AT, "--across", "alice")
        assert [cited["quote"] for cited in found["citations"]] == [quote]
        assert "Alice's camera · Tue 3 Mar 2026" in said
