"""Options and fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from egogpt.telemetry import send_nothing
from egogpt.threads import wait_passively

wait_passively()
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, one to a core
send_nothing()
# Speed is for benchmarks to measure: a busy machine must not fail a property that holds.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


_POLICY = (os.sched_getscheduler(0), os.sched_getparam(0)) if hasattr(os, "sched_param") else None


@pytest.fixture(autouse=True)
def _usual_priority() -> Iterator[None]:
    """No encoder that a test uses may leave its worker a real-time process (see tests/media.py)."""
    if _POLICY is not None:
        os.sched_setscheduler(0, *_POLICY)
    yield
    if _POLICY is not None:
        os.sched_setscheduler(0, *_POLICY)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shared",
        type=Path,
        default=None,
        help="folder with real recordings (media/video, …); tests that need it skip without",
    )


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest) -> Path:
    path: Path | None = request.config.getoption("--shared")
    if path is None or not path.is_dir():
        pytest.skip("needs --shared FOLDER with real recordings")
    return path
