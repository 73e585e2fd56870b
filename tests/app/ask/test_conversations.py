"""Conversations of the Ask page are kept in the home, listed, opened again and deleted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from app.pages.chat_messages import ShownTurn, turn_messages
from app.routes.questions.asking import asking_router
from memory.db.database import FILE_NAME
from tests.app.homes import Restored
from tests.app.some_routes import app_of
from tests.conftest import without_models

CONCERT = "What was said about the concert?"


def ask(client: TestClient, question: str, conversation: str = "", *earlier: Any) -> dict[str, Any]:
    body = {"question": question, "conversation": conversation, "earlier": earlier}
    reply = client.post("/api/ask/stream", json=body)
    return json.loads(reply.text.splitlines()[-1])  # type: ignore[no-any-return]


@contextmanager
def served(place: Path) -> Iterator[TestClient]:
    """The routes of a home, opened."""
    with (
        without_models(place) as assistant,
        TestClient(app_of(assistant.home, asking_router(assistant))) as client,
    ):
        yield client


def test_a_conversation_survives_a_restart_and_goes_on(home_of_talks: Restored) -> None:
    with served(home_of_talks.fresh()) as client:
        first = ask(client, CONCERT)
        assert ask(client, "thanks", first["conversation"])["turn"] is None
    with served(home_of_talks.folder) as client:
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


def test_a_home_of_before_opens_and_explains_what_is_asked_from_then_on(
    home_of_talks: Restored,
) -> None:
    place = home_of_talks.fresh()
    with served(place) as client:
        held = ask(client, CONCERT)["conversation"]
    with closing(sqlite3.connect(place / "home" / FILE_NAME)) as db, db:
        db.execute("DROP TABLE conversation_weighed")
        db.execute("ALTER TABLE conversation DROP COLUMN title")
        db.execute("ALTER TABLE conversation_turn DROP COLUMN explanation")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = '041_explanations'")
    with served(place) as client:
        ask(client, CONCERT, held)
        before, now = client.get(f"/api/ask/conversations/{held}").json()
        assert before["answer"]["cards"] == now["answer"]["cards"]
        assert "searched" not in before["answer"]
        assert now["answer"]["why"]["lines"]
        messages = turn_messages(ShownTurn(before["question"], before["answer"]), last=True)
        assert "Sunday" in str(messages[-1].content)
