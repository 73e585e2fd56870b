"""Conversations of the Ask page are kept in the home, listed, opened again and deleted."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.core.settings import Settings
from app.pages.chat_messages import ShownTurn, turn_messages
from app.server.server import create_app
from memory.db.database import FILE_NAME
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
        assert first["why"]["candidates"]
        assert kept == {k: v for k, v in first.items() if k not in ("kind", "conversation")}
        last = ask(client, "And on Friday?", held["id"], kept["turn"])
        assert last["conversation"] == held["id"]
        client.post("/api/ask/conversations/delete", json={"conversation": held["id"]})
        assert client.get("/api/ask/conversations").json() == []
        assert client.get(f"/api/ask/conversations/{held['id']}").json() == []


def test_a_home_of_before_opens_and_explains_what_is_asked_from_then_on(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home", weights=tmp_path / "no-weights")
    with Assistant.open(settings) as assistant:
        talks(assistant.store)
        with TestClient(create_app(assistant), base_url=ADDRESS) as client:
            held = ask(client, CONCERT)["conversation"]
    with closing(sqlite3.connect(tmp_path / "home" / FILE_NAME)) as db, db:
        db.execute("DROP TABLE conversation_weighed")
        db.execute("ALTER TABLE conversation DROP COLUMN title")
        db.execute("ALTER TABLE conversation_turn DROP COLUMN explanation")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = '041_explanations'")
    with (
        Assistant.open(settings) as assistant,
        TestClient(create_app(assistant), base_url=ADDRESS) as client,
    ):
        ask(client, CONCERT, held)
        before, now = client.get(f"/api/ask/conversations/{held}").json()
        assert before["answer"]["cards"] == now["answer"]["cards"]
        assert "searched" not in before["answer"]
        assert now["answer"]["why"]["lines"]
        messages = turn_messages(ShownTurn(before["question"], before["answer"]), last=True)
        assert "Sunday" in str(messages[-1].content)
