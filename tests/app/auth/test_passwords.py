"""Passwords: which are taken, and what a look at one costs."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2.exceptions import VerifyMismatchError

from app.auth.accounts import Accounts
from app.auth.errors import AuthRefused, WrongPassword
from app.auth.passwords import LEAST, MOST, Passwords
from tests.app.doors import ANNA, CHEAP, Counted, accounts


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaa", "abababababab", "x1y" * 100])
def test_a_password_to_guess_or_without_end_is_refused(kept: Accounts, password: str) -> None:
    with pytest.raises(AuthRefused, match="password"):
        kept.add("Anna", password)
    assert LEAST == 8
    assert MOST == 256


def test_a_password_fits_from_every_keyboard(kept: Accounts) -> None:
    kept.add("Anna", "Cafe\u0301 crème")
    assert kept.check("Anna", "Café crème").name == "Anna"
    for wrong in ("Cafe creme", "", "Café crème ", "x" * 10_000, "\ud800"):
        with pytest.raises(WrongPassword):
            kept.check("Anna", wrong)


def test_a_hash_is_computed_for_names_that_nobody_has_too(tmp_path: Path) -> None:
    counted = Counted()
    kept = Accounts(tmp_path, counted)
    kept.add("Anna", ANNA)
    for name in ("Anna", "nobody", "", "' OR 1=1 --", "\0"):
        with pytest.raises(WrongPassword, match="name or the password"):
            kept.check(name, "a wrong password")
    assert counted.looked == [False] * 5


def test_the_hash_for_unknown_names_costs_what_the_others_cost() -> None:
    passwords = Passwords(CHEAP)
    kept = passwords.hash(ANNA)
    assert not passwords.outdated(passwords._decoy)
    assert passwords._decoy.split("$")[:4] == kept.split("$")[:4]
    assert list(map(len, passwords._decoy.split("$"))) == list(map(len, kept.split("$")))
    with pytest.raises(VerifyMismatchError):  # computed and compared, not turned away
        CHEAP.verify(passwords._decoy, ANNA)
    assert not passwords.matches(None, ANNA)
    assert Passwords().outdated(kept), "the usual price is higher"


def test_a_cheap_hash_is_made_again_when_its_password_is_shown(tmp_path: Path) -> None:
    accounts(tmp_path).add("Anna", ANNA)
    from argon2 import PasswordHasher

    dearer = Accounts(tmp_path, Passwords(PasswordHasher(2, 16, 1)))
    assert dearer.check("Anna", ANNA).name == "Anna"
    assert "m=16,t=2" in dearer.database.rows("SELECT password FROM account")[0]["password"]
    assert dearer.check("Anna", ANNA).name == "Anna"
