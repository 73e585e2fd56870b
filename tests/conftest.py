"""Options and fixtures that every test may use."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from app.server.gradio_stubs import write_no_stubs
from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively
from tests import compiled
from tests.interrupts import let_children_be_interrupted
from tests.new_homes import copy_schema, wait_for_no_disk
from tests.open_databases import OpenDatabases
from tests.priority import give_up_real_time
from tests.stuck import Stuck

if TYPE_CHECKING:
    from app.assistant import Assistant
    from memory.store.store import Store

gc.disable()  # a third of the time that it takes to collect seven thousand tests
LONGEST = "test_docs.py"
give_up_real_time()
let_children_be_interrupted()
wait_passively()
copy_schema()
wait_for_no_disk()
write_no_stubs()
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, one to a core
# Or each of the many processes that tests start compiles all of our modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
send_nothing()
# Speed is for benchmarks to measure: a busy machine must not fail a property that holds. Each run
# tries other examples; for a search that takes longer there is EGOBUTLER_EXAMPLES=1000.
settings.register_profile(
    "patient",
    deadline=None,
    max_examples=int(os.environ.get("EGOBUTLER_EXAMPLES", "25")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shared",
        type=Path,
        default=None,
        help="folder with real recordings (media/video, …); tests that need it skip without",
    )
    parser.addoption(
        "--pictures",
        action="store_true",
        help="tests that drive a browser save what is to be seen in screenshots/, for the docs",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Stuck(os.dup(2)))
    config.pluginmanager.register(OpenDatabases())
    config.pluginmanager.register(compiled)
    config.pluginmanager.register(Libraries())


class Libraries:
    """A plugin: what libraries left in memory is looked at by no later collection of garbage.

    Whoever lets go of a model collects at once, which takes half a second where all of
    `transformers` is gone through. Files of tests end without anything of theirs.
    """

    def __init__(self) -> None:
        self._modules = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        result = yield
        over = nextitem is not None and nextitem.path != item.path
        if over and len(sys.modules) > self._modules + 50:
            gc.collect()
            gc.freeze()
            self._modules = len(sys.modules)
        return result


def pytest_collection_finish() -> None:
    """What was collected stays: no later collection of garbage has to look at it again."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)  # at Python's 700 it takes a fortieth of the suite's time
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first: files are handed out in this order, and nobody is to work on it
    while all others are done."""
    items.sort(key=lambda item: item.path.name != LONGEST)


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the test starts finds none of the models that this computer has, and loads none."""
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A home with nothing in it, at ``tmp_path / "home"``."""
    from memory.store.store import Store  # what it imports asks how many threads it may have

    opened = Store.open(tmp_path / "home")
    yield opened
    opened.close()


def without_models(place: Path) -> Assistant:
    """A home with nothing in it and no models, open."""
    from app.assistant import Assistant  # not for the tests that need none
    from app.core.settings import Settings

    return Assistant.open(Settings(place / "home", weights=place / "no-weights"))


@pytest.fixture
def butler(tmp_path: Path) -> Iterator[Assistant]:
    """A home of the test."""
    with without_models(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A home of the module, for its own fixture to fill."""
    with without_models(tmp_path_factory.mktemp("module")) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest) -> Path:
    path: Path | None = request.config.getoption("--shared")
    if path is None or not path.is_dir():
        pytest.skip("needs --shared FOLDER with real recordings")
    return path
