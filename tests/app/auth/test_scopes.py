"""What a token may do, route by route, and who is served."""

from __future__ import annotations

import pytest

from app.auth import scopes
from app.core.request_identity import acting_as, current_user
from app.core.request_identity import scopes as held_scopes


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("POST", "/api/ask", "ask"),
        ("GET", "/api/timeline/2026-03-03", "timeline"),
        ("HEAD", "/media/x", "media"),
        ("PATCH", "/api/uploads/x", "upload write"),
        ("DELETE", "/api/uploads/x", "upload write"),
        ("POST", "/api/people/name", "write"),
        ("GET", "/api/people/x", "timeline"),
        ("GET", "/api/people/faces/1.jpg", "media"),
        ("GET", "/api/people/voices/1.wav", "media"),
        ("GET", "/api/pages/sheet", "media"),
        ("GET", "/api/search/region", "search"),
        ("GET", "/api/ask/moment", "timeline"),
        ("GET", "/api/library/folders", "admin"),
        ("POST", "/api/queue/resume", "admin"),
        ("POST", "/api/people/forget", "admin"),
        ("POST", "/api/library/delete", "admin"),
        ("POST", "/api/ask/stream", "ask"),
        ("POST", "/api/ask/person", "write"),
        ("POST", "/api/backup", "admin"),
    ],
)
def test_each_route_asks_for_its_scope(method: str, path: str, wanted: str) -> None:
    fitting = {*wanted.split(), "admin"}
    assert all(scopes.opens(frozenset({scope}), method, path) for scope in fitting)
    assert not scopes.opens(frozenset(scopes.SCOPES) - fitting, method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/thumbnails/x/y.jpg"),
        ("GET", "/mediaeval"),
        ("GET", "/api/account/tokens"),
        ("POST", "/api/account"),
        ("GET", "/api/new-thing"),
        ("GET", "/"),
        ("GET", ""),
        ("GET", "//api/days"),
        ("GET", "/API/days"),
        ("GET", "/gradio_api/file=/etc/passwd"),
    ],
)
def test_what_is_not_listed_no_token_may(method: str, path: str) -> None:
    assert not scopes.opens(frozenset(scopes.SCOPES), method, path)


def test_any_reading_token_comes_to_the_tools_and_none_without() -> None:
    for one in ("ask", "search", "timeline", "admin"):
        assert scopes.opens(frozenset({one}), "POST", "/mcp")
        assert scopes.opens(frozenset({one}), "GET", "/mcp/sse")
    assert not scopes.opens(frozenset({"media", "write"}), "POST", "/mcp")


def test_whoever_is_served_is_known_by_name_and_scopes() -> None:
    assert (current_user(), held_scopes()) == ("owner", None)
    with acting_as("Anna by token phone", frozenset({"ask"})):
        assert (current_user(), held_scopes()) == ("Anna by token phone", frozenset({"ask"}))
    assert current_user() == "owner"
