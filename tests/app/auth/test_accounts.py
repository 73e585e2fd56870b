"""Accounts: their names, their homes, and the file that they lie in."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.auth import account_names as names
from app.auth.accounts import Accounts
from app.auth.database import FILE_NAME
from app.auth.errors import AccountsUnreadable, AuthRefused
from tests.app.doors import ANNA, BEN, accounts

in_a_file = pytest.mark.parametrize("kept", ["file"], indirect=True)


@in_a_file
def test_where_nobody_was_added_there_is_no_file_and_no_account(kept: Accounts) -> None:
    assert not kept.exist()
    assert kept.all() == []
    assert not (kept.root / FILE_NAME).exists()


def test_first_account_gets_the_home_and_others_their_own_beside_it(kept: Accounts) -> None:
    assert kept.add("Anna", ANNA).home == kept.root
    assert kept.add("Ben", BEN).home == kept.root.parent / "home-homes" / "ben"
    assert kept.add("妈妈", BEN).home == kept.root.parent / "home-homes" / "妈妈"


@in_a_file
def test_homes_are_found_again_where_all_was_moved(kept: Accounts, tmp_path: Path) -> None:
    kept.add("Anna", ANNA)
    kept.add("Ben", BEN)
    kept.database.close()
    (tmp_path / "else").mkdir()
    kept.root.rename(tmp_path / "else" / "home")
    moved = accounts(tmp_path / "else" / "home")
    assert [one.home for one in moved.all()] == [
        tmp_path / "else" / "home",
        tmp_path / "else" / "home-homes" / "ben",
    ]


def test_a_home_whose_name_is_no_utf_8_is_kept(kept: Accounts, tmp_path: Path) -> None:
    for odd in (tmp_path / "elsewhere" / "h\udcf6me", names.homes(kept.root) / "h\udcf6me"):
        assert names.located(names.written(odd, kept.root), kept.root) == odd
    odd = tmp_path / "ann\udce4"
    found = accounts(odd)
    found.add("Anna", ANNA)
    ben = found.add("Ben", BEN)
    assert found.get("Ben").home == ben.home == tmp_path / "ann\udce4-homes" / "ben"


@in_a_file
def test_the_file_is_for_its_owner_alone(kept: Accounts) -> None:
    kept.add("Anna", ANNA)
    assert stat.S_IMODE((kept.root / FILE_NAME).stat().st_mode) == 0o600


@in_a_file
def test_no_secret_lies_in_the_file(kept: Accounts) -> None:
    account = kept.add("Anna", ANNA)
    session = kept.sessions.begin(account.id, "Firefox", "127.0.0.1")
    _, token = kept.tokens.make(account.id, "phone", ["ask"])
    content = (kept.root / FILE_NAME).read_bytes()
    for secret in (ANNA, session, token, token.removeprefix("egb_")):
        assert secret.encode() not in content
    assert b"$argon2id$" in content


@pytest.mark.parametrize("name", ["anna", "ANNA", " Anna ", "Ａｎｎａ"])
def test_a_name_is_taken_however_it_is_written(kept: Accounts, name: str) -> None:
    kept.add("Anna", ANNA)
    with pytest.raises(AuthRefused, match="already"):
        kept.add(name, BEN)
    assert kept.check(name, ANNA).name == "Anna"


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "..", ".hidden", "-x", "a/b", "a\\b", "a\0b", "a b"),
        *("con", "x" * 33, "a\nb", "\ud800"),
    ],
)
def test_a_name_that_is_no_name_is_refused(kept: Accounts, name: str) -> None:
    with pytest.raises(AuthRefused, match="letters"):
        kept.add(name, ANNA)
    assert not kept.exist()


# Letters that lead out, that become others when they are normalised, and that turn text around.
@given(some.text("aB.-_~/\\ \0é妈Ａ．／․‥…ßĳ℀\u202e\ud800:*", max_size=40))
def test_a_name_that_is_taken_stays_in_its_folder(name: str) -> None:
    try:
        shown = names.plain(name)
    except AuthRefused:
        return
    folder = Path("/homes/of")
    home = names.homes(folder) / names.key(shown)
    assert home.parent == names.homes(folder)
    assert names.key(shown) not in (".", "..")
    assert "\0" not in str(home)


def test_the_home_of_somebody_who_left_is_not_given_to_the_next_of_that_name(
    kept: Accounts,
) -> None:
    kept.add("Anna", ANNA)
    home = kept.add("Ben", BEN).home
    home.mkdir(parents=True)
    (home / "memory.sqlite3").touch()
    kept.remove("ben")
    with pytest.raises(AuthRefused, match="--at"):
        kept.add("Ben", BEN)
    assert kept.add("Ben", BEN, at=home).home == home


def test_a_home_inside_another_is_refused_and_one_may_be_shared(
    kept: Accounts, tmp_path: Path
) -> None:
    kept.add("Anna", ANNA)
    for at in (kept.root / "inside", tmp_path):
        with pytest.raises(AuthRefused, match="inside each other"):
            kept.add("Ben", BEN, at=at)
    assert kept.add("Ben", BEN, at=kept.root).home == kept.root


def test_only_the_first_account_can_be_made_from_the_page(kept: Accounts) -> None:
    kept.add("Anna", ANNA, only_first=True)
    with pytest.raises(AuthRefused, match="Sign in"):
        kept.add("Mallory", ANNA, only_first=True)


def test_with_an_account_go_its_sessions_and_tokens(kept: Accounts) -> None:
    anna, ben = kept.add("Anna", ANNA), kept.add("Ben", BEN)
    session = kept.sessions.begin(ben.id, "", "")
    token = kept.tokens.make(ben.id, "phone", ["ask"])[1]
    kept.remove("Ben")
    assert kept.sessions.find(session) is None
    assert kept.tokens.find(token) is None
    assert kept.add("Cid", BEN).id not in (anna.id, ben.id), "numbers are not used again"


@in_a_file
def test_another_process_is_seen_at_once(kept: Accounts) -> None:
    assert not kept.exist()
    other = accounts(kept.root)
    other.add("Anna", ANNA)
    assert kept.exist()
    session = kept.sessions.begin(1, "", "")
    other.sessions.end_all(1)
    assert kept.sessions.find(session) is None
    other.database.close()
    (kept.root / FILE_NAME).unlink()
    assert not kept.exist()


@in_a_file
def test_a_damaged_file_is_an_error_and_not_an_open_door(kept: Accounts) -> None:
    kept.root.mkdir(parents=True)
    (kept.root / FILE_NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(AccountsUnreadable, match=FILE_NAME):
        kept.exist()
