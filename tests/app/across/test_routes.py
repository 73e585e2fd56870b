"""Several owners behind one server: each asks the others' memories as far as those let them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.http.security import ListenConfig
from app.routes.access.account import account_router
from app.routes.questions.asking import asking_router
from app.routes.system.api import api_router
from memory.store.store import Store
from tests.app.auth.place import server
from tests.app.doors import ADDRESS, ANNA, BEN, OURS, accounts, sign_in
from tests.app.some_routes import app_of
from tests.conftest import without_models
from tests.egorag.across.wearers import ALICE, ASKED, JAKE, write_home

SCISSORS = {"question": "Where are the scissors?", "at": ASKED, "across": ["alice"]}


@lru_cache(maxsize=1)
def _api(assistant: Assistant) -> FastAPI:
    return app_of(
        assistant.home, api_router(assistant), asking_router(assistant), account_router(assistant)
    )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Accounts, TestClient]]:
    """Jake, signed in at a server that holds Alice's home, too."""
    write_home(tmp_path / "home", "Jake", JAKE).close()
    with without_models(tmp_path) as assistant:
        kept = accounts(assistant.home)
        kept.add("Jake", ANNA)
        write_home(kept.add("Alice", BEN).home, "Alice", ALICE).close()
        app = server(assistant, kept, ListenConfig(), api=_api)
        ours = dict(OURS)  # the client adds to them
        with TestClient(app, base_url=ADDRESS, follow_redirects=False, headers=ours) as client:
            sign_in(client, "Jake", ANNA)
            yield kept, client


def give(kept: Accounts, *scopes: str) -> None:
    kept.grants.give(kept.get("Alice").id, kept.get("Jake").id, scopes or ("ask",), 7)


def ask(client: TestClient, **more: Any) -> Response:
    return client.post("/api/ask", json={**SCISSORS, **more})


def test_others_are_asked_once_they_let_one_and_no_longer(
    served: tuple[Accounts, TestClient],
) -> None:
    kept, client = served
    refused = ask(client)
    assert (refused.status_code, "not let you ask" in refused.text) == (403, True)
    give(kept)
    found = ask(client).json()
    assert "Alice put the scissors in the blue drawer" in found["answer"]
    (cited,) = found["citations"]
    assert (cited["wearer"], cited["recording"], cited["file"]) == ("Alice", "", "")
    assert "wearers" not in found, "no time was asked about"
    assert found["turn"]["citations"] == []
    assert "blue" not in ask(client, across=[]).text
    kept.grants.end(kept.get("Alice").id, kept.get("Jake").id)
    assert ask(client).status_code == 403


def test_both_owners_see_a_grant_and_its_owner_ends_it(
    served: tuple[Accounts, TestClient],
) -> None:
    kept, client = served
    give(kept)
    mine = client.get("/api/account/grants").json()
    assert [one["giver"] for one in mine["taken"]] == ["Alice"]
    assert mine["given"] == []
    assert client.delete("/api/account/grants/Alice").status_code == 404  # hers to end, not his
    assert ask(client).status_code == 200
    sign_in(client, "Alice", BEN)
    hers = client.get("/api/account/grants").json()
    assert hers["given"] == mine["taken"]
    assert client.delete("/api/account/grants/Jake").status_code == 204
    assert client.delete("/api/account/grants/nobody").status_code == 404
    store = Store.open(kept.get("Alice").home)
    assert [deed.what for deed in store.audit.newest()].count("grant-ended") == 1
    store.close()
    sign_in(client, "Jake", ANNA)
    assert ask(client).status_code == 403


def test_a_program_asks_with_the_scope_for_it_and_is_named_in_the_log(
    served: tuple[Accounts, TestClient],
) -> None:
    kept, client = served
    give(kept)
    client.cookies.clear()
    for scope, status in (("ask", 200), ("search", 403)):
        _, secret = kept.tokens.make(kept.get("Jake").id, scope, [scope])
        client.headers["Authorization"] = f"Bearer {secret}"
        assert ask(client).status_code == status
        assert client.get("/api/account/grants").status_code == 403
    store = Store.open(kept.get("Alice").home)
    assert [(d.who, d.what) for d in store.audit.newest()] == [("Jake by token ask", "was-asked")]
    store.close()


def test_a_question_may_point_back_and_is_not_deeper(served: tuple[Accounts, TestClient]) -> None:
    kept, client = served
    give(kept)
    earlier = ask(client, question="When did Alice watch a film?").json()["turn"]
    assert not earlier["citations"], "recordings of others are not named"
    found = ask(client, question="With whom?", earlier=[earlier]).json()
    assert "Bob" in found["answer"]
    assert ask(client, deeper=True).status_code == 422
