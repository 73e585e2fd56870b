"""A home at a server, with and without an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.auth.database import FILE_NAME
from app.http.security import ListenConfig
from tests.app.auth.place import Place, server
from tests.app.auth.postgres_server import PostgresServer, why_not
from tests.app.doors import ADDRESS, ANNA, Clock, accounts


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    return empty_home


@pytest.fixture
def open_place(assistant: Assistant) -> Iterator[Callable[..., Place]]:
    """Makes a place with no account, at a door of one's choice."""
    running = list[TestClient]()

    def build(door: ListenConfig | None = None, address: str = ADDRESS) -> Place:
        clock = Clock()
        kept = accounts(assistant.home, clock)
        app = server(assistant, kept, door or ListenConfig())
        client = TestClient(app, base_url=address, follow_redirects=False, client=("127.0.0.1", 1))
        client.__enter__()
        running.append(client)
        return Place(assistant, kept, clock, client)

    yield build
    for client in running:
        client.__exit__(None, None, None)
    (assistant.home / FILE_NAME).unlink(missing_ok=True)


@pytest.fixture
def place(open_place: Callable[..., Place]) -> Place:
    """A place where Anna has an account."""
    made = open_place()
    made.accounts.add("Anna", ANNA)
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server that several houses may share, where PostgreSQL is installed."""
    if reason := why_not():
        pytest.skip(reason)
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["file", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Accounts]:
    """Accounts in a file, and in PostgreSQL where it is installed."""
    url = "" if request.param == "file" else request.getfixturevalue("postgres").database()
    made = accounts(tmp_path / "home", clock, url)
    yield made
    made.database.close()
