"""Conversations of the Ask page are kept in the home, listed, opened again and deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.core.settings import Settings
from app.server.server import create_app
from tests.app.askings import talks
from tests.app.conftest import ADDRESS

CONCERT = "What was said about the concert?"


def ask(client: TestClient, question: str, conversation: str = "", *earlier: Any) -> dict[str, Any]:
    body = {"question": question, "conversation": conversation, "earlier": earlier}
    reply = client.post("/api/ask/stream", json=body)
    return json.loads(reply.text.splitlines()[-1])  # type: ignore[no-any-return]


def test_a_conversation_survives_a_restart_and_goes_on(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home", weights=tmp_path / "no-weights")
    with Assistant.open(settings) as assistant:
        talks(assistant.store)
        with TestClient(create_app(assistant), base_url=ADDRESS) as client:
            first = ask(client, CONCERT)
            assert ask(client, "thanks", first["conversation"])["turn"] is None
    with (
        Assistant.open(settings) as assistant,
        TestClient(create_app(assistant), base_url=ADDRESS) as client,
    ):
        (held,) = client.get("/api/ask/conversations").json()
        assert (held["title"], held["turns"]) == (CONCERT, 2)
        turns = client.get(f"/api/ask/conversations/{held['id']}").json()
        kept = turns[0]["answer"]
        assert kept["cards"] == first["cards"]
        assert kept["sentences"] == first["sentences"]
        last = ask(client, "And on Friday?", held["id"], kept["turn"])
        assert last["conversation"] == held["id"]
        client.post("/api/ask/conversations/delete", json={"conversation": held["id"]})
        assert client.get("/api/ask/conversations").json() == []
        assert client.get(f"/api/ask/conversations/{held['id']}").json() == []
