from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.server.server import create_app
from memory.types.core import Recording
from tests.app import askings
from tests.app.homes import Restored, a_day, hostile
from tests.app.secrets import SecretHome
from tests.conftest import without_models

ADDRESS = "http://127.0.0.1:7860"


@pytest.fixture(scope="session", autouse=True)
def _distributions_are_read_once() -> Iterator[None]:
    """Plug-ins are looked for at many steps, each time in the files of all that is installed."""

    @cache
    def found(path: tuple[str, ...], group: str) -> EntryPoints:
        return entry_points(group=group)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kernels.plugins.entry_points", lambda group: found((*sys.path,), group))
        yield


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> SecretHome:
    return SecretHome(tmp_path_factory.mktemp("secrets"))


@pytest.fixture(scope="session")
def home_of_talks(tmp_path_factory: pytest.TempPathFactory) -> Restored:
    return Restored(tmp_path_factory.mktemp("talks"), askings.make_home)


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    """A home with a day in it and no models at all: answers are extracted."""
    a_day(empty_home.store)
    hostile(empty_home.store)
    return empty_home


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), base_url=ADDRESS) as opened:
        yield opened


@pytest.fixture(scope="session")
def day_to_look_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The same home, for tests that change nothing of it: its pages take seconds to build."""
    with without_models(tmp_path_factory.mktemp("day")) as opened:
        a_day(opened.store)
        hostile(opened.store)
        yield opened


@pytest.fixture(scope="session")
def app_to_look_at(day_to_look_at: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(day_to_look_at), base_url=ADDRESS) as opened:
        yield opened


@pytest.fixture(scope="module")
def breakfast(assistant: Assistant) -> Recording:
    return next(r for r in assistant.store.recordings.all() if r.id.startswith("breakfast"))


@pytest.fixture(scope="module")
def content(breakfast: Recording) -> bytes:
    return Path(breakfast.path).read_bytes()
