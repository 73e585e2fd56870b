from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.core.settings import Settings
from app.server.server import create_app
from memory.types.core import Recording
from tests.app.homes import a_day, hostile
from tests.app.secrets import SecretHome

ADDRESS = "http://127.0.0.1:7860"


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> SecretHome:
    return SecretHome(tmp_path_factory.mktemp("secrets"))


@pytest.fixture
def butler(tmp_path: Path) -> Iterator[Assistant]:
    """A home with nothing in it and no models."""
    with Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights")) as opened:
        yield opened


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A home with a day in it and no models at all: answers are extracted."""
    place = tmp_path_factory.mktemp("app")
    opened = Assistant.open(Settings(place / "home", weights=place / "no-weights"))
    a_day(opened.store)
    hostile(opened.store)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), base_url=ADDRESS) as opened:
        yield opened


@pytest.fixture(scope="module")
def breakfast(assistant: Assistant) -> Recording:
    return next(r for r in assistant.store.recordings.all() if r.id.startswith("breakfast"))


@pytest.fixture(scope="module")
def content(breakfast: Recording) -> bytes:
    return Path(breakfast.path).read_bytes()
