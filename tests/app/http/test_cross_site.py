"""Other sites read nothing and change nothing; a link of theirs to a page is followed."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from app.assistant import Assistant
from app.http.cross_site import comes_from_us, follows_a_link, is_data
from app.presentation.i18n import t
from memory.types.core import Recording
from tests.app.doors import LINK, filled, routes

EVIL = "http://evil.example"
CROSS = {"Sec-Fetch-Site": "cross-site"}
FOREIGN = (
    CROSS,
    {"Sec-Fetch-Site": "same-site"},  # another port of this computer
    {**CROSS, **LINK, "Sec-Fetch-Dest": "iframe"},
    {"Origin": EVIL},  # a browser without Sec-Fetch
)


@pytest.fixture(scope="module")
def assistant(day_to_look_at: Assistant) -> Assistant:
    return day_to_look_at


@pytest.fixture(scope="module")
def client(app_to_look_at: TestClient) -> TestClient:
    return app_to_look_at


@pytest.fixture(scope="module")
def every(client: TestClient, breakfast: Recording) -> list[tuple[str, str]]:
    """Method and address of all that the app answers to, with what its home holds filled in."""
    ids = {"recording_id": breakfast.id, "day": "2026-03-16"}
    app = client.app
    found = routes(list(app.routes))  # type: ignore[attr-defined]
    return sorted({(method, filled(path, ids)) for method, path in found})


def test_no_route_answers_other_sites(client: TestClient, every: list[tuple[str, str]]) -> None:
    assert len(every) > 150
    for number, (method, path) in enumerate(every):
        for headers in FOREIGN[number % 2 :: 2]:  # each gets two of them, the next the others
            reply = client.request(method, path, headers=headers, follow_redirects=False)
            assert reply.status_code == 403, (method, path, headers)


def test_what_is_read_is_not_opened_by_a_link_of_another_site(
    client: TestClient, every: list[tuple[str, str]], breakfast: Recording
) -> None:
    mine = {"Sec-Fetch-Site": "none", **LINK}
    pages = {path for method, path in every if method == "GET" and not is_data(path)}
    assert {"/", "/day/2026-03-16"} <= pages
    data = [path for method, path in every if method == "GET" and path not in pages]
    assert {"/api/people", f"/media/{breakfast.id}", "/config"} <= set(data)
    for path in data:
        reply = client.get(path, headers={**CROSS, **LINK})
        assert (reply.status_code, "address line" in reply.text) == (403, True), path
    for path in pages:
        theirs = client.get(path, headers={**CROSS, **LINK}, follow_redirects=False)
        ours = client.get(path, headers=mine, follow_redirects=False)
        assert theirs.status_code == ours.status_code != 403, path


def test_no_answer_lets_another_site_read_it(
    client: TestClient, every: list[tuple[str, str]]
) -> None:
    preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x"}
    paths = sorted({path for _, path in every if not path.startswith("/api/")})
    for number, path in enumerate(paths):
        if path.startswith("/gradio_api/heartbeat/"):
            continue  # a stream without end
        host = ("127.0.0.1:7860", "[::1]:7860")[number % 2]
        for method, origin in (("GET", EVIL), ("OPTIONS", EVIL), ("GET", f"http://{host}")):
            headers = {"Host": host, "Origin": origin, **preflight}
            reply = client.request(method, path, headers=headers, follow_redirects=False)
            assert not [one for one in reply.headers if one.startswith("access-control")], path
            assert (reply.status_code == 403) == (origin == EVIL), path


def test_own_pages_and_programs_are_answered() -> None:
    own = {"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:7860"}
    assert comes_from_us("http", Headers({**own, "sec-fetch-site": "same-origin"}))
    assert comes_from_us("http", Headers({"host": "127.0.0.1:7860"}))
    assert comes_from_us("http", Headers({"host": "[::1]:1", "origin": "http://[::1]:1"}))
    assert not comes_from_us("https", Headers(own)), "whoever is on the network wrote that page"
    for origin in ("null", "http://127.0.0.1:9999", "http://127.0.0.1", "http://[::"):
        assert not comes_from_us("http", Headers({**own, "origin": origin})), origin
    assert follows_a_link("GET", Headers(LINK))
    assert not follows_a_link("POST", Headers(LINK))
    assert not follows_a_link("GET", Headers({**LINK, "Origin": "null"}))


def test_a_refusal_is_said_in_the_language_of_the_browser(client: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Accept-Language": "zh-CN"}
    said = client.get("/api/people", headers=headers).text
    assert re.search(r"[\u4e00-\u9fff]", said)
    assert said != t("Requests from other sites are refused.")
