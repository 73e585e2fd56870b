"""A backup and an export as downloads; the answer to whoever watches whether the app is up."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.core.settings import Settings
from app.routes.data.keep import keep_router
from memory.backup.check import read_through
from memory.backup.encryption import BackupKey
from memory.db.snapshot import keeping
from tests.app.some_routes import app_of
from tests.memory.keeping import a_home, hurry

PASSPHRASE = "no-one-would-guess-this"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("keep")
    a_home(place / "home")
    opened = Assistant.open(Settings(place / "home", weights=place / "no-weights"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    """The routes alone: Gradio's pages take seconds to build and say nothing here."""
    app = app_of(assistant.home, keep_router(assistant))
    with TestClient(app, base_url="http://127.0.0.1:7860") as opened:
        yield opened


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.backup.archives.PAUSE", 0.0)
    hurry(monkeypatch)


def test_a_backup_is_downloaded_whole_and_leaves_nothing(
    client: TestClient, assistant: Assistant, tmp_path: Path
) -> None:
    assert client.get("/api/backup").json()["last"] is None
    reply = client.post("/api/backup", json={"passphrase": PASSPHRASE})
    assert reply.status_code == 200
    assert 'filename="egobutler-' in reply.headers["content-disposition"]
    assert reply.headers["cache-control"] == "no-store"
    (tmp_path / "kept.tar").write_bytes(reply.content)
    found = read_through(tmp_path / "kept.tar", BackupKey.of(tmp_path / "kept.tar", PASSPHRASE))
    assert found.about.recordings == len(assistant.store.recordings.all())
    assert not found.about.originals
    assert not (assistant.home / "tmp" / "keeping").exists()
    told = client.get("/api/backup").json()
    assert re.match(r"The last backup: \w{3} \d+ \w{3} 20\d\d, ", told["words"])
    last = told["last"]
    assert last["recordings"] == found.about.recordings
    deed = assistant.store.audit.newest(1)[0]
    assert deed.what == "backup"
    assert PASSPHRASE not in deed.detail
    assert PASSPHRASE not in str(assistant.store.preferences.all())


def test_a_file_that_waits_is_had_once(client: TestClient, assistant: Assistant) -> None:
    made = client.post("/api/export", json={"later": True}).json()
    assert not (assistant.home / "tmp" / "keeping").exists()
    reply = client.get(made["address"])
    assert len(reply.content) == made["bytes"] == int(reply.headers["content-length"])
    assert "export.json" in zipfile.ZipFile(io.BytesIO(reply.content)).namelist()
    again = client.get(made["address"])
    assert (again.status_code, "Make it again" in again.json()["detail"]) == (404, True)


def test_an_export_is_downloaded_as_a_zip(client: TestClient, assistant: Assistant) -> None:
    reply = client.post("/api/export", json={})
    names = zipfile.ZipFile(io.BytesIO(reply.content)).namelist()
    assert {"README.md", "export.json", "data/memory.jsonl"} <= set(names)
    assert not any(name.startswith("originals/") for name in names)
    assert not (assistant.home / "tmp" / "keeping").exists()


@pytest.mark.parametrize("passphrase", ["", "short", "x" * 1001, "half a letter \ud800"])
def test_passphrases_that_will_not_do_are_refused(client: TestClient, passphrase: str) -> None:
    text = json.dumps({"passphrase": passphrase})
    reply = client.post("/api/backup", content=text, headers={"content-type": "application/json"})
    assert reply.status_code == 400
    assert "passphrase" in reply.json()["detail"]


def test_bodies_that_make_no_sense_are_refused(client: TestClient) -> None:
    for body in (None, [], {"passphrase": 3}, {"passphrase": None}, {"originals": "many"}):
        assert client.post("/api/backup", json=body).status_code == 422
    assert client.post("/api/export", json={"originals": []}).status_code == 422


def test_one_is_made_at_a_time_and_not_one_upon_another(
    client: TestClient, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keeping(assistant.home):
        reply = client.post("/api/export", json={})
        assert reply.status_code == 409
        assert "Wait" in reply.json()["detail"]
    monkeypatch.setattr("app.backup.archives.PAUSE", 60.0)
    reply = client.post("/api/export", json={})
    assert reply.status_code == 429
    assert reply.headers["retry-after"] == "60"
