"""Text from recordings, names of files and what strangers send: data in every reply, never a crash.

Every route is tried, so that a new one is tried as soon as it exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import ASGITransport, AsyncClient, Response

from app.assistant import Assistant
from app.server.server import create_app
from memory.types.core import Recording
from tests.app.conftest import ADDRESS
from tests.app.doors import ask_no_name_server
from tests.app.homes import HOSTILE
from tests.memory.keeping import hurry

NASTY = (
    *(
        "\0",
        "a\0b",
        "%00",
        "\u202e",
        "\U000e0041",
        "\ufffe",
        "é" * 3000,
        "🦄" * 500,
        "'; --",
        "%s%n",
    ),
    *(
        "9" * 400,
        "-" + "9" * 400,
        "1e999",
        "-0",
        "NaN",
        "Infinity",
        "0x10",
        "1_0",
        "٣",
        " ",
        "null",
    ),
    *("../../etc/passwd", "..\\..", "${7*7}", "{{7*7}}", "<script>alert(1)</script>", "\r\nX: y"),
)
ODD: tuple[Any, ...] = (
    *("\ud800", "a\udfffb", *NASTY, None, True, [], {}, [[]], {"a": {}}, [None], 0, -1, 10**400),
    *(1e308, -1e308, 5e-324, 2**63, -(2**63) - 1, 0.1, [0] * 5000, ["x"] * 20_000),
)

BROKEN = (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":' * 2000, b"[" * 100_000)


@pytest.fixture(scope="module")
def app(assistant: Assistant) -> FastAPI:
    return create_app(assistant)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=ADDRESS, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


@pytest.fixture(autouse=True)
def _nothing_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_no_name_server(monkeypatch)
    hurry(monkeypatch)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def whole(path: str, recording: Recording) -> str:
    """The path with something that exists in each of its holes."""
    there = {"day": "2026-03-04", "recording_id": recording.id}
    return re.sub(r"{(\w+)}", lambda hole: there.get(hole[1], "x"), path)


def test_what_was_recorded_is_json_or_a_file_in_every_reply(
    client: TestClient, assistant: Assistant, document: dict[str, Any]
) -> None:
    hostile = next(r for r in assistant.store.recordings.all() if r.id.startswith("hostile"))
    seen = 0
    for method, path, _ in operations(document):
        if method != "GET":
            continue
        reply = client.get(whole(path, hostile))
        kind = reply.headers["content-type"].split(";")[0]
        assert not kind.startswith(("text/html", "text/javascript", "image/svg")), path
        assert reply.headers["x-content-type-options"] == "nosniff", path
        assert "frame-src 'none'" in reply.headers["content-security-policy"], path
        if kind == "application/json":
            text = json.dumps(reply.json(), ensure_ascii=False)
            seen += any(json.dumps(one, ensure_ascii=False)[1:-1] in text for one in HOSTILE)
    assert seen >= 2, "the hostile words were in none of the replies"


Send = Callable[..., Awaitable[Response]]


def with_many(client: TestClient, app: FastAPI, tries: Callable[[Send], Awaitable[None]]) -> None:
    """Runs ``tries`` where the app runs, so that thousands of requests change no thread."""

    async def run() -> None:
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url=ADDRESS) as sender:
            await tries(sender.request)

    assert client.portal is not None
    client.portal.call(run)


def test_no_parameter_breaks_a_route(
    client: TestClient, app: FastAPI, breakfast: Recording, document: dict[str, Any]
) -> None:
    tried = holes = 0

    async def tries(send: Send) -> None:
        nonlocal tried, holes
        for method, path, operation in operations(document):
            named = operation.get("parameters", [])
            for hole in (one for one in named if one["in"] in ("path", "query")):
                holes += 1  # each gets a quarter of the words, its neighbours the rest
                for word in NASTY[holes % 4 :: 4]:
                    address = whole(path, breakfast)
                    if hole["in"] == "path":
                        before, _, after = path.partition(f"{{{hole['name']}}}")
                        here = quote(word, safe="")
                        address = whole(before, breakfast) + here + whole(after, breakfast)
                    else:
                        address += f"?{hole['name']}={quote(word, safe='')}"
                    reply = await send(method, address, content=b"" if method == "PATCH" else None)
                    assert reply.status_code < 500, (method, address, reply.text)
                    assert "Traceback" not in reply.text
                    tried += 1

    with_many(client, app, tries)
    assert tried > 200


def test_no_value_in_a_body_breaks_a_route(
    client: TestClient, app: FastAPI, document: dict[str, Any]
) -> None:
    kind = {"Content-Type": "application/json"}
    fitting = {"question": "x", "url": "http://[::1]:9"}
    tried = fields_seen = 0

    async def tries(send: Send) -> None:
        nonlocal tried, fields_seen
        for method, path, operation in operations(document):
            shape = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if shape is None:
                continue
            schema = document["components"]["schemas"][shape["schema"]["$ref"].split("/")[-1]]
            fields = schema["properties"]
            usual = {name: fitting[name] for name in fields if name in fitting}
            for name in fields:
                fields_seen += 1  # each field gets a sixth of the values, its neighbours the rest
                for odd in ODD[fields_seen % 6 :: 6]:
                    body = json.dumps(usual | {name: odd}).encode()
                    reply = await send(method, path, content=body, headers=kind)
                    assert reply.status_code < 500, (path, name, odd, reply.text)
                    tried += 1
            for broken in BROKEN[fields_seen % 3 :: 3]:
                reply = await send(method, path, content=broken, headers=kind)
                assert reply.status_code < 500, (path, broken[:20], reply.text)

    with_many(client, app, tries)
    assert tried > 200
