"""Where an account was signed in from before: a browser, a network; it opens nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from app.auth.accounts import Accounts
from app.auth.database import FILE_NAME
from app.auth.known_sources import LASTS, MOST
from tests.app.auth.place import Place
from tests.app.doors import ANNA, BEN, OURS, Clock, sign_in


def test_a_browser_and_a_network_are_known_for_the_account_that_came_from_there(
    kept: Accounts, clock: Clock
) -> None:
    anna, ben = kept.add("Anna", ANNA), kept.add("Ben", BEN)
    assert kept.sources.of("anna", "", "10.0.0.1") == ""
    browser = kept.sources.remember(anna.id, "planted by somebody", "2001:db8::1")
    assert browser != "planted by somebody"
    for shown, address in ((browser, ""), (browser, "10.9.9.9"), ("", "2001:db8::ffff:2")):
        assert kept.sources.of("anna", shown, address), (shown, address)
        assert not kept.sources.of("ben", shown, address)
        assert not kept.sources.of("nobody", shown, address)
    assert not kept.sources.of("anna", "planted by somebody", "10.9.9.9")
    assert kept.sources.of("anna", browser, "2001:db8::1") != kept.sources.of(
        "anna", "", "2001:db8::1"
    ), "who shares the network takes no try from the browser"
    assert kept.sources.remember(ben.id, browser, "10.0.0.1") == browser, "both use it"
    assert kept.sources.of("anna", browser, "") == kept.sources.of("ben", browser, "")
    clock.now += LASTS + 1
    assert not kept.sources.of("anna", browser, "2001:db8::1")


def test_no_more_sources_are_kept_than_they_should_be_and_none_of_who_is_gone(
    kept: Accounts, clock: Clock
) -> None:
    anna = kept.add("Anna", ANNA)
    first = kept.sources.remember(anna.id, "", "10.0.0.1")
    for number in range(MOST):
        clock.now += 1
        kept.sources.remember(anna.id, "", f"10.1.{number}.1")
    (count,) = kept.database.rows("SELECT count(*) AS n FROM source")
    assert count["n"] == MOST
    assert not kept.sources.of("anna", first, "10.0.0.1")
    assert kept.sources.of("anna", "", f"10.1.{MOST - 1}.1")
    kept.remove("Anna")
    (count,) = kept.database.rows("SELECT count(*) AS n FROM source")
    assert count["n"] == 0


@pytest.mark.parametrize("kept", ["file"], indirect=True)
def test_accounts_that_an_earlier_version_wrote_are_taken_over(kept: Accounts) -> None:
    anna = kept.add("Anna", ANNA)
    kept.database.close()
    with sqlite3.connect(kept.root / FILE_NAME) as db:
        db.executescript(
            "DROP TABLE source; ALTER TABLE account DROP COLUMN house;"
            " ALTER TABLE account DROP COLUMN epoch; PRAGMA user_version = 1;"
        )
    db.close()
    assert kept.check("Anna", ANNA) == anna
    assert kept.sources.of("anna", kept.sources.remember(anna.id, "", ""), "")


def crowd(place: Place, size: int = 40) -> list[int]:
    """Wrong passwords for Anna, each from another network: the last of them have to wait."""
    place.client.cookies.clear()
    replies = list[int]()
    for number in range(size):
        place.accounts.sources.remember(2, "", "")  # Ben comes and goes meanwhile
        place.client._transport.client = (f"10.0.{number}.1", 1)  # type: ignore[attr-defined]
        replies.append(sign_in(place.client, "Anna", "a wrong one").status_code)
    return replies


def test_a_crowd_that_guesses_keeps_nobody_out_where_they_came_in_before(place: Place) -> None:
    place.accounts.add("Ben", BEN)
    assert sign_in(place.client, "Anna", ANNA).status_code == 303
    hers = place.client.cookies["eb-browser"]
    place.client.post("/sign-out", headers=OURS)
    assert place.client.cookies["eb-browser"] == hers
    replies = crowd(place)
    assert (replies[0], replies[-1]) == (403, 429)
    transport = place.client._transport
    assert sign_in(place.client, "Anna", ANNA).status_code == 429, "a stranger waits"
    transport.client = ("127.0.0.1", 1)  # type: ignore[attr-defined]
    assert sign_in(place.client, "Anna", ANNA).status_code == 303, "at home"
    transport.client = ("10.0.0.1", 1)  # type: ignore[attr-defined]
    place.client.cookies.clear()
    place.client.cookies.set("eb-browser", hers)
    assert sign_in(place.client, "Anna", ANNA).status_code == 303, "her own browser elsewhere"


def test_the_password_is_changed_while_a_crowd_guesses(
    place: Place, open_place: Callable[..., Place]
) -> None:
    place.accounts.add("Ben", BEN)
    sign_in(place.client, "Anna", ANNA)
    session = dict(place.client.cookies)
    assert crowd(place)[-1] == 429
    place.client.cookies.clear()
    place.client.cookies.update(session)
    new = {"old": ANNA, "new": "another password"}
    assert place.client.post("/api/account/password", json=new, headers=OURS).status_code == 200
