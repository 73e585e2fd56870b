"""Workers that begin on a fresh tree compile it between them, and not each all of it.

They collect the same files in the same order at the same time: none would find what another has
compiled. pytest rewrites the asserts of each test, which takes longer than all else of collecting.
"""

from __future__ import annotations

import compileall
import os
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("app", "egogpt", "egorag", "ingest", "kernels", "memory", "tests")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Compiles this worker's share, where all tests are to run."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1 or session.config.args_source != pytest.Config.ArgsSource.TESTPATHS:
        return
    number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    files = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    for file in files[number::workers]:
        if file.name.startswith("test_"):
            with suppress(ImportError, AttributeError, TypeError):  # pytest's own, it may change
                _rewrite(file, session.config)
        else:
            compileall.compile_file(file, quiet=2)


def _rewrite(file: Path, config: pytest.Config) -> None:
    from _pytest.assertion import rewrite

    folder = rewrite.get_cache_dir(file)
    kept = folder / f"{file.stem}{rewrite.PYC_TAIL}"
    if rewrite._read_pyc(file, kept) is None and rewrite.try_makedirs(folder):
        stat, code = rewrite._rewrite_test(file, config)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, stat, kept)
