"""Two people behind one server: every route asks who it is, and nobody reaches another's home."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from app.assistant import Assistant
from app.auth import scopes
from app.auth.accounts import Accounts
from app.auth.middleware import PUBLIC
from app.auth.throttle import Buckets
from app.core.settings import Settings
from app.http.security import SAFE_METHODS, is_shut
from app.models.shared_models import SharedModels
from app.server.server import create_app, create_server
from memory.store.store import Store
from tests.app.doors import ANNA, BEN, OURS, Raw, accounts, filled, raw, routes, visiting
from tests.app.homes import MORNING, Line, remember
from tests.memory.crowds import Met, meet

SECRET = "the canary of Anna"
OUTSIDE = b"a file outside of every home"
HELD = ("/api/", "/media", "/thumbnails")  # what homes hold is asked for there
OUTWARD = (
    *("..", "../secret.jpg", "../../secret.jpg", "%2e%2e/secret.jpg", "..%2fsecret.jpg"),
    *("%2e%2e%2f%2e%2e%2fsecret.jpg", "..\\..\\secret.jpg", "%5c..%5csecret.jpg"),
    *("/etc/passwd", "//etc/passwd", "C:\\secret.jpg", "\\\\server\\share\\x.jpg"),
    *("secret.jpg\0.jpg", "\0", "secret.jpg%00.jpg", "accounts.sqlite3", "../accounts.sqlite3"),
)


@dataclass(frozen=True)
class House:
    """The server, what runs it, and what Anna's home holds."""

    server: ASGIApp
    app: FastAPI
    accounts: Accounts
    anna: Assistant
    portal: BlockingPortal
    ids: dict[str, str]

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Raw:
        """What comes back to exactly this request."""
        return raw(self.portal, self.server, method, path, headers, body)


class Noted(Assistant):
    """An assistant that notes which models it was handed."""

    handed: ClassVar[list[SharedModels | None]] = []

    def __init__(self, settings: Settings, models: SharedModels | None = None) -> None:
        self.handed.append(models)
        super().__init__(settings, models)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Anna, whose home holds a recording and a person, and Ben, who has a home with nothing."""
    place = tmp_path_factory.mktemp("house")
    (place / "secret.jpg").write_bytes(OUTSIDE)
    file = place / "film.mp4"
    file.write_bytes(SECRET.encode() * 100)
    anna = Noted.open(Settings(place / "home", weights=place / "no-weights"))
    found = remember(anna.store, "canary", MORNING, [Line(SECRET, SECRET)], file)
    clip = anna.store.recordings.clips(found.id)[0]
    meet(anna.store, clip, Met(0))
    anna.store.people.assign([clip.id])
    picture = next((anna.store.media.thumbnails / found.id).glob("*.jpg")).name
    kept = accounts(anna.home)
    kept.add("Anna", ANNA)
    kept.add("Ben", BEN)
    server = create_server(anna, accounts=kept, buckets=Buckets(1000, 1000))  # every route is tried
    app = create_app(anna)  # hers behind the server, too: its pages take seconds to build
    ids = {
        "recording_id": found.id,
        "second": "1",
        "name": picture,
        "day": "2026-03-03",
        "clip_id": clip.id,
        "person_id": anna.store.people.all(0)[0].id,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "app.server.server.create_app",
            lambda tenant, *more: app if tenant is anna else create_app(tenant, *more),
        )
        with TestClient(server, base_url="http://127.0.0.1:7860") as running:
            assert running.portal is not None
            yield House(server, app, kept, anna, running.portal, ids)
    anna.close()
    kept.database.close()


@pytest.fixture(scope="module")
def anna(house: House) -> Iterator[TestClient]:
    with visiting(house.server, "Anna", ANNA, house.portal) as client:
        yield client


@pytest.fixture(scope="module")
def ben(house: House) -> Iterator[TestClient]:
    with visiting(house.server, "Ben", BEN, house.portal) as client:
        yield client


def cookie(client: TestClient) -> dict[str, str]:
    """What its browser would send."""
    return {"Cookie": f"eb-session={client.cookies['eb-session']}", **OURS}


def test_fault_38_every_route_refuses_whoever_has_not_signed_in(house: House) -> None:
    tried = sorted(set(routes(house.app.routes)))
    assert {"/api/ask", "/media/{recording_id}", "/ui/x"} <= {path for _, path in tried}
    assert any(path.startswith("/gradio_api/heartbeat/") for _, path in tried)
    for method, path in tried:
        address = filled(path, house.ids)
        reply = house.ask(method, address, OURS)
        if address in PUBLIC:
            continue
        shut = reply.status == 404 and b"There is nothing here." in reply.body
        assert shut or reply.status == 401, (method, path, reply.status)
        assert SECRET.encode() not in reply.body
    assert len(tried) > 60


def test_what_is_open_to_everybody_is_these_few(house: House) -> None:
    for path in PUBLIC:
        reply = house.ask("GET", path)
        assert reply.status in (200, 303), path
        assert SECRET.encode() not in reply.body
    doors, looks = ("/sign-in", "/sign-out"), ("/sign-in.css", "/logo.svg", "/favicon.ico")
    icons = ("/icon-192.png", "/icon-512.png", "/icon-maskable.png")  # as the app is installed
    assert {*doors, *looks, *icons, "/manifest.json", "/healthz"} == set(PUBLIC)
    assert house.ask("GET", "/healthz").body == b'{"ok":true}'


def test_every_route_of_ours_has_a_rule_for_tokens(house: House) -> None:
    """A new route: add it to app/auth/scopes.py, if only as PERSON."""
    ours = {one for one in routes(house.app.routes) if one[1].startswith((*HELD, "/mcp"))}
    assert [one for one in sorted(ours) if scopes.needed(*one) is None] == []
    assert len(ours) > 20


def test_forged_ended_and_foreign_credentials_open_nothing(house: House) -> None:
    with visiting(house.server, "Anna", ANNA, house.portal) as client:
        known = client.cookies["eb-session"]
        assert client.get("/api/days").json() == ["2026-03-03"]
        wrong = {"Authorization": "Bearer egb_wrong"}
        assert client.get("/api/days", headers=wrong).status_code == 401, "nor with a session"
        assert client.post("/sign-out", headers=OURS).status_code == 303
    token, secret = house.accounts.tokens.make(1, "gone", ["ask", "timeline"])
    house.accounts.tokens.remove(1, token.id)
    house.accounts.sessions.begin(1, "", "")
    stored = house.accounts.database.rows("SELECT hash, id FROM session")[0]
    forged = (known[:-1], "", "x" * 5000, stored["id"], stored["hash"].hex(), "' OR 1=1--")
    for shown in (known, *forged):
        reply = house.ask("GET", "/api/days", {"Cookie": f"eb-session={shown}"})
        assert reply.status == 401, shown
    for shown in (secret, "egb_", "", token.id, "x y", known):
        reply = house.ask("GET", "/api/days", {"Authorization": f"Bearer {shown}"})
        assert reply.status == 401, shown
        assert "Bearer" in reply.headers["www-authenticate"]
    other = {"Cookie": f"__Host-eb-session={known}"}
    assert house.ask("GET", "/api/days", other).status == 401


def test_only_whoever_runs_the_computer_has_webhooks_in_its_network(
    anna: TestClient, ben: TestClient
) -> None:
    for client, status in ((anna, 200), (ben, 422)):
        for address in ("http://127.0.0.1:9/", "http://192.168.1.7/"):
            reply = client.post("/api/hooks/where", json={"url": address}, headers=OURS)
            assert reply.status_code == status, reply.text
    assert "whoever runs this computer" in reply.json()["detail"]


def test_fault_38_nothing_of_one_owner_is_found_through_the_session_of_another(
    house: House, anna: TestClient, ben: TestClient
) -> None:
    """Every route with a parameter, and every list, asked with Anna's ids by Ben."""
    owns, found = cookie(anna), 0
    for method, path in sorted(set(routes(house.app.routes))):
        if not path.startswith(HELD) or path.startswith("/api/account"):
            continue
        address = filled(path, house.ids)
        if method in SAFE_METHODS:
            mine = house.ask(method, address, owns)
            picture = mine.headers.get("content-type") == "image/jpeg"
            found += picture or SECRET.encode() in mine.body
        reply = house.ask(method, address, cookie(ben), b"{}")
        assert SECRET.encode() not in reply.body, (method, path)
        if re.search(r"{(recording_id|clip_id|person_id|name)", path):
            assert reply.status in (404, 405, 422), (method, path, reply.status)
        if method in ("GET", "HEAD") and "{recording_id}" in path:
            assert reply.status == 404, (method, path)
    assert found >= 4, "Anna herself finds it"
    assert ben.get("/api/library").json()["entries"] == []
    asked = {"question": SECRET, "at": MORNING + 3600}
    assert SECRET in anna.post("/api/ask", json=asked, headers=OURS).text
    assert ben.post("/api/ask", json=asked, headers=OURS).json()["citations"] == []


def test_who_does_not_run_the_server_names_none_of_its_folders(
    house: House, ben: TestClient, anna: TestClient
) -> None:
    """A watched folder of another's home would bring their recordings into one's own."""
    uploads = {"path": str(house.anna.store.media.uploads)}
    weights = {"name": "captioner", "value": f"egogpt:{house.anna.home}"}
    for path, body in (("/api/library/folders", uploads), ("/api/settings", weights)):
        assert ben.post(path, json=body, headers=OURS).status_code == 403, path
        assert anna.post(path, json=body, headers=OURS).status_code == 422, path
    assert ben.get("/api/library/folders").json() == {"folders": []}


def test_sessions_and_tokens_of_one_are_neither_seen_nor_ended_by_another(
    house: House, anna: TestClient, ben: TestClient
) -> None:
    asked = {"name": "phone", "scopes": ["ask"]}
    made = anna.post("/api/account/tokens", json=asked, headers=OURS).json()
    session = next(one for one in anna.get("/api/account/sessions").json() if one["current"])
    assert made["id"] not in ben.get("/api/account/tokens").text
    assert session["id"] not in ben.get("/api/account/sessions").text
    assert ben.delete(f"/api/account/sessions/{session['id']}", headers=OURS).status_code == 404
    assert ben.delete(f"/api/account/tokens/{made['id']}", headers=OURS).status_code == 404
    assert ben.delete("/api/account/tokens/phone", headers=OURS).status_code == 404
    assert anna.get("/api/account").json()["account"] == "Anna"
    assert [one["name"] for one in anna.get("/api/account/tokens").json()] == ["phone"]
    assert made["secret"] not in anna.get("/api/account/tokens").text
    assert anna.delete(f"/api/account/tokens/{made['id']}", headers=OURS).status_code == 204


def test_fault_33_no_parameter_of_any_route_leads_out(house: House, anna: TestClient) -> None:
    tried = 0
    for method, path in sorted(set(routes(house.app.routes))):
        names = re.findall(r"{(\w+)(?::\w+)?}", path)
        if not names or is_shut(method, filled(path, house.ids)):
            continue
        for hole in names:
            for word in OUTWARD:
                address = filled(path, {**house.ids, hole: word})
                reply = house.ask(method, address, cookie(anna), b"x")
                assert reply.status < 500, (method, path, word)
                assert reply.status != 401, "it came through to the app"
                for secret in (OUTSIDE, b"root:", b"SQLite format", bytes(house.anna.home)):
                    assert secret not in reply.body, (method, path, word)
                tried += 1
    assert tried > 200


def test_folders_are_not_listed_and_nothing_of_somebody_is_kept_by_the_browser(
    house: House, anna: TestClient
) -> None:
    for path in ("/", "/api/days"):
        assert anna.get(path).headers["cache-control"] == "no-store", path
    pictures = f"/thumbnails/{house.ids['recording_id']}"
    for path in ("/ui/", "/ui", "/media/", "/thumbnails/", pictures):
        reply = anna.get(path)
        assert reply.status_code in (404, 405, 307) or "eb-brand" in reply.text, path
        assert house.ids["name"] not in reply.text


def test_fault_39_byte_ranges_take_the_same_rights(
    house: House, anna: TestClient, ben: TestClient
) -> None:
    path, some = f"/media/{house.ids['recording_id']}", {"Range": "bytes=0-17"}
    part = anna.get(path, headers=some)
    assert (part.status_code, part.content) == (206, SECRET.encode())
    assert anna.get(path, headers={"Range": "bytes=-500"}).status_code == 206
    assert anna.get(path, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert ben.get(path, headers=some).status_code == 404
    assert house.ask("GET", path, some).status == 401


def token(house: House, *held: str) -> dict[str, str]:
    """The header of a fresh token of Anna's."""
    name = f"{'-'.join(held)}-{len(house.accounts.tokens.of(1))}"
    return {"Authorization": f"Bearer {house.accounts.tokens.make(1, name, held)[1]}"}


def test_tokens_do_what_their_scopes_say_and_nothing_else(house: House) -> None:
    question = json.dumps({"question": "what was said?", "at": MORNING + 3600}).encode()
    media, upload = f"/media/{house.ids['recording_id']}", "/api/uploads"
    kind = {"Content-Type": "application/json"}
    tries = {
        "ask": ("POST", "/api/ask", question),
        "timeline": ("GET", "/api/days", b""),
        "media": ("GET", media, b""),
        "write": ("GET", upload, b""),
    }
    for held in tries:
        mine = token(house, held)
        for scope, (method, path, body) in tries.items():
            reply = house.ask(method, path, {**mine, **kind}, body)
            assert reply.status == (200 if scope == held else 403), (held, scope)
            if scope != held:
                assert scope in json.loads(reply.body)["detail"]
    everything = token(house, "admin")
    for method, path, body in tries.values():
        assert house.ask(method, path, {**everything, **kind}, body).status == 200
    for shut in (
        *("GET /", "GET /ui/dom.js", "POST /api/account", "GET /gradio_api/file=/etc/passwd"),
        *("GET /api/account/tokens", "POST /api/account/tokens", "GET /api/account/sessions"),
        *("DELETE /api/account/tokens/x", "POST /api/account/password"),
    ):
        assert house.ask(*shut.split(), {**everything, **kind}, b"{}").status == 403, shut
    told = json.loads(house.ask("GET", "/api/account", everything).body)
    assert (told["scopes"], told["who"][:20]) == (["admin"], "Anna by token admin-")


def test_an_unsafe_request_of_a_session_says_which_page_sent_it(
    house: House, anna: TestClient
) -> None:
    bare = {"Cookie": cookie(anna)["Cookie"]}
    for headers, status in (
        (bare, 403),
        ({**bare, "Origin": "http://evil.example"}, 403),
        ({**bare, "Origin": "null"}, 403),
        ({**bare, "Sec-Fetch-Site": "same-site"}, 403),
        ({**bare, "Origin": "http://127.0.0.1:7860"}, 200),
        ({**bare, **OURS}, 200),
    ):
        reply = house.ask("POST", "/api/queue/resume", headers)
        assert reply.status == status, headers
        if status == 403:
            assert house.ask("POST", "/sign-out", headers).status == 403, headers
    assert anna.get("/api/account").status_code == 200


def test_who_did_it_stands_in_the_log(house: House, anna: TestClient) -> None:
    anna.post("/api/account/tokens", json={"name": "logged", "scopes": ["ask"]}, headers=OURS)
    newest = house.anna.store.audit.newest()[0]
    assert (newest.who, newest.what, newest.detail) == ("Anna", "token-made", "logged")
    name = json.dumps({"person": house.ids["person_id"], "name": "Cleo"}).encode()
    mine = token(house, "write") | {"Content-Type": "application/json"}
    assert house.ask("POST", "/api/people/name", mine, name).status == 200
    assert house.anna.store.audit.newest()[0].who.startswith("Anna by token write")


def test_whoever_runs_the_computer_lets_others_in_and_out(
    house: House, anna: TestClient, ben: TestClient
) -> None:
    others = "/api/account/others"

    def ask(client: TestClient, path: str, **body: str) -> tuple[int, dict[str, Any]]:
        reply = client.post(path, json=body, headers=OURS)
        return reply.status_code, reply.json()

    in_charge = [one.get("/api/account").json()["in_charge"] for one in (anna, ben)]
    assert (in_charge, ben.get(others).status_code) == ([True, False], 403)
    assert ask(ben, others, name="Eve", password=BEN)[0] == 403
    assert ask(anna, others, name="Cleo", password="not hers")[0] == 403
    assert ask(anna, others, name="a/b", password=ANNA)[0] == 422
    assert {one["name"] for one in anna.get(others).json()} == {"Anna", "Ben"}
    status, cleo = ask(anna, others, name="Cleo", password=ANNA)
    assert (status, cleo["changeable"]) == (201, True)
    assert cleo["password"] not in anna.get(others).text
    with visiting(house.server, "cleo", cleo["password"]) as client:
        assert client.get("/api/days").json() == []
        status, told = ask(anna, f"{others}/{cleo['id']}/password", password=ANNA)
        assert (status, told["signed_out"]) == (200, 1)
        assert client.get("/api/days").status_code == 401
    with visiting(house.server, "Cleo", told["password"]) as client:
        assert ask(anna, f"{others}/{cleo['id']}/remove", password=BEN)[0] == 403
        assert ask(anna, f"{others}/{cleo['id']}/remove", password=ANNA)[0] == 200
        assert client.get("/api/days").status_code == 401
    assert (Path(told["home"]) / "memory.sqlite3").exists(), "the recordings stay"
    assert ask(anna, f"{others}/{cleo['id']}/remove", password=ANNA)[0] == 404
    assert ask(anna, f"{others}/{house.accounts.get('Anna').id}/remove", password=ANNA)[0] == 409
    assert ask(anna, others, name="Cleo", password=ANNA)[0] == 422, "somebody's library is there"
    deeds = [(one.what, one.detail) for one in house.anna.store.audit.newest()]
    for deed in ("account-made", "password-reset", "account-removed"):
        assert (deed, "Cleo") in deeds


def test_a_home_is_opened_where_its_account_says_with_the_models_of_the_first(
    house: House, ben: TestClient
) -> None:
    ben.get("/api/days")
    assert Noted.handed[0] is None
    assert set(Noted.handed[1:]) == {house.anna.brains.shared}
    home = house.accounts.get("Ben").home
    assert home == house.anna.home.parent / "home-homes" / "ben"
    store, until = Store.open(home), time.monotonic() + 30
    while not store.audit.newest() and time.monotonic() < until:  # it is entered behind the answer
        time.sleep(0.02)
    assert [deed.what for deed in store.audit.newest()][-1] == "sign-in"
    store.close()
