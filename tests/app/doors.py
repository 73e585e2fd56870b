"""Two people with homes of their own behind one server, and requests that nobody tidies up."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from httpx import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Scope

from app.auth.accounts import Accounts
from app.auth.passwords import Passwords

HOST = "127.0.0.1:7860"
ADDRESS = f"http://{HOST}"
ANNA, BEN = "a password of Anna", "a password of Ben"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OURS = {"Sec-Fetch-Site": "same-origin"}
LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}  # a person follows one


class Counted(Passwords):
    """Passwords at a low price, that count how often a hash is computed."""

    def __init__(self) -> None:
        super().__init__(CHEAP)
        self.looked = list[bool]()

    def matches(self, kept: str | None, password: str) -> bool:
        fits = super().matches(kept, password)
        self.looked.append(fits)
        return fits


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: float = 1_772_530_200.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def accounts(
    root: Path, clock: Clock | None = None, database: str = "", house: str = "house-1"
) -> Accounts:
    """Accounts whose passwords cost little, in a file or in the PostgreSQL database of a URL."""
    passwords, now = Passwords(CHEAP), clock or time.time
    if not database:
        return Accounts(root, passwords, now)
    from app.auth.postgres import PostgresAccounts

    return Accounts(root, passwords, now, None, PostgresAccounts(database, house), house)


def sign_in(
    client: TestClient, name: str, password: str, onward: str = "/", **headers: str
) -> Response:
    """Fills in the page as a person does."""
    page = client.get("/sign-in", params={"next": onward})
    found = re.search(r'name="form" value="([^"]+)"', page.text)
    assert found, page.text
    fields = {"name": name, "password": password, "form": found[1], "next": onward}
    return client.post("/sign-in", data=fields, headers={**OURS, **headers})


@contextmanager
def visiting(
    server: ASGIApp, name: str = "", password: str = "", portal: BlockingPortal | None = None
) -> Iterator[TestClient]:
    """A browser at the server, signed in where a name is given. The server's life is not its.

    Without ``portal`` every request has a loop of its own, whose end cancels what goes on behind
    the answer; with the portal of a running server that work is done.
    """
    client = TestClient(server, base_url=ADDRESS, follow_redirects=False)
    client.portal = portal
    if name:
        reply = sign_in(client, name, password)
        assert reply.status_code == 303, reply.text
    yield client


@dataclass
class Raw:
    """What came back to a request that was put together by hand."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def raw(
    portal: BlockingPortal,
    server: ASGIApp,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    client: str = "127.0.0.1",
    *,
    query: bytes = b"",
    aborted: bool = False,
    waits: bool = False,
) -> Raw:
    """Sends exactly this path, which a client would tidy up. ``path`` is decoded already.

    With ``aborted`` the client goes away in the middle of the body; one that ``waits`` stays until
    the answer has ended, others hang up as soon as they have sent all.
    """
    reply = Raw()
    sent: Sequence[tuple[bytes, bytes]] = [
        (name.lower().encode(), value.encode("latin-1"))
        for name, value in {"Host": HOST, **(headers or {})}.items()
    ]
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "query_string": query,
        "root_path": "",
        "headers": sent,
        "client": (client, 50_000),
        "server": ("127.0.0.1", 7860),
    }
    given = iter([{"type": "http.request", "body": body, "more_body": aborted}])

    async def receive() -> Message:
        for message in given:
            return message
        if waits:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {k.decode(): v.decode("latin-1") for k, v in message["headers"]}
        else:
            reply.body += message.get("body", b"")

    portal.call(server, scope, receive, send)
    return reply


def routes(found: list[BaseRoute], before: str = "") -> Iterator[tuple[str, str]]:
    """Method and address of everything that an app answers to, Gradio's and mounts included."""
    for route in found:
        path = before + getattr(route, "path", "")
        if isinstance(route, Mount):
            yield "GET", f"{path}/x"
            pages = getattr(route.app, "page_app", None)  # those of a language
            yield from routes(list(pages("en").app.routes if pages else route.routes), path)
        elif inner := getattr(route, "original_router", None):
            yield from routes(list(inner.routes), before)
        else:
            for method in getattr(route, "methods", None) or {"GET"}:
                yield method, path


def filled(path: str, ids: dict[str, str]) -> str:
    """The path with what Anna has in place of its parameters."""
    return re.sub(r"{(\w+)(:\w+)?}", lambda match: ids.get(match[1], "x"), path)


def ask_no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up name of a host is not looked up on the network."""
    real = socket.getaddrinfo

    def looked_up(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        return real(host, port, *more, **{**named, "flags": socket.AI_NUMERICHOST})

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
