"""Search deeper: below an answer, as a field of the API and on the command line."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.commands.main import main
from tests.app.askings import CONCERT, asked, talks


@pytest.fixture(scope="module", autouse=True)
def _talks(assistant: Assistant) -> None:
    talks(assistant.store)


def test_a_deeper_search_says_what_it_searched_besides_and_is_offered_once(
    client: TestClient,
) -> None:
    question = "What does the boiler cost?"
    plain = asked(client, question)
    assert plain["abstained"]
    assert plain["deeper"]
    assert not asked(client, "Where is the unicorn?")["deeper"]  # nothing to go on from
    assert not asked(client, "Hello!")["deeper"]
    deeper = asked(client, question, True)
    assert not deeper["deeper"]
    assert deeper["first"][0]["seek"]
    assert "For it I also searched: “cost”." in deeper["why"]["lines"]
    assert not any("also searched" in line for line in plain["why"]["lines"])


def test_programs_ask_deeper_with_a_field(client: TestClient) -> None:
    def rounds(**more: object) -> list[dict[str, Any]]:
        body = {"question": "What does the boiler cost?", "explain": True} | more
        found: list[dict[str, Any]] = client.post("/api/ask", json=body).json()["explanation"][
            "rounds"
        ]
        return found

    assert rounds(deeper=True)[0]["steps"] == ["cost"]
    assert not rounds()[0].get("steps")


def test_the_command_line_searches_deeper(
    assistant: Assistant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(assistant.home / "no-weights"))

    def ask(*options: str) -> str:
        assert main(["ask", CONCERT, "--home", str(assistant.home), *options, "--explain"]) == 0
        return capsys.readouterr().out

    assert '"steps"' in ask("--deeper")
    assert '"steps"' not in ask()
