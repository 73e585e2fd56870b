"""The types by which the scripts are checked are those of what the server sends."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.web.static_files import STATIC
from memory.types.core import Recording

_TOKEN = re.compile(r"\s*(?:\"([^\"]*)\"|(\w+)|(.))", re.S)
_SCALARS = {"string": str, "number": int | float, "boolean": bool}


class Types:
    """Interfaces and types of a file in TypeScript, and whether a value is of one of them."""

    def __init__(self, text: str) -> None:
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
        self.named = dict(re.findall(r"export type (\w+) =\s*(.*?);\n(?=\n|export|$)", text, re.S))
        bodies = r"export interface (\w+)(?: extends (\w+))? (\{.*?\})\n?(?=\n|export)"
        for name, base, body in re.findall(bodies, text, re.S):
            self.named[name] = f"{base} & {body}" if base else body

    def fits(self, value: Any, text: str) -> str:
        """Why a value is not of a type; empty where it is."""
        tokens = [(m[1], m[2] or m[3]) for m in _TOKEN.finditer(text)]
        return _Reader(self, tokens).union(value)


class _Reader:
    """Reads a type token by token, and holds a value against it. Gives what does not fit."""

    def __init__(self, types: Types, tokens: list[tuple[str, str]]) -> None:
        self.types, self.tokens, self.at = types, tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        literal, token = self.tokens[self.at]
        assert not wanted or token == wanted, (wanted, token, literal)
        self.at += 1
        return token

    def union(self, value: Any) -> str:
        if self.peek() == "|":
            self.take()
        faults = [self.both(value)]
        while self.peek() == "|":
            self.take()
            faults.append(self.both(value))
        return "" if "" in faults else " or ".join(faults)

    def both(self, value: Any) -> str:
        fault = self.several(value)
        while self.peek() == "&":
            self.take()
            fault = self.several(value) or fault
        return fault

    def several(self, value: Any) -> str:
        begin = self.at
        fault = self.single(value)
        if self.peek() != "[" or self.tokens[self.at + 1][1] != "]":
            return fault
        end, self.at = self.at, begin
        faults = [self._again(begin, one) for one in value] if isinstance(value, list) else ["list"]
        self.at = end + 2
        return next((one for one in faults if one), "")

    def _again(self, begin: int, value: Any) -> str:
        self.at = begin
        return self.single(value)

    def single(self, value: Any) -> str:
        literal, token = self.tokens[self.at]
        if token is None:
            self.at += 1
            return "" if value == literal else f"{value!r} is not “{literal}”"
        self.take()
        if token in "{[(":
            return {"{": self.fields, "[": self.tuple, "(": self.group}[token](value)
        if token in ("Record", "Partial"):
            return self.generic(value)
        if token == "null":
            return "" if value is None else f"{value!r} is not null"
        if token in _SCALARS:
            wrong = isinstance(value, bool) and token != "boolean"
            good = isinstance(value, _SCALARS[token]) and not wrong
            return "" if good else f"{value!r} is no {token}"
        return self.types.fits(value, self.types.named[token])

    def group(self, value: Any) -> str:
        fault = self.union(value)
        self.take(")")
        return fault

    def generic(self, value: Any) -> str:
        """Records of any kind: what is in them is not looked at."""
        self.take("<")
        depth = 1
        while depth:
            depth += {"<": 1, ">": -1}.get(self.take(), 0)
        return "" if isinstance(value, dict) else f"{value!r} is no object"

    def tuple(self, value: Any) -> str:
        faults, number = [], 0
        items = value if isinstance(value, list) else []
        while self.peek() != "]":
            if self.tokens[self.at + 1][1] == ":":
                self.at += 2
            faults.append(self.union(items[number] if number < len(items) else None))
            number += 1
            if self.peek() == ",":
                self.take()
        self.take("]")
        return "" if len(items) == number and not any(faults) else f"{value!r}: {faults}"

    def fields(self, value: Any) -> str:
        faults = []
        there = value if isinstance(value, dict) else {}
        while self.peek() != "}":
            name = self.take()
            optional = self.peek() == "?" and self.take()
            self.take(":")
            fault = self.union(there.get(name))
            if fault and not (optional and name not in there):
                faults.append(f"{name}: {fault}")
            if self.peek() == ";":
                self.take()
        self.take("}")
        return "; ".join(faults) if isinstance(value, dict) else f"{value!r} is no object"


@pytest.fixture(scope="module")
def assistant(day_to_look_at: Assistant) -> Assistant:
    return day_to_look_at


@pytest.fixture(scope="module")
def client(app_to_look_at: TestClient) -> TestClient:
    return app_to_look_at


@cache
def _text() -> str:
    return (STATIC / "types.d.ts").read_text(encoding="utf-8")


@cache
def _types() -> Types:
    return Types(_text())


def _table(name: str) -> dict[str, str]:
    body = re.search(rf"export interface {name} \{{\n(.*?)\n\}}", _text(), re.S)
    assert body is not None
    return dict(re.findall(r'^  "([^"]+)": (.*);$', body[1], re.M))


@pytest.mark.parametrize(
    ("methods", "table"), [("get patch", "GetReplies"), ("post", "PostReplies")]
)
def test_every_route_of_the_types_is_there(client: TestClient, methods: str, table: str) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    there = {path for path, item in paths.items() if set(methods.split()) & set(item)}
    changes = ("name", "merge", "split", "apart", "me", "undo", "forget")
    wanted = {
        route.replace("{change}", change)
        for route in _table(table)
        for change in changes
        if route.startswith("/api/")
    }
    assert wanted - there == set()


def test_what_the_server_sends_is_of_the_types(client: TestClient, breakfast: Recording) -> None:
    at, day = breakfast.start, "2026-03-03"
    span = f"start={at}&end={at + 600}"
    asked = {
        "/api/pages/beside": f"?at={at}&by=1",
        "/api/pages/day/{day}": day,
        "/api/pages/moment": f"?at={at}",
        "/api/pages/moments": f"?{span}",
        "/api/pages/recording/{recording_id}": breakfast.id,
        "/api/pages/revision": f"?day={day}",
        "/api/pages/transcript/{recording_id}": breakfast.id,
        "/api/share": "?ticket=none",
        "/media/{recording_id}/proxy/status": breakfast.id,
    }
    unseen = {"/api/account/others", "/api/search/region"}
    faults = {}
    for route, kind in _table("GetReplies").items():
        if route in unseen:
            continue
        more = asked.get(route, "")
        url = re.sub(r"\{\w+\}", more, route) if "{" in route else route + more
        reply = client.get(url)
        assert reply.status_code == 200, (url, reply.text)
        if fault := _types().fits(reply.json(), kind):
            faults[url] = fault
    assert faults == {}


def test_a_reply_that_lacks_something_is_noticed() -> None:
    good = {"newest": 1, "unseen": 0, "notices": []}
    assert _types().fits(good, "Notices") == ""
    assert "unseen" in _types().fits(good | {"unseen": "0"}, "Notices")
    assert "newest" in _types().fits({k: good[k] for k in ("unseen", "notices")}, "Notices")
    assert "kind" in _types().fits(good | {"notices": [{"kind": "gone"}]}, "Notices")
    assert _types().fits([0.5, "1"], "Span") != ""
    assert _types().fits([0.5, 1.5], "Span") == ""
