"""Each home is opened when its owner comes, and closed with the server."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.concurrency import run_in_threadpool

from app.assistant import Assistant
from app.auth.database import FILE_NAME
from app.http.security import ListenConfig
from app.routes.system.api import api_router
from tests.app.auth.place import server
from tests.app.doors import ADDRESS, ANNA, accounts, sign_in
from tests.app.some_routes import app_of


@lru_cache(maxsize=4)
def _days(assistant: Assistant) -> FastAPI:
    """The only routes that these tests need."""
    return app_of(assistant.home, api_router(assistant))


def test_homes_open_when_their_owners_come_and_close_with_the_server(
    assistant: Assistant, tmp_path: Path
) -> None:
    kept, others = accounts(assistant.home), list[Assistant]()
    kept.add("Anna", ANNA)
    kept.add("Ben", ANNA, at=tmp_path / "ben")
    app = server(assistant, kept, ListenConfig(), others, api=_days)
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
    (kept.root / FILE_NAME).unlink()


def test_a_home_rests_when_its_account_is_gone(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.auth.middleware.LOOKS", 0.02)
    freed = list[bool]()
    monkeypatch.setattr("app.auth.middleware.free_closed", lambda: freed.append(True))
    kept, others = accounts(assistant.home), list[Assistant]()
    kept.add("Anna", ANNA)
    kept.add("Ben", ANNA, at=tmp_path / "ben")
    kept.add("Cleo", ANNA, at=tmp_path / "cleo")
    app = server(assistant, kept, ListenConfig(), others, api=_days)
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
        assert freed == [True]
    (kept.root / FILE_NAME).unlink()


def _until(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 30
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


@dataclass
class Three:
    """A server that keeps one home open, where Ben, Cleo and Dora have one each."""

    client: TestClient
    opened: list[Assistant]

    def visit(self, name: str) -> None:
        """Somebody signs in and looks at a page."""
        sign_in(self.client, name, ANNA)
        assert self.client.get("/api/days").status_code == 200

    def open_homes(self) -> list[str]:
        """The folders of those that are open, in the order in which they were opened."""
        return [one.home.name for one in self.opened if not _is_closed(one)]


@pytest.fixture
def three(assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Three]:
    monkeypatch.setattr("app.auth.middleware.LOOKS", 0.02)
    monkeypatch.setattr("app.auth.tenants.QUIET", 0.0)
    monkeypatch.setattr("app.auth.middleware.free_closed", lambda: None)  # slow in a full process
    kept, opened = accounts(assistant.home), list[Assistant]()
    kept.add("Anna", ANNA)
    for name in ("Ben", "Cleo", "Dora"):
        kept.add(name, ANNA, at=tmp_path / name.lower())
    app = server(assistant, kept, ListenConfig(), opened, 1, _days)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as client:
        yield Three(client, opened)
    (kept.root / FILE_NAME).unlink()


def test_the_home_used_least_recently_rests_and_opens_again(three: Three) -> None:
    three.visit("Ben")
    three.visit("Anna")  # the first home is always open, and counts for none
    time.sleep(0.1)
    assert three.open_homes() == ["ben"]
    three.visit("Cleo")
    assert _until(lambda: three.open_homes() == ["cleo"])
    three.visit("Ben")
    assert _until(lambda: three.open_homes() == ["ben"])
    assert [one.home.name for one in three.opened] == ["ben", "cleo", "ben"]


def test_a_home_that_answers_or_works_stays_open(three: Three) -> None:
    three.visit("Ben")
    ben = three.opened[0]
    with ben.by_choice.yield_to_foreground():  # somebody waits for an answer
        three.visit("Cleo")
        three.visit("Dora")
        assert _until(lambda: three.open_homes() == ["ben"])
    job = ben.store.jobs.add(
        Path("/nowhere/walk.mp4"), now=0.0
    )  # and now a file waits in its queue
    three.visit("Cleo")
    assert _until(lambda: three.open_homes() == ["ben"])
    ben.store.jobs.forget([job.id])
    three.visit("Dora")
    assert _until(lambda: three.open_homes() == ["dora"])


def test_a_home_that_streams_stays_open(three: Three) -> None:
    reached, go_on = threading.Event(), threading.Event()

    async def stream() -> AsyncIterator[bytes]:
        yield b"a word"
        reached.set()
        await run_in_threadpool(go_on.wait, 30)
        yield b" and the last"

    three.visit("Ben")
    _days(three.opened[0]).add_api_route("/api/slow", lambda: StreamingResponse(stream()))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(three.client.get, "/api/slow")
        assert reached.wait(30)
        three.visit("Cleo")
        three.visit("Dora")
        assert _until(lambda: three.open_homes() == ["ben"])
        go_on.set()
        assert answer.result(30).text == "a word and the last"
    three.visit("Dora")
    assert _until(lambda: three.open_homes() == ["dora"])


def test_a_home_that_rests_is_opened_for_its_rules_once_a_day(
    three: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    three.visit("Ben")
    three.visit("Cleo")
    assert _until(lambda: three.open_homes() == ["cleo"])
    monkeypatch.setattr("app.auth.tenants.ROUND", 0.0)
    assert _until(lambda: [one.home.name for one in three.opened][:3] == ["ben", "cleo", "ben"])


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
    with TestClient(server(assistant, kept, ListenConfig(), api=_days), base_url=ADDRESS) as client:
        sign_in(client, "Ben", ANNA)
        reply = client.get("/api/days")
        assert reply.status_code == 503
        assert "Make it a folder" in reply.json()["detail"]
        sign_in(client, "Anna", ANNA)
        assert client.get("/api/days").status_code == 200
    (kept.root / FILE_NAME).unlink()
