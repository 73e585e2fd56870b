"""The description of the API holds: whatever is sent, what comes back is what it says, and no 5xx.

EGOBUTLER_FUZZ=300 pytest tests/app/server/test_schema.py     as many requests of each kind
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
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
from app.server.server import create_app
from memory.types.core import Recording
from tests.app.conftest import ADDRESS
from tests.app.doors import ask_no_name_server
from tests.memory.keeping import hurry

EXAMPLES = int(os.environ.get("EGOBUTLER_FUZZ", "2"))


def no_server_error(context: Any, reply: Any, case: Any) -> None:
    """Not even one that is described, but that a file is larger than the disk (507, WebDAV's)."""
    if reply.status_code != 507 or not case.operation.path.startswith("/api/uploads"):
        assert reply.status_code < 500, reply.text


schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
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
    return app.openapi()


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
def _nothing_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_no_name_server(monkeypatch)
    hurry(monkeypatch)
    monkeypatch.setattr("app.models.plan.fetch.fetch_plan", lambda *_: {})


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
        assert path.startswith(("/api/", "/media/", "/thumbnails/"))
        for method, operation in item.items():
            names.append(operation["operationId"])
            assert set(operation["tags"]) <= areas, path
            assert operation["summary"], path
            told = set(operation["responses"])
            assert {"401", "403", "421", "429", "503"} <= told, (method, path)
    assert len(set(names)) == len(names)
    assert "get_timeline_by_day" in names


def test_no_operation_is_lost(document: dict[str, Any]) -> None:
    """Clients rely on every line of the list."""
    known = (Path(__file__).parent / "operations.txt").read_text(encoding="utf-8").splitlines()
    here = {f"{m.upper()} {path}" for path, item in document["paths"].items() for m in item}
    assert len(known) > 100
    assert set(known) - here == set()


def test_every_json_reply_has_a_shape(document: dict[str, Any]) -> None:
    free = {
        "/api/openapi.json",
        "/api/ask/forgive",
        "/api/ask/conversations/delete",
    }  # empty objects
    for path, item in document["paths"].items():
        for method, operation in item.items():
            status = next(status for status in operation["responses"] if status[0] == "2")
            content = operation["responses"][status].get("content", {})
            schema = content.get("application/json", {}).get("schema")
            if schema is not None and path not in free:
                assert fields(schema.get("items", schema), document), (method, path)


def fields(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The properties of a schema, of all alternatives together; of plain text itself."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    found = dict(schema.get("properties", {}))
    for other in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= fields(other, document)
    return found or ({"": schema} if schema.get("type") == "string" else {})


def undescribed(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """The keys of a reply that its schema does not have."""
    if isinstance(value, list):
        items = schema.get("items", {})
        return [key for one in value for key in undescribed(one, items, document)]
    if not isinstance(value, dict):
        return []
    known = fields(schema, document)
    own = [name for name in value if name not in known]
    for name in known.keys() & value.keys():
        own += undescribed(value[name], known[name], document)
    return own


def test_replies_that_routes_write_themselves_are_as_described(
    client: TestClient,
    document: dict[str, Any],
    breakfast: Recording,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """FastAPI looks at all others; ``test_replies_are_as_described`` at the types of these."""
    monkeypatch.setattr("app.backup.archives.PAUSE", 0.0)  # an export may have just been made
    begun = int(breakfast.start)
    tried = (
        ("get", "/api/pages/days", "/api/pages/days", None),
        ("get", "/api/pages/day/{day}", "/api/pages/day/2026-03-03", None),
        ("get", "/api/pages/day/{day}", "/api/pages/day/9999-12-31", None),
        ("get", "/api/pages/moments", f"/api/pages/moments?start={begun}&end={begun + 3600}", None),
        ("post", "/api/export", "/api/export", {"later": True}),
    )
    for method, path, address, body in tried:
        reply = client.request(method, address, json=body)
        assert reply.status_code == 200, reply.text
        content = document["paths"][path][method]["responses"]["200"]["content"]
        schema = content["application/json"]["schema"]
        assert reply.json()
        assert undescribed(reply.json(), schema, document) == [], path


def test_thumbnails_and_media_keep_their_kinds(client: TestClient, breakfast: Recording) -> None:
    assert client.get(f"/media/{breakfast.id}").headers["content-type"] == "video/mp4"
    part = client.get(f"/media/{breakfast.id}", headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
