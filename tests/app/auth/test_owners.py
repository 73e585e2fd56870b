"""Each home is opened when its owner comes, and closed with the server."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.server.security import Door
from tests.app.auth.place import server
from tests.app.doors import ADDRESS, ANNA, accounts, sign_in


def test_homes_open_when_their_owners_come_and_close_with_the_server(
    assistant: Assistant, tmp_path: Path
) -> None:
    kept, others = accounts(assistant.home), list[Assistant]()
    kept.add("Anna", ANNA)
    kept.add("Ben", ANNA, at=tmp_path / "ben")
    app = server(assistant, kept, Door(), others)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as client:
        sign_in(client, "Anna", ANNA)
        assert client.get("/api/days").status_code == 200
        assert others == []
        sign_in(client, "Ben", ANNA)
        assert [client.get("/api/days").status_code for _ in range(3)] == [200] * 3
        assert [one.home for one in others] == [tmp_path / "ben"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        others[0].store.recordings()
    assert assistant.store.recordings() == [], "it is closed by whoever opened it"
    kept.file.path.unlink()


def test_a_home_that_cannot_be_opened_is_told_in_a_sentence(
    assistant: Assistant, tmp_path: Path
) -> None:
    kept = accounts(assistant.home)
    kept.add("Anna", ANNA)
    kept.add("Ben", ANNA, at=tmp_path / "ben")
    (tmp_path / "ben").write_text("a file where a folder should be")
    with TestClient(server(assistant, kept, Door()), base_url=ADDRESS) as client:
        sign_in(client, "Ben", ANNA)
        reply = client.get("/api/days")
        assert reply.status_code == 503
        assert "Make it a folder" in reply.json()["detail"]
        sign_in(client, "Anna", ANNA)
        assert client.get("/api/days").status_code == 200
    kept.file.path.unlink()
