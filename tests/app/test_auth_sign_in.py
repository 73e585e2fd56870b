"""Signing in and out as a browser does it, over the real routes of two homes without the pages."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.auth.file import FILE_NAME
from app.auth.front import BURST, RATE, Front
from app.auth.owners import Owners
from app.auth.proxy import Proxied
from app.auth.sign_in import LONGEST_FORM, onward
from app.auth.throttle import Buckets, Guesses
from app.language import Speaking
from app.routes.all import routers
from app.server.security import Door, Guard
from tests.app.doors import ADDRESS, ANNA, OURS, Clock, accounts, sign_in

Serve = Callable[..., TestClient]


@dataclass
class Place:
    """A home with its accounts, and a browser at its server."""

    assistant: Assistant
    accounts: Accounts
    clock: Clock
    client: TestClient

    def deeds(self) -> list[tuple[str, str, str]]:
        """The log, newest first."""
        return [(one.who, one.what, one.detail) for one in self.assistant.store.audit.newest()]


def server(
    assistant: Assistant, kept: Accounts, door: Door, others: list[Assistant] | None = None
) -> ASGIApp:
    """The server as it is built, but for the pages, which take a second to build.

    Homes that it opens are noted in ``others``.
    """

    def make(one: Assistant) -> FastAPI:
        app = FastAPI()
        for router in routers(one):
            app.include_router(router)
        return app

    def opened(home: Path) -> Assistant:
        found = Assistant(replace(assistant.settings, home=home))
        if others is not None:
            others.append(found)
        return found

    # However slow this machine is, no time goes by between two requests.
    kept.guesses, buckets = Guesses(Clock(0.0)), Buckets(RATE, BURST, Clock(0.0))
    front = Front(kept, Owners(assistant, make, opened), door, buckets)
    return Proxied(Guard(Speaking(front), door), door)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("sign-in")
    opened = Assistant.open(place / "home", weights=place / "none")
    yield opened
    opened.close()


@pytest.fixture
def open_place(assistant: Assistant) -> Iterator[Callable[..., Place]]:
    """Makes a place with no account, at a door of one's choice."""
    running = list[TestClient]()

    def build(door: Door | None = None, address: str = ADDRESS) -> Place:
        clock = Clock()
        kept = accounts(assistant.home, clock)
        app = server(assistant, kept, door or Door())
        client = TestClient(app, base_url=address, follow_redirects=False, client=("127.0.0.1", 1))
        client.__enter__()
        running.append(client)
        return Place(assistant, kept, clock, client)

    yield build
    for client in running:
        client.__exit__(None, None, None)
    (assistant.home / FILE_NAME).unlink(missing_ok=True)


@pytest.fixture
def place(open_place: Callable[..., Place]) -> Place:
    """A place where Anna has an account."""
    made = open_place()
    made.accounts.add("Anna", ANNA)
    return made


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
    "door", [Door(wide=True), Door.choose("127.0.0.1", True, "https://b.example")]
)
def test_an_open_door_without_accounts_lets_nobody_in(
    open_place: Callable[..., Place], door: Door
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
    door = Door.choose("127.0.0.1", True, "https://butler.example")
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


def test_pages_speak_the_language_of_the_browser_and_run_nothing(place: Place) -> None:
    hostile = '"><script>alert(1)</script>${x}'
    page = sign_in(place.client, hostile, "x", **{"Accept-Language": "zh-CN"})
    assert "名字或密码不正确。" in page.text
    assert '<html lang="zh">' in page.text
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert page.headers["referrer-policy"] == "same-origin", "or forms come from nowhere"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"


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


def test_a_form_that_no_page_of_ours_sent_is_refused(place: Place) -> None:
    fields = {"name": "Anna", "password": ANNA, "next": "/"}
    assert place.client.post("/sign-in", data=fields, headers=OURS).status_code == 403
    place.client.get("/sign-in")
    wrong = {**fields, "form": "guessed"}
    assert place.client.post("/sign-in", data=wrong, headers=OURS).status_code == 403
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert place.client.post("/sign-in", data=fields, headers=headers).status_code == 403
    assert "eb-session" not in place.client.cookies


@pytest.mark.parametrize("body", [b"x" * (LONGEST_FORM + 1), b"a=1&" * 1000, b"\xff\0%00%ff", b""])
def test_a_form_of_nonsense_is_no_error_of_the_server(place: Place, body: bytes) -> None:
    reply = place.client.post("/sign-in", content=body, headers=OURS)
    assert reply.status_code in (403, 413)


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "",
     "/\t/evil.example", "/x\r\nSet-Cookie: a=b", "/sign-out", "x" * 3000, "/" + "y" * 3000],
)  # fmt: skip
def test_signing_in_leads_to_no_other_site(wanted: str) -> None:
    assert onward(wanted) == "/"


def test_signing_out_ends_the_session_and_empties_what_the_browser_kept(place: Place) -> None:
    sign_in(place.client, "Anna", ANNA)
    stolen = place.client.cookies["eb-session"]
    page = place.client.get("/sign-out")
    assert "You are signed in as Anna." in page.text
    assert place.client.get("/api/days").status_code == 200, "asking is not leaving"
    reply = place.client.post("/sign-out", headers=OURS)
    assert reply.headers["clear-site-data"] == '"cache", "storage"'
    assert "eb-session" not in place.client.cookies
    again = {"Cookie": f"eb-session={stolen}"}
    assert place.client.get("/api/days", headers=again).status_code == 401
    assert place.client.get("/sign-out").headers["location"] == "/sign-in"


def test_signing_in_gives_a_new_session_and_ends_a_planted_one(place: Place) -> None:
    sign_in(place.client, "Anna", ANNA)
    before = place.client.cookies["eb-session"]
    sign_in(place.client, "Anna", ANNA)
    assert place.client.cookies["eb-session"] != before
    assert len(place.accounts.sessions.of(1)) == 1


def test_an_ended_session_asks_again(place: Place) -> None:
    sign_in(place.client, "Anna", ANNA)
    place.clock.now += 15 * 86_400
    reply = place.client.get("/api/days")
    assert (reply.status_code, reply.json()["sign_in"]) == (401, "/sign-in")


def test_a_link_on_another_site_does_not_ask_somebody_who_is_signed_in(place: Place) -> None:
    """The browser keeps a strict cookie back then; from our own page it shows it."""
    there = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    reply = place.client.get("/day/2026-03-16", headers=there)
    assert (reply.status_code, reply.headers["refresh"]) == (200, "0")
    here = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    assert place.client.get("/day/2026-03-16", headers=here).status_code == 303


def test_a_new_password_ends_all_other_sessions(place: Place) -> None:
    other = place.accounts.sessions.begin(1, "Firefox, Linux", "10.0.0.1")
    sign_in(place.client, "Anna", ANNA)
    wrong = {"old": "a wrong one", "new": "another password"}
    short = {"old": ANNA, "new": "short"}
    right = {"old": ANNA, "new": "another password"}
    path = "/api/account/password"
    assert place.client.post(path, json=wrong, headers=OURS).status_code == 403
    assert place.client.post(path, json=short, headers=OURS).status_code == 422
    reply = place.client.post(path, json=right, headers=OURS)
    assert reply.json() == {"signed_out": 1}
    assert place.accounts.sessions.find(other) is None
    assert place.client.get("/api/account").json()["signed_in"] is True
    for _ in range(6):
        last = place.client.post(path, json=wrong, headers=OURS)
    assert last.status_code == 429
    assert "retry-after" in last.headers


def test_other_browsers_are_listed_and_signed_out_one_by_one_or_all(place: Place) -> None:
    for device in ("Firefox, Linux", "Safari, iPhone"):
        place.accounts.sessions.begin(1, device, "10.0.0.1")
    sign_in(place.client, "Anna", ANNA, **{"User-Agent": "Firefox Windows"})
    found = place.client.get("/api/account/sessions").json()
    assert {one["device"] for one in found} == {
        "Firefox, Linux",
        "Safari, iPhone",
        "Firefox, Windows",
    }
    assert [one["device"] for one in found if one["current"]] == ["Firefox, Windows"]
    phone = next(one["id"] for one in found if one["device"] == "Safari, iPhone")
    path = f"/api/account/sessions/{phone}"
    assert place.client.delete(path, headers=OURS).status_code == 204
    assert place.client.delete(path, headers=OURS).status_code == 404
    leave = "/api/account/sign-out-everywhere"
    kept = place.client.post(leave, json={"keep_this": True}, headers=OURS)
    assert kept.json() == {"signed_out": 1}
    assert place.client.get("/api/days").status_code == 200
    assert place.client.post(leave, json={}, headers=OURS).json() == {"signed_out": 1}
    assert place.client.get("/api/days").status_code == 401


def test_tokens_work_where_nobody_has_an_account_too(open_place: Callable[..., Place]) -> None:
    place = open_place()
    wanted = {"name": "watch", "scopes": ["timeline"], "days": 30}
    made = place.client.post("/api/account/tokens", json=wanted)
    assert made.status_code == 201
    mine = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert place.client.get("/api/days", headers=mine).status_code == 200
    refused = place.client.post("/api/queue/retry", headers=mine)
    assert refused.status_code == 403
    assert "write" in refused.json()["detail"]
    assert place.client.get("/api/account", headers=mine).json()["who"] == "owner by token watch"
    bad = place.client.post("/api/account/tokens", json={"name": "x", "scopes": ["all"]})
    assert bad.status_code == 422
    place.clock.now += 31 * 86_400
    assert place.client.get("/api/days", headers=mine).status_code == 401
    assert place.client.get("/api/days").status_code == 200, "the owner is asked nothing"


def test_a_flood_from_one_session_is_told_to_wait_and_harms_no_other(place: Place) -> None:
    sign_in(place.client, "Anna", ANNA)
    replies = [place.client.get("/api/account") for _ in range(int(BURST) + 1)]
    assert [reply.status_code for reply in replies[:-1]] == [200] * int(BURST)
    slow = replies[-1]
    assert slow.status_code == 429
    assert int(slow.headers["retry-after"]) >= 1
    assert "Wait" in slow.json()["detail"]
    for kind in ({"Sec-Fetch-Dest": "image"}, {"Sec-Fetch-Dest": "video"}):
        assert place.client.get("/api/account", headers=kind).status_code == 200
    assert place.client.get("/thumbnails/x/y.jpg").status_code == 404
    sign_in(place.client, "Anna", ANNA)
    assert place.client.get("/api/account").status_code == 200


def test_accounts_that_cannot_be_read_let_nobody_in(place: Place) -> None:
    sign_in(place.client, "Anna", ANNA)
    place.accounts.file.path.write_bytes(b"no database at all" * 1000)
    place.accounts.file.close()
    reply = place.client.get("/api/days")
    assert reply.status_code == 503
    assert "accounts" in reply.json()["detail"]
    assert FILE_NAME not in reply.text
    assert place.client.get("/sign-in").status_code == 503


def test_forms_name_their_fields_for_password_managers(place: Place) -> None:
    page = place.client.get("/sign-in").text
    for name, kind in (("name", "username"), ("password", "current-password")):
        assert re.search(rf'<label for="{name}">', page)
        assert re.search(rf'id="{name}"[^>]*autocomplete="{kind}"', page)


def test_homes_open_when_their_owners_come_and_close_with_the_server(
    assistant: Assistant, tmp_path: Path
) -> None:
    kept, others = accounts(assistant.home), list[Assistant]()
    kept.add("Anna", ANNA)
    kept.add("Ben", ANNA, at=tmp_path / "ben")
    app = server(assistant, kept, Door(), others)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as client:
        sign_in(client, "Anna", ANNA)
        assert client.get("/api/days").status_code == 200
        assert others == []
        sign_in(client, "Ben", ANNA)
        assert [client.get("/api/days").status_code for _ in range(3)] == [200] * 3
        assert [one.home for one in others] == [tmp_path / "ben"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        others[0].store.recordings()
    assert assistant.store.recordings() == [], "it is closed by whoever opened it"
    kept.file.path.unlink()


def test_a_home_that_cannot_be_opened_is_told_in_a_sentence(
    assistant: Assistant, tmp_path: Path
) -> None:
    kept = accounts(assistant.home)
    kept.add("Anna", ANNA)
    kept.add("Ben", ANNA, at=tmp_path / "ben")
    (tmp_path / "ben").write_text("a file where a folder should be")
    with TestClient(server(assistant, kept, Door()), base_url=ADDRESS) as client:
        sign_in(client, "Ben", ANNA)
        reply = client.get("/api/days")
        assert reply.status_code == 503
        assert "Make it a folder" in reply.json()["detail"]
        sign_in(client, "Anna", ANNA)
        assert client.get("/api/days").status_code == 200
    kept.file.path.unlink()
