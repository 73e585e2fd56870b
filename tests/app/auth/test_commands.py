"""``egobutler users`` and ``tokens``: what they say, keep and refuse."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.auth.accounts import Accounts
from app.commands.main import main
from tests.app.doors import ANNA, BEN, CHEAP


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to."""

    status: int
    out: str
    err: str

    @property
    def line(self) -> Any:
        """The JSON that it ends with."""
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    """Runs a command with something on its standard input."""
    monkeypatch.setattr("app.auth.passwords.PasswordHasher", lambda: CHEAP)

    def run(*words: str, typed: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        capsys.readouterr()
        form = () if words[0] == "serve" else ("--json",)
        status = main([*words, *form, "--home", str(tmp_path / "home")])
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    return run


def test_users_are_added_listed_given_a_new_password_and_removed(
    command: Callable[..., Done], tmp_path: Path
) -> None:
    assert "opens without sign-in" in command("users").err
    added = command("users", "add", "Anna", typed=f"{ANNA}\n")
    assert (added.status, added.line["home"]) == (0, str(tmp_path / "home"))
    assert ANNA not in added.out + added.err
    assert command("users", "add", "Ben", typed=f"{BEN}\n").status == 0
    listed = command("users", "list").line["users"]
    assert [one["name"] for one in listed] == ["Anna", "Ben"]
    kept = Accounts(tmp_path / "home")
    session = kept.sessions.begin(1, "", "")
    changed = command("users", "password", "anna", typed="another password\n")
    assert changed.line["signed_out"] == 1
    assert kept.sessions.find(session) is None
    assert kept.check("Anna", "another password").id == 1
    assert command("users", "remove", "Ben").status == 1, "nobody said yes"
    gone = command("users", "remove", "Ben", "--yes")
    assert "are still in" in gone.err
    assert command("users", "remove", "Anna", "--yes").err.count("opens without sign-in") == 1


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("add", "a/b"), f"{ANNA}\n", "letters"),
        (("add", "Anna"), "short\n", "too short"),
        (("add", "Anna"), "", "too short"),
        (("remove", "Nobody", "--yes"), "", "named Nobody"),
        (("password", "Nobody"), f"{ANNA}\n", "named Nobody"),
    ],
)
def test_what_cannot_be_done_is_said(
    command: Callable[..., Done], words: tuple[str, ...], typed: str, said: str, tmp_path: Path
) -> None:
    done = command("users", *words, typed=typed)
    assert done.status == 1
    assert said in done.err
    assert not Accounts(tmp_path / "home").exist()


def test_tokens_are_made_shown_once_listed_and_removed(
    command: Callable[..., Done], tmp_path: Path
) -> None:
    assert "no tokens" in command("tokens").err
    made = command("tokens", "add", "phone", "--scope", "ask", "--scope", "search", "--days", "30")
    secret = made.line["secret"]
    kept = Accounts(tmp_path / "home")
    found = kept.tokens.find(secret)
    assert found is not None
    assert found.scopes == {"ask", "search"}
    listed = command("tokens")
    assert secret not in listed.out
    assert "never used" in listed.err
    assert listed.line["tokens"][0]["expires"] == pytest.approx(found.created + 30 * 86_400)
    assert command("tokens", "add", "phone", "--scope", "ask").status == 1, "the name is taken"
    assert "--scope" in command("tokens", "add", "other").err
    assert command("tokens", "remove", "phone").status == 0
    assert kept.tokens.find(secret) is None
    assert "no token named phone" in command("tokens", "remove", "phone").err


def test_tokens_belong_to_the_user_that_is_named(command: Callable[..., Done]) -> None:
    command("users", "add", "Anna", typed=f"{ANNA}\n")
    command("users", "add", "Ben", typed=f"{BEN}\n")
    assert command("tokens", "add", "his", "--scope", "ask", "--user", "ben").status == 0
    assert command("tokens").line["tokens"] == []
    assert command("tokens", "--user", "Ben").line["tokens"][0]["name"] == "his"
    assert command("tokens", "--user", "Cid").status == 1


def test_the_app_is_not_opened_to_others_before_there_is_an_account(
    command: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "none"))
    for words in (
        ("--host", "0.0.0.0"),
        ("--behind-proxy", "--public-url", "https://butler.example"),
    ):
        done = command("serve", "--preset", "small", *words)
        assert done.status == 1
        assert "users add" in done.err
    off = command("serve", "--preset", "small", "--public-url", "https://butler.example")
    assert "--behind-proxy" in off.err
