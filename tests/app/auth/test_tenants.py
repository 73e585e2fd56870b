"""Each home is opened when its owner comes, and closed with the server."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.http.security import ListenConfig
from tests.app.auth.place import server
from tests.app.doors import ADDRESS, ANNA, accounts, sign_in


def test_homes_open_when_their_owners_come_and_close_with_the_server(
    assistant: Assistant, tmp_path: Path
) -> None:
    kept, others = accounts(assistant.home), list[Assistant]()
    kept.add("Anna", ANNA)
    kept.add("Ben", ANNA, at=tmp_path / "ben")
    app = server(assistant, kept, ListenConfig(), others)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as client:
        sign_in(client, "Anna", ANNA)
        assert client.get("/api/days").status_code == 200
        assert others == []
        sign_in(client, "Ben", ANNA)
        assert [client.get("/api/days").status_code for _ in range(3)] == [200] * 3
        assert [one.home for one in others] == [tmp_path / "ben"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        others[0].store.recordings.all()
    assert assistant.store.recordings.all() == [], "it is closed by whoever opened it"
    kept.file.path.unlink()


def test_a_home_rests_when_its_account_is_gone(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.auth.middleware.LOOKS", 0.02)
    kept, others = accounts(assistant.home), list[Assistant]()
    kept.add("Anna", ANNA)
    kept.add("Ben", ANNA, at=tmp_path / "ben")
    kept.add("Cleo", ANNA, at=tmp_path / "cleo")
    app = server(assistant, kept, ListenConfig(), others)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as client:
        for name in ("Ben", "Cleo"):
            sign_in(client, name, ANNA)
            assert client.get("/api/days").status_code == 200
        kept.remove("Ben")
        until = time.monotonic() + 30
        while not _is_closed(others[0]) and time.monotonic() < until:
            time.sleep(0.02)
        assert _is_closed(others[0])
        assert not _is_closed(others[1])
        assert client.get("/api/days").status_code == 200
        kept.add("Bea", ANNA, at=tmp_path / "ben")  # somebody else is given what was his
        sign_in(client, "Bea", ANNA)
        assert client.get("/api/days").status_code == 200
        assert [one.home.name for one in others] == ["ben", "cleo", "ben"]
    kept.file.path.unlink()


def _is_closed(one: Assistant) -> bool:
    try:
        one.store.recordings.all()
    except sqlite3.ProgrammingError:
        return True
    return False


def test_a_home_that_cannot_be_opened_is_told_in_a_sentence(
    assistant: Assistant, tmp_path: Path
) -> None:
    kept = accounts(assistant.home)
    kept.add("Anna", ANNA)
    kept.add("Ben", ANNA, at=tmp_path / "ben")
    (tmp_path / "ben").write_text("a file where a folder should be")
    with TestClient(server(assistant, kept, ListenConfig()), base_url=ADDRESS) as client:
        sign_in(client, "Ben", ANNA)
        reply = client.get("/api/days")
        assert reply.status_code == 503
        assert "Make it a folder" in reply.json()["detail"]
        sign_in(client, "Anna", ANNA)
        assert client.get("/api/days").status_code == 200
    kept.file.path.unlink()
