"""The description of the API holds: whatever is sent, what comes back is what it says, and no 5xx.

EGOBUTLER_FUZZ=300 pytest tests/app/server/test_schema.py     as many requests of each kind
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from app.assistant import Assistant
from app.commands.main import main
from app.http.openapi import OURS, REPLIES, describe, operation_id
from app.server.server import create_app
from memory.types.core import Recording
from tests.app.conftest import ADDRESS

EXAMPLES = int(os.environ.get("EGOBUTLER_FUZZ", "3"))


def no_server_error(context: Any, reply: Any, case: Any) -> None:
    """Not even one that is described, but that a file is larger than the disk (507, WebDAV's)."""
    if reply.status_code != 507 or not case.operation.path.startswith("/api/uploads"):
        assert reply.status_code < 500, reply.text


CHECKED = [
    no_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def app(assistant: Assistant) -> FastAPI:
    return create_app(assistant)


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return describe(app)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=ADDRESS) as opened:
        yield opened


@pytest.fixture(scope="module")
def api(document: dict[str, Any], app: FastAPI) -> Any:
    config = schemathesis.Config.from_dict({"base-url": ADDRESS})
    made = schemathesis.openapi.from_dict(json.loads(json.dumps(document)), config=config)
    made.app = app
    return made


@pytest.fixture(autouse=True)
def numeric_hosts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up name of a webhook's host must not be asked for on the network."""
    real = socket.getaddrinfo

    def looked_up(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        return real(host, port, *more, **{**named, "flags": socket.AI_NUMERICHOST})

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def _try(operation: Any, mode: GenerationMode, data: Any) -> None:
    case = data.draw(operation.as_strategy(generation_mode=mode))
    case.call_and_validate(checks=CHECKED, headers={"Host": "127.0.0.1:7860"})


def can_be_wrong(described: dict[str, Any]) -> bool:
    """Whether anything that can be sent is more than any text in the path."""
    named = described.get("parameters", [])
    free = {"type", "title", "description"}  # a schema of these alone fits every text
    return "requestBody" in described or any(
        one["in"] != "path" or one["schema"]["type"] != "string" or set(one["schema"]) - free
        for one in named
    )


@pytest.mark.parametrize(
    ("mode", "least"), [(GenerationMode.POSITIVE, 25), (GenerationMode.NEGATIVE, 8)]
)
def test_replies_are_as_described(
    api: Any, document: dict[str, Any], mode: GenerationMode, least: int
) -> None:
    """Requests that fit the description, and requests that do not."""
    tried, off = 0, []
    for found in api.get_all_operations():
        operation = found.ok()
        described = document["paths"][operation.path][operation.method]
        if mode == GenerationMode.NEGATIVE and not can_be_wrong(described):
            continue  # or hypothesis seeks long, and in vain
        try:
            _try(operation, mode)
            tried += 1
        except FailureGroup as group:  # all of them at once, with the requests that show them
            words = "; ".join(str(one) for one in group.exceptions)
            off.append(f"{operation.method} {operation.path}: {words}")
    assert off == []
    assert tried >= least


def test_the_description_is_served_and_printed(
    client: TestClient, document: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    assert client.get("/api/openapi.json").json() == document
    assert client.get("/openapi.json").status_code == 404
    assert main(["api", "schema", "--home", str(tmp_path / "home"), "--preset", "small"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["paths"] == document["paths"]


def test_every_operation_has_a_name_an_area_and_its_refusals(document: dict[str, Any]) -> None:
    areas = {tag["name"] for tag in document["tags"]}
    names = []
    for path, item in document["paths"].items():
        assert path.startswith(OURS)
        for method, operation in item.items():
            names.append(operation["operationId"])
            assert set(operation["tags"]) <= areas, path
            assert operation["summary"], path
            told = set(operation["responses"])
            assert {"401", "403", "421", "429", "503"} <= told, (method, path)
    assert len(set(names)) == len(names)
    assert operation_id("get", "/api/timeline/{day}") == "get_timeline_by_day"


def test_every_reply_that_is_described_is_that_of_a_route(document: dict[str, Any]) -> None:
    there = {(m, path) for path, item in document["paths"].items() for m in item}
    assert set(REPLIES) <= there


def test_main_replies_have_the_shape_that_is_described(
    client: TestClient, breakfast: Recording
) -> None:
    from app.http import api_models as models

    asked = {"question": "Where did I put the phone charger?", "at": breakfast.start + 3600}
    models.AnswerReply.model_validate(client.post("/api/ask", json=asked).json(), strict=False)
    models.DayReply.model_validate(client.get("/api/timeline/2026-03-03").json())
    models.LibraryReply.model_validate(client.get("/api/library").json())
    models.QueueReply.model_validate(client.get("/api/queue").json())
    found = client.get(f"/api/pages/recording/{breakfast.id}").json()
    models.RecordingReply.model_validate(found)


def test_thumbnails_and_media_keep_their_kinds(client: TestClient, breakfast: Recording) -> None:
    assert client.get(f"/media/{breakfast.id}").headers["content-type"] == "video/mp4"
    part = client.get(f"/media/{breakfast.id}", headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
