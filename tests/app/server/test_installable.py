"""The app as one that a browser installs: what says so is public, and nothing of it is private."""

from __future__ import annotations

from io import BytesIO

from fastapi.testclient import TestClient
from PIL import Image

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.auth.database import FILE_NAME
from app.http.installable import PUBLIC_FILES
from app.http.security import ListenConfig
from tests.app.auth.place import server
from tests.app.conftest import ADDRESS
from tests.app.doors import ANNA


def test_manifest_and_icons_come_without_a_session_and_nothing_else_does(
    assistant: Assistant,
) -> None:
    accounts = Accounts(assistant.home)  # and no pages: they take seconds to build
    accounts.add("Anna", ANNA)
    try:
        with TestClient(server(assistant, accounts, ListenConfig()), base_url=ADDRESS) as client:
            manifest = client.get("/manifest.json")
            assert manifest.headers["content-type"] == "application/manifest+json"
            assert str(assistant.home) not in manifest.text
            icons = manifest.json()["icons"]
            assert {icon["src"] for icon in icons} | {"/favicon.ico", "/manifest.json"} == set(
                PUBLIC_FILES
            )
            for icon in (one for one in icons if one["type"] == "image/png"):
                with Image.open(BytesIO(client.get(icon["src"]).content)) as picture:
                    assert icon["sizes"] == "{}x{}".format(*picture.size)
            for path in ("/share.js", "/share", "/ui/share_target.js"):
                assert client.post(path).status_code == 401
    finally:
        (assistant.home / FILE_NAME).unlink()


def test_what_is_shared_before_the_app_was_opened_is_said_to_be_nowhere(client: TestClient) -> None:
    worker = client.get("/share.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "default-src 'self'" in worker.headers["content-security-policy"]
    film = {"recordings": ("walk.mp4", b"film", "video/mp4")}
    reply = client.post("/share", files=film)
    assert reply.status_code == 409
    assert "Open EgoButler once, then share again" in reply.text
    foreign = {"Origin": "http://evil.example"}
    assert client.post("/share", files=film, headers=foreign).status_code == 403
    long = {"recordings": ("walk.mp4", bytes(2**20 + 1), "video/mp4")}
    assert client.post("/share", files=long).status_code == 413
