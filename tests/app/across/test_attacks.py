"""Attacks on questions to others: the guessed, forged, hostile, locked or gone tells nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.across.homes import opened
from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.auth.errors import AuthRefused
from app.http.security import ListenConfig
from app.routes.library.media import media_router
from app.routes.questions.asking import asking_router
from app.routes.system.api import api_router
from memory.db.database import FILE_NAME
from memory.store.store import Store
from memory.types.core import Scope, Span
from tests.app.across.films import SAID, UMBRELLA, Films
from tests.app.across.test_told import Page
from tests.app.auth.place import server
from tests.app.doors import ADDRESS, ANNA, BEN, OURS, sign_in
from tests.app.homes import MORNING, Line, remember
from tests.app.some_routes import app_of
from tests.conftest import without_models

ASK = {"question": UMBRELLA, "across": ["alice"]}


@pytest.fixture
def page(films: Films) -> Iterator[Page]:
    with without_models(films.place) as assistant:
        yield Page(assistant, films)


@lru_cache(maxsize=1)
def _api(assistant: Assistant) -> FastAPI:
    return app_of(
        assistant.home, api_router(assistant), asking_router(assistant), media_router(assistant)
    )


@pytest.fixture
def served(page: Page) -> Iterator[TestClient]:
    app = server(page.assistant, page.films.accounts, ListenConfig(), api=_api)
    headers = dict(OURS)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False, headers=headers) as client:
        sign_in(client, "Jake", ANNA)
        yield client


def test_nobody_is_called_as_the_asker_is(tmp_path: Path) -> None:
    for name in ("I", "me", "We", "YOU", "我", "somebody"):
        with pytest.raises(AuthRefused, match="is no name to be told of by"):
            Accounts(tmp_path / "home").add(name, ANNA)


def test_a_question_that_others_asked_is_no_conversation_to_open(page: Page) -> None:
    page.films.give()
    page.ask(UMBRELLA, "Alice")
    store = page.films.hers()
    (asked,) = store.asked.latest(9)
    assert store.conversations.turns(asked.id) == []
    assert store.asked.get("no-such-id") is None
    store.close()


def test_what_is_said_in_another_home_has_no_meaning_on_the_page(page: Page) -> None:
    hostile = "<script>alert(1)</script> the lantern ![](http://evil.example/x.png)"
    store = page.films.hers()
    remember(store, "evil", MORNING + 900, [Line(f'Somebody said: "{hostile}"', hostile)])
    store.close()
    page.films.give()
    page.ask("Who spoke of a lantern?", "Alice")
    shown = page.words()
    assert "lantern" in shown.partition("eb-evidences")[2]
    assert "<script" not in shown
    assert 'src="http' not in shown


def test_a_locked_home_shows_nothing_and_says_not_where_it_is(
    page: Page, served: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.films.give()
    open_store, connect = Store.open, sqlite3.connect
    monkeypatch.setattr(Store, "open", lambda home: open_store(home, 0.2))
    monkeypatch.setattr(sqlite3, "connect", lambda *at, **how: connect(*at, **how | {"timeout": 1}))
    with closing(connect(page.films.alice.home / FILE_NAME)) as other:
        other.execute("BEGIN IMMEDIATE")
        reply = served.post("/api/ask", json=ASK)
        page.ask(UMBRELLA, "Alice")
        other.rollback()
    assert reply.status_code in (409, 503)
    for words in (reply.text, page.words()):
        assert SAID not in words
        assert str(page.films.alice.home) not in words
    assert SAID in served.post("/api/ask", json=ASK).text


def test_a_damaged_home_is_told_of_and_plays_nothing(page: Page, served: TestClient) -> None:
    page.films.give()
    for file in page.films.alice.home.glob(f"{FILE_NAME}*"):
        file.write_bytes(b"no database" * 999)
    reply = served.post("/api/ask", json=ASK)
    assert reply.json().get("unreached") == ["Alice"]
    film = served.get(f"/media/{page.films.film.id}%40Alice")
    assert film.status_code == 404
    for words in (reply.text, film.text):
        assert str(page.films.alice.home) not in words


def test_nobody_reads_what_another_asked(page: Page, served: TestClient) -> None:
    page.films.give()
    page.ask(UMBRELLA, "Alice")
    conversation = page.conversation.id
    with opened(page.films.alice.home) as store:
        (asked,) = store.asked.latest(9)
    mine = served.get(f"/api/ask/conversations/{conversation}").json()
    assert SAID in str(mine)
    assert served.get(f"/api/ask/conversations/{asked.id}").status_code == 422
    sign_in(served, "Alice", BEN)
    assert served.get(f"/api/ask/conversations/{conversation}").json() == []
    assert served.get("/api/ask/conversations").json() == []


def test_recordings_that_are_guessed_in_a_turn_bring_nothing_beyond_the_grant(
    page: Page, served: TestClient
) -> None:
    page.films.give("ask", narrowed=Scope(span=Span(MORNING + 90, MORNING + 900)))
    guessed = [[page.films.film.id, MORNING + 60, MORNING + 90]]
    earlier = [{"question": UMBRELLA, "at": MORNING + 999, "citations": guessed}]
    for question in ("Are you sure?", "Where exactly?", UMBRELLA):
        asked = {**ASK, "question": question, "earlier": earlier, "explain": True}
        reply = served.post("/api/ask", json=asked)
        assert reply.status_code == 200
        assert "blue drawer" not in reply.text
    page.films.give("ask")
    assert "blue drawer" in served.post("/api/ask", json=ASK).text


def test_a_name_that_was_ticked_and_may_not_be_asked_any_more_asks_nobody(page: Page) -> None:
    page.films.give()
    page.ask(UMBRELLA, "Alice")
    page.films.end()
    shown = page.ask(UMBRELLA, "Alice")
    assert "has not let you ask" in str(shown["chat"][-1].content)
    assert SAID not in str(shown["chat"])
