"""Options and fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from egogpt.telemetry import send_nothing
from egogpt.threads import wait_passively
from tests.priority import give_up_real_time
from tests.stuck import Stuck

LONGEST = "test_docs.py"
give_up_real_time()
wait_passively()
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, one to a core
# Or each of the many processes that tests start compiles all of our modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
send_nothing()
# Speed is for benchmarks to measure: a busy machine must not fail a property that holds.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first, and among the first half of the others those that wait most.

    Files are handed out in this order: nobody works on a long one while others are done, and
    browsers, which wait more than they work, run beside what works.
    """
    files = dict.fromkeys(item.path for item in items)
    waiting = [file for file in files if file.parent.name == "browser"]
    others = sorted(files.keys() - set(waiting), key=lambda file: (file.name != LONGEST, file))
    step = max(1, len(others) // (2 * len(waiting) or 1))
    order = list[Path]()
    for number, file in enumerate(others):
        if waiting and number % step == 0:
            order.append(waiting.pop(0))
        order.append(file)
    place = {file: number for number, file in enumerate([*order, *waiting])}
    items.sort(key=lambda item: place[item.path])


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest) -> Path:
    path: Path | None = request.config.getoption("--shared")
    if path is None or not path.is_dir():
        pytest.skip("needs --shared FOLDER with real recordings")
    return path
