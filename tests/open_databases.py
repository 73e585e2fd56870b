"""Watches that nothing of ours opens a database as a plain file while this process has it open.

Closing any descriptor of a file drops all locks that the process has on it (POSIX), SQLite's too:
other processes then believe to be alone with the database, and destroy it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from types import FrameType

import pytest

ROOT = Path(__file__).parents[1]
_PACKAGES = tuple(
    f"{ROOT / name}{os.sep}" for name in ("memory", "app", "ingest", "egogpt", "egorag")
)
_TESTS = f"{ROOT / 'tests'}{os.sep}"
_FILES = Path("/proc/self/fd")


class OpenDatabases:
    """A plugin: the test fails during which it happened."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        if _FILES.is_dir():
            sys.addaudithook(self._listen)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Fails the test that has just run, once all else of it is over."""
        result = yield
        seen, self.seen = self.seen, []
        assert not seen, f"open databases were opened as plain files: {seen}"
        return result

    def _listen(self, event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str) or ".sqlite3" not in arguments[0]:
            return
        place = _opener(sys._getframe(1))
        if place and _is_open(arguments[0]):
            self.seen.append(f"{arguments[0]} by {place}")


def _opener(frame: FrameType | None) -> str:
    """Which line of ours opens a file; nothing where that is a test, or a library by itself."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(_PACKAGES):
            return f"{file}:{frame.f_lineno}"
        if file.startswith(_TESTS) and file != __file__:
            return ""
        frame = frame.f_back
    return ""


def _is_open(path: str) -> bool:
    try:
        file = os.stat(path)
    except OSError:
        return False
    for number in os.listdir(_FILES):
        try:
            if os.path.samestat(os.fstat(int(number)), file):
                return True
        except OSError:
            continue
    return False
