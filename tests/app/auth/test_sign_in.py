"""Signing in as a browser does it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.auth.database import FILE_NAME
from app.http.security import ListenConfig
from tests.app.auth.place import Place
from tests.app.doors import ANNA, LINK, OURS, sign_in


def test_where_nobody_has_an_account_the_owner_is_asked_nothing(
    open_place: Callable[..., Place],
) -> None:
    web = open_place().client
    assert web.get("/api/days").status_code == 200
    told = web.get("/api/account").json()
    assert (told["who"], told["signed_in"], told["accounts_exist"]) == ("owner", False, False)
    assert web.get("/sign-in").headers["location"] == "/"
    assert web.get("/api/account/sessions").json() == []
    assert web.post("/api/account/sign-out-everywhere", json={}).status_code == 409


@pytest.mark.parametrize(
    "door", [ListenConfig(wide=True), ListenConfig.choose("127.0.0.1", True, "https://b.example")]
)
def test_an_open_door_without_accounts_lets_nobody_in(
    open_place: Callable[..., Place], door: ListenConfig
) -> None:
    """As when the last account is removed while the server runs."""
    web = open_place(door).client
    reply = web.get("/api/days")
    assert reply.status_code == 401
    assert "egobutler users add" in reply.json()["detail"]
    assert web.post("/api/account", json={"name": "M", "password": ANNA}).status_code == 401


def test_the_first_account_is_made_in_the_page_and_is_signed_in(
    open_place: Callable[..., Place],
) -> None:
    place = open_place()
    web = place.client
    assert web.post("/api/account", json={"name": "a/b", "password": ANNA}).status_code == 422
    assert web.post("/api/account", json={"name": "Anna", "password": "short"}).status_code == 422
    assert not place.accounts.exist()
    assert web.post("/api/account", json={"name": "Anna", "password": ANNA}).status_code == 201
    assert web.get("/api/account").json()["account"] == "Anna"
    assert place.deeds()[0][:2] == ("Anna", "account-made")
    again = {"name": "Ben", "password": ANNA}
    assert web.post("/api/account", json=again, headers=OURS).status_code == 409
    web.cookies.clear()
    assert web.get("/api/days").status_code == 401


def test_a_right_password_leads_where_one_wanted_to_go(place: Place) -> None:
    wanted = "/day/2026-03-16?t=18:42"
    first = place.client.get(wanted, headers={"Accept": "text/html"})
    assert first.status_code == 303
    page = place.client.get(first.headers["location"])
    assert 'value="/day/2026-03-16?t=18:42"' in page.text
    reply = sign_in(place.client, "anna", ANNA, wanted)
    assert (reply.status_code, reply.headers["location"]) == (303, wanted)
    cookie = next(c for c in reply.headers.get_list("set-cookie") if c.startswith("eb-session="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert "Secure" not in cookie, "http on this computer"
    assert place.client.get("/api/account").json()["signed_in"] is True


def test_over_https_the_cookies_are_kept_to_https_and_to_this_host(
    open_place: Callable[..., Place],
) -> None:
    door = ListenConfig.choose("127.0.0.1", True, "https://butler.example")
    place = open_place(door, "https://butler.example")
    place.accounts.add("Anna", ANNA)
    page = place.client.get("/sign-in")
    assert page.headers["strict-transport-security"]
    reply = sign_in(place.client, "Anna", ANNA)
    cookies = [
        c for c in reply.headers.get_list("set-cookie") if c.startswith("__Host-eb-session=")
    ]
    assert len(cookies) == 1
    assert "Secure" in cookies[0]
    assert place.client.get("/api/days").status_code == 200
    planted = {"Cookie": cookies[0].split(";")[0].removeprefix("__Host-")}
    place.client.cookies.clear()
    assert place.client.get("/api/days", headers=planted).status_code == 401


@pytest.mark.parametrize(
    ("name", "password"), [("Anna", "a wrong one"), ("Nobody", ANNA), ("", "")]
)
def test_a_wrong_name_and_a_wrong_password_are_told_alike(
    place: Place, name: str, password: str
) -> None:
    reply = sign_in(place.client, name, password)
    assert reply.status_code == 403
    assert 'role="alert">The name or the password is not right.</p>' in reply.text
    assert "eb-session" not in place.client.cookies
    assert password not in reply.text or not password


def test_failed_and_done_sign_ins_stand_in_the_log_of_that_home(place: Place) -> None:
    sign_in(place.client, "anna", "a wrong one")
    sign_in(place.client, "nobody", "a wrong one")
    sign_in(place.client, "ANNA", ANNA)
    place.client.post("/sign-out", headers=OURS)
    place.client.__exit__(None, None, None)  # the server's end waits for what is still to enter
    place.client.__enter__()
    assert place.deeds()[:3] == [
        ("Anna", "sign-out", "from 127.0.0.1"),
        ("Anna", "sign-in", "from 127.0.0.1"),
        ("Anna", "sign-in-failed", "from 127.0.0.1"),
    ]


def test_too_many_wrong_passwords_wait_and_are_told_how_long(place: Place) -> None:
    replies = [sign_in(place.client, f"name{n}", "a wrong one") for n in range(8)]
    assert [reply.status_code for reply in replies[:5]] == [403] * 5
    last = replies[-1]
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) >= 1
    assert f"Wait {last.headers['retry-after']} seconds" in last.text
    assert sign_in(place.client, "Anna", ANNA).status_code == 429, "a right one waits as well"


def test_signing_in_gives_a_new_session_and_ends_a_planted_one(place: Place) -> None:
    sign_in(place.client, "Anna", ANNA)
    before = place.client.cookies["eb-session"]
    sign_in(place.client, "Anna", ANNA)
    assert place.client.cookies["eb-session"] != before
    assert len(place.accounts.sessions.of(1)) == 1


def test_a_link_on_another_site_does_not_ask_somebody_who_is_signed_in(place: Place) -> None:
    """The browser keeps a strict cookie back then; from our own page it shows it."""
    there = {**LINK, "Sec-Fetch-Site": "cross-site"}
    reply = place.client.get("/day/2026-03-16", headers=there)
    assert (reply.status_code, reply.headers["refresh"]) == (200, "0")
    here = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    assert place.client.get("/day/2026-03-16", headers=here).status_code == 303


def test_accounts_that_cannot_be_read_let_nobody_in(place: Place) -> None:
    sign_in(place.client, "Anna", ANNA)
    (place.accounts.root / FILE_NAME).write_bytes(b"no database at all" * 1000)
    place.accounts.database.close()
    reply = place.client.get("/api/days")
    assert reply.status_code == 503
    assert "accounts" in reply.json()["detail"]
    assert FILE_NAME not in reply.text
    assert place.client.get("/sign-in").status_code == 503
