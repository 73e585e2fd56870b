"""Whoever goes away in the middle, or sends nonsense, leaves no stack in the log.

What an app raises to its server is logged with its stack: calling the app directly, it would reach
the test.
"""

from __future__ import annotations

from fastapi.testclient import TestClient

from app.http.security import SAFE_METHODS
from tests.app.doors import OURS, filled, raw, routes

IDS = {"number": "1", "second": "1", "recording_id": "x", "day": "2026-03-16"}
KINDS = ("application/json", "multipart/form-data; boundary=a", "application/octet-stream")
BEGUN = b'--a\r\nContent-Disposition: form-data; name="x"; filename="y"\r\n\r\n{"a":'


def test_a_body_that_is_never_finished_is_no_error_on_any_route(client: TestClient) -> None:
    app, portal = client.app, client.portal
    assert portal is not None
    found = set(routes(list(app.routes)))  # type: ignore[attr-defined]
    changing = sorted((m, filled(p, IDS)) for m, p in found if m not in SAFE_METHODS)
    assert ("POST", "/api/ask/stream") in changing
    for number, (method, path) in enumerate(changing):
        # Each kind of body breaks off; before its first byte, and at what was no end, one of them.
        ways = [(kind, BEGUN, True) for kind in KINDS]
        ways += [(KINDS[number % 3], b"", True), (KINDS[number % 3 - 1], BEGUN, False)]
        for kind, body, aborted in ways:
            headers = {**OURS, "Content-Type": kind, "Content-Length": "500"}
            reply = raw(portal, app, method, path, headers, body, aborted=aborted)
            assert reply.status < 500, (method, path, kind, aborted)


def test_names_that_the_pages_never_gave_are_no_error(client: TestClient) -> None:
    app, portal = client.app, client.portal
    assert portal is not None
    for method, path in sorted(set(routes(list(app.routes)))):  # type: ignore[attr-defined]
        if method not in SAFE_METHODS or path.startswith("/gradio_api/heartbeat/"):
            continue  # changes something, or is a stream without end
        names = [b"session_hash=%00&deep_link=x&view=x&__theme=x"]
        if path.startswith("/gradio_api/"):
            names.append(b"session_hash=x")
        for query in names:
            reply = raw(portal, app, method, filled(path, IDS), OURS, query=query, waits=True)
            assert reply.status < 500, (method, path, query)
