"""Where the app is reached: names it answers to, reverse proxies, https, and doors held wide."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI, Request

from app.assistant import Assistant
from app.auth.proxy import Proxied
from app.core.settings import Settings
from app.http.security import Guard, InvalidListenConfig, ListenConfig, NotLoopback, host_allowed
from app.server.server import serve
from tests.app.doors import raw

PUBLIC = "https://butler.example"


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as opened:
        yield opened


def told(door: ListenConfig) -> Proxied:
    """An app behind a door that says what it sees of a request."""
    app = FastAPI()

    @app.api_route("/seen", methods=["GET", "POST"])
    def seen(request: Request) -> dict[str, object]:
        host = request.client.host if request.client else ""
        names = [name for name in request.headers if "forward" in name or "gradio" in name]
        return {"url": str(request.url), "client": host, "left": names}

    return Proxied(Guard(app, door), door)


BEHIND = ListenConfig.choose("127.0.0.1", True, PUBLIC)


@pytest.mark.parametrize("host", ["butler.example", "127.0.0.1:7860"])
def test_behind_a_proxy_the_app_sees_what_the_browser_asked(
    portal: BlockingPortal, host: str
) -> None:
    headers = {"Host": host, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    reply = raw(portal, told(BEHIND), "GET", "/seen", headers)
    assert b'"url":"https://butler.example/seen","client":"203.0.113.9","left":[]' in reply.body
    assert reply.headers["strict-transport-security"] == "max-age=31536000"


def test_addresses_that_the_client_itself_claims_are_not_believed(portal: BlockingPortal) -> None:
    """The proxy appends the address it saw: what stands before it is the client's own writing."""
    headers = {"Host": "butler.example", "X-Forwarded-For": "127.0.0.1, 203.0.113.9"}
    assert b"203.0.113.9" in raw(portal, told(BEHIND), "GET", "/seen", headers).body


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.0.7", "::2", "testclient", ""])
def test_forwarded_headers_from_anybody_else_are_taken_out(
    portal: BlockingPortal, peer: str
) -> None:
    headers = {
        "Host": "butler.example",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Gradio-Server": "http://evil.example",
        "Forwarded": "for=127.0.0.1",
    }
    reply = raw(portal, told(BEHIND), "GET", "/seen", headers, client=peer)
    assert b'"left":[]' in reply.body
    assert b"evil" not in reply.body
    assert f'"client":"{peer}"'.encode() in reply.body


def test_without_a_proxy_forwarded_headers_are_nothing(portal: BlockingPortal) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example"}
    reply = raw(portal, told(ListenConfig()), "GET", "/seen", headers)
    assert b'"url":"http://127.0.0.1:7860/seen","client":"127.0.0.1","left":[]' in reply.body
    assert "strict-transport-security" not in reply.headers


def test_a_proxy_on_another_address_is_named(portal: BlockingPortal) -> None:
    door = ListenConfig.choose("0.0.0.0", True, PUBLIC, ["172.16.0.0/12"])
    headers = {"Host": "butler.example", "X-Forwarded-For": "203.0.113.9"}
    seen = raw(portal, told(door), "GET", "/seen", headers, client="172.17.0.1")
    assert b"203.0.113.9" in seen.body
    assert b"203.0.113.9" not in raw(portal, told(door), "GET", "/seen", headers).body


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (PUBLIC, 200),
        ("https://butler.example.evil.example", 403),
        ("http://127.0.0.1:7860", 403),
        ("null", 403),
        ("https://[::", 403),
    ],
)
def test_behind_a_proxy_only_its_own_pages_change_anything(
    portal: BlockingPortal, origin: str, status: int
) -> None:
    headers = {"Host": "127.0.0.1:7860", "X-Forwarded-For": "203.0.113.9", "Origin": origin}
    assert raw(portal, told(BEHIND), "POST", "/seen", headers).status == status


@pytest.mark.parametrize("host", ["evil.example", "butler.example.evil.example", "", "192.168.0.7"])
def test_behind_a_proxy_other_names_get_no_answer(portal: BlockingPortal, host: str) -> None:
    headers = {"Host": host, "X-Forwarded-For": "203.0.113.9"}
    reply = raw(portal, told(BEHIND), "GET", "/seen", headers)
    assert (reply.status, b"butler.example only" in reply.body) == (421, True)


def test_a_wide_door_answers_to_addresses_and_its_own_name_but_not_to_names_of_others() -> None:
    wide = ListenConfig(wide=True)
    for host in ("192.168.0.7:7860", "[fe80::1]:7860", "localhost", socket.gethostname()):
        assert host_allowed(host, wide), host
    for host in ("evil.example", "192.168.0.7.evil.example", "", "[::", "127.1.evil"):
        assert not host_allowed(host, wide), host


@pytest.mark.parametrize(
    ("behind", "url", "proxies"),
    [
        (False, PUBLIC, []),
        (False, None, ["10.0.0.1"]),
        (True, None, []),
        (True, "butler.example", []),
        (True, "https://butler.example/ego", []),
        (True, "https://user@butler.example", []),
        (True, "ftp://butler.example", []),
        (True, "https://[::", []),
        (True, PUBLIC, ["not an address"]),
    ],
)
def test_words_that_do_not_go_together_are_refused(
    behind: bool, url: str | None, proxies: list[str]
) -> None:
    with pytest.raises(InvalidListenConfig, match="--"):
        ListenConfig.choose("127.0.0.1", behind, url, proxies)


@pytest.mark.parametrize(
    "door", [ListenConfig.choose("0.0.0.0"), ListenConfig.choose("127.0.0.1", True, PUBLIC)]
)
def test_others_are_let_near_only_where_there_is_an_account(
    tmp_path: Path, door: ListenConfig
) -> None:
    opened = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "none"))
    with pytest.raises(NotLoopback, match="egobutler users add"):
        serve(opened, "127.0.0.1", 0, door)
    opened.close()


def test_the_microphone_is_for_our_own_pages_alone(portal: BlockingPortal) -> None:
    policy = raw(portal, told(ListenConfig()), "GET", "/seen").headers["permissions-policy"]
    assert "microphone=(self)" in policy
    assert "camera=()" in policy
