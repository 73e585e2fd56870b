"""Accounts in PostgreSQL: several houses share them, and errors hold no secret of its address."""

from __future__ import annotations

import io
import logging
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.auth.database import VERSION, AccountsFile
from app.auth.errors import AccountsChanged, AccountsUnreadable, AuthRefused
from app.commands.main import main
from app.core.errors import PersonError
from app.core.settings import Settings
from app.http.security import ListenConfig
from memory.db.database import FILE_NAME as HOME_FILE
from tests.app.auth.place import server
from tests.app.auth.postgres_server import PASSWORD, PostgresServer
from tests.app.doors import ADDRESS, ANNA, BEN, CHEAP, LINK, OURS, accounts, sign_in


@dataclass
class House:
    """A server with a root home of its own, and a browser at it."""

    accounts: Accounts
    client: TestClient
    others: list[Assistant]


@pytest.fixture(scope="module")
def houses(
    postgres: PostgresServer, assistant: Assistant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, House]]:
    """Two houses; Anna has the root home of the first, Ben that of the second."""
    url, built = postgres.database(), list[House]()
    place = tmp_path_factory.mktemp("second")
    second = Assistant(replace(assistant.settings, home=place / "home"))
    for number, butler in enumerate((assistant, second), 1):
        shared, others = accounts(butler.home, None, url, f"house-{number}"), list[Assistant]()
        app = server(butler, shared, ListenConfig(), others)
        client = TestClient(app, base_url=ADDRESS, follow_redirects=False)
        shared.add(("Anna", "Ben")[number - 1], (ANNA, BEN)[number - 1])
        client.__enter__()
        built.append(House(shared, client, others))
    yield built[0], built[1]
    for house in built:
        house.client.__exit__(None, None, None)
        house.accounts.database.close()
    second.close()


def hand_over(giver: TestClient, taker: TestClient) -> None:
    """The browser goes to another house, as a proxy routes it."""
    taker.cookies.clear()
    for cookie in giver.cookies.jar:
        taker.cookies.jar.set_cookie(cookie)


def test_two_houses_share_sign_in_and_each_answers_for_those_who_live_there(
    houses: tuple[House, House],
) -> None:
    first, second = houses
    opened = len(second.others)
    assert second.accounts.all()[0].home == second.accounts.root
    assert sign_in(second.client, "Anna", ANNA).status_code == 303, "at whichever door"
    assert second.client.cookies["eb-house"] == "house-1", "where the proxy is to go"
    refused = second.client.get("/api/days")
    assert (refused.status_code, refused.headers["egobutler-house"]) == (421, "house-1")
    assert "house-1" in second.client.get("/", headers=LINK).text
    hand_over(second.client, first.client)
    assert first.client.get("/api/days").status_code == 200
    token = first.accounts.tokens.make(1, "phone", ["timeline"])[1]
    bearer = {"Authorization": f"Bearer {token}"}
    assert first.client.get("/api/days", headers=bearer).status_code == 200
    assert second.client.get("/api/days", headers=bearer).status_code == 421
    assert first.client.post("/sign-out", headers=OURS).status_code == 303
    assert second.client.get("/api/days").status_code == 401, "it ended in both at once"
    assert len(second.others) == opened, "no home was made for her where she does not live"


def test_somebody_who_moves_is_let_in_where_their_home_has_arrived(
    houses: tuple[House, House],
) -> None:
    first, second = houses
    cleo = first.accounts.add("Cleo", ANNA)
    sign_in(first.client, "Cleo", ANNA)
    assert first.client.get("/api/days").status_code == 200
    found = second.accounts.get("Cleo")
    moved = second.accounts.move_here(found)
    assert (moved.house, moved.epoch, moved.home.name) == ("house-2", 1, "cleo")
    with pytest.raises(AccountsChanged):
        second.accounts.move_here(found)  # whoever read the same row is late
    with pytest.raises(AuthRefused, match="already"):
        second.accounts.move_here(moved)
    with pytest.raises(AuthRefused, match="not empty"):  # nor back over what was left behind
        first.accounts.move_here(first.accounts.get("Cleo"))
    assert first.client.get("/api/days").headers["egobutler-house"] == "house-2"
    hand_over(first.client, second.client)
    waiting = second.client.get("/api/days")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "60")
    assert sign_in(second.client, "Cleo", ANNA).status_code == 303
    assert not moved.home.exists(), "an empty home was made in the place of hers"
    moved.home.mkdir(parents=True)
    with (
        closing(sqlite3.connect(cleo.home / HOME_FILE)) as old,
        closing(sqlite3.connect(moved.home / HOME_FILE)) as new,
    ):
        old.backup(new)
    assert second.client.get("/api/days").status_code == 200


def test_where_postgresql_is_away_nobody_is_let_in_until_it_is_back(
    houses: tuple[House, House], postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = houses
    sign_in(first.client, "Anna", ANNA)
    caplog.set_level(logging.CRITICAL)  # as the program has it, unless it is asked for more
    postgres.stop()
    try:
        for house in houses:
            for path in ("/api/days", "/sign-in"):
                reply = house.client.get(path)
                assert (reply.status_code, "accounts" in reply.text) == (503, True), path
                assert str(postgres.place) not in reply.text
        assert first.client.get("/healthz").status_code == 200
        assert f"PostgreSQL at {postgres.place}" in caplog.text
        assert PASSWORD not in caplog.text
    finally:
        postgres.start()
    until = time.monotonic() + 20
    while first.client.get("/api/days").status_code == 503 and time.monotonic() < until:
        time.sleep(0.1)
    assert first.client.get("/api/days").status_code == 200, "still signed in"
    first.accounts.database.rows("SELECT 1 AS one FROM account")
    postgres.stop()  # and back before anybody asks: nobody notices
    postgres.start()
    assert first.client.get("/api/days").status_code == 200
    assert sign_in(second.client, "Ben", BEN).status_code == 303


@pytest.mark.parametrize("kept", ["postgres"], indirect=True)
def test_a_change_that_is_cut_off_is_not_made_and_the_next_one_is(
    kept: Accounts, postgres: PostgresServer
) -> None:
    anna = kept.add("Anna", ANNA)

    def change() -> None:
        with kept.database.change() as db:
            db.execute("UPDATE account SET name = 'Eve'")
            postgres.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'egobutler%'"
            )
            db.execute("UPDATE account SET name = 'Mallory'")

    with pytest.raises(AccountsUnreadable, match="terminating connection"):
        change()
    assert kept.get("Anna") == anna
    kept.set_password(anna, BEN)
    assert kept.check("Anna", BEN) == anna


def test_changes_of_two_houses_come_one_after_the_other(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    url, outcomes = postgres.database(), list[str]()
    start = threading.Barrier(4)

    def add(number: int) -> None:
        mine = accounts(tmp_path / f"home{number}", None, url, f"house-{number}")
        start.wait()
        try:
            mine.add("Anna", ANNA, only_first=True)
            outcomes.append("made")
        except AuthRefused as error:
            outcomes.append(str(error))
        mine.database.close()

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("made") == 1, outcomes
    assert len(outcomes) == 4


def test_grants_hold_in_all_houses_and_end_in_all(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.database()
    first, second = (accounts(tmp_path / h, None, url, h) for h in ("house-1", "house-2"))
    anna, ben = first.add("Anna", ANNA), second.add("Ben", BEN)
    first.grants.give(anna.id, ben.id, ["ask"], 7)
    grant = first.grants.give(anna.id, ben.id, ["ask", "media"], 7)
    assert second.grants.given_to(ben.id) == [grant]
    second.grants.end(anna.id, ben.id)
    assert not first.grants.holds(grant)
    assert not second.get("Anna").here
    with pytest.raises(NotADirectoryError):  # nobody makes an empty home in the place of hers
        second.get("Anna").home.mkdir(parents=True)
    first.database.close()
    second.database.close()


def test_accounts_of_a_home_are_copied_once_with_all_that_is_theirs(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    from app.auth.postgres import PostgresAccounts

    old = accounts(tmp_path / "home")
    anna, ben = old.add("Anna", ANNA), old.add("Ben", BEN)
    old.remove("Ben")
    ben = old.add("Ben", BEN)
    session = old.sessions.begin(anna.id, "Firefox", "10.0.0.1")
    token = old.tokens.make(anna.id, "phone", ["ask"], 30)[1]
    browser = old.sources.remember(anna.id, "", "10.0.0.1")
    grant = old.grants.give(anna.id, ben.id, ["ask"], 7)
    new = accounts(old.root, None, postgres.database())
    assert isinstance(new.database, PostgresAccounts)
    assert isinstance(old.database, AccountsFile)
    assert new.database.take_over(old.database, "house-1") == 2
    found = [replace(one, house="") for one in new.all()]
    assert found == old.all()
    assert new.sessions.find(session) == old.sessions.find(session)
    assert new.tokens.find(token) == old.tokens.find(token)
    assert new.sources.of("anna", browser, "") == old.sources.of("anna", browser, "")
    assert new.grants.between(anna.id, ben.id) == grant
    assert new.check("Anna", ANNA).id == anna.id
    with pytest.raises(AuthRefused, match="already"):
        new.database.take_over(old.database, "house-1")
    assert new.add("Cleo", BEN).id == ben.id + 1
    for made in (old, new):
        made.database.close()


def test_commands_know_houses_and_print_no_password(
    postgres: PostgresServer,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.auth.passwords.PasswordHasher", lambda: CHEAP)
    url, printed = postgres.database(), list[str]()

    def run(status: int, house: str, *words: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{ANNA}\n"))
        assert main([*words, "--home", str(tmp_path / house / "home")]) == status
        printed.append("".join(capfd.readouterr()))
        return printed[-1]

    run(0, "house-1", "users", "add", "Anna")
    run(0, "house-1", "users", "add", "Ben")
    run(0, "house-1", "users", "copy", "--accounts", url, "--house", "house-1")
    assert "has accounts already" in run(
        1, "house-1", "users", "copy", "--accounts", url, "--house", "house-1"
    )
    assert "--house" in run(1, "house-2", "users", "list", "--accounts", url)
    monkeypatch.setenv("EGOBUTLER_ACCOUNTS", url)
    monkeypatch.setenv("EGOBUTLER_HOUSE", "house-2")
    assert run(0, "house-2", "users", "list").count("house house-1") == 2
    monkeypatch.setenv("EGOBUTLER_HOUSE", "House 2")
    assert "a to z" in run(1, "house-2", "users", "list")
    monkeypatch.setenv("EGOBUTLER_HOUSE", "house-2")
    moved = run(0, "house-2", "users", "move", "ben")
    folder = str(tmp_path / "house-2" / "home-homes" / "ben")
    assert f"egobutler restore FILE --home {folder}" in moved
    assert "already" in run(1, "house-2", "users", "move", "ben")
    run(0, "house-2", "tokens", "add", "phone", "--scope", "ask", "--user", "ben")
    assert folder in run(0, "house-2", "users", "list")
    assert "are still in house house-1" in run(0, "house-2", "users", "remove", "anna", "--yes")
    secrets = (PASSWORD, quote(PASSWORD, safe=""), url)
    assert not [secret for secret in secrets if secret in "".join(printed)]


@pytest.mark.parametrize("what", ["password", "database", "newer", "away"])
def test_what_is_wrong_is_said_without_the_password(
    postgres: PostgresServer, tmp_path: Path, what: str
) -> None:
    said = {
        "password": (postgres.url("another secret"), "authentication failed"),
        "database": (postgres.url(database="nowhere"), "nowhere"),
        "newer": (postgres.url(schema="newer"), "Update"),
        "away": (postgres.url().replace("pg-", "none-"), "connection"),
    }
    url, words = said[what]
    if what == "newer":
        postgres.execute("CREATE SCHEMA newer")
        kept = accounts(tmp_path, None, url)
        kept.exist()
        kept.database.close()
        postgres.execute(f"COMMENT ON TABLE newer.account IS '{VERSION + 1}'")
    kept = accounts(tmp_path, None, url)
    for _ in range(2):  # the second is not even tried
        with pytest.raises(AccountsUnreadable, match=words) as caught:
            kept.exist()
        assert "PostgreSQL at" in str(caught.value)
        for secret in (PASSWORD, quote(PASSWORD, safe=""), "another secret"):
            assert secret not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:secret/word@host/db",
        "postgresql://u:12/secret@host/db",
        "postgresql://u:pa@secret@host/db",
        "postgresql://u:secret%zz@host/db",
        "mysql://u:secret@host/db",
        "host=db password=secret",
        "postgresql://",
    ],
)
def test_an_address_that_is_none_is_refused_and_quoted_nowhere(tmp_path: Path, url: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(PersonError, match="postgresql://USER") as caught:
        Accounts.of(Settings(tmp_path, accounts=url, house="house-1"))
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_house_and_database_go_together(tmp_path: Path) -> None:
    for settings in (
        Settings(tmp_path, accounts="postgresql://h/d"),
        Settings(tmp_path, house="house-1"),
    ):
        with pytest.raises(PersonError, match="--house"):
            Accounts.of(settings)
        assert "postgresql" not in repr(settings)
    assert Accounts.of(Settings(tmp_path)).house == ""


def test_without_psycopg_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "app.auth.postgres", None)
    with pytest.raises(PersonError, match=r"pip install 'egobutler\[postgres\]'"):
        Accounts.of(Settings(tmp_path, accounts="postgresql://h/d", house="a"))
