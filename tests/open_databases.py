"""Watches that nothing of ours opens a database as a plain file while this process has it open.

Closing any descriptor of a file drops all locks that the process has on it (POSIX), SQLite's too:
other processes then believe to be alone with the database, and destroy it.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
_PACKAGES = tuple(
    f"{ROOT / name}{os.sep}" for name in ("memory", "app", "ingest", "egogpt", "egorag")
)
_TESTS = f"{ROOT / 'tests'}{os.sep}"
_FILES = Path("/proc/self/fd")


class OpenDatabases:
    """A plugin: the test fails during which it happened.

    It stands before the functions that open files. An audit hook would see more ways to open one,
    and be called for everything else that Python reports: a twentieth of the suite's time.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        if _FILES.is_dir():
            builtins.open = io.open = self._watched(io.open)
            os.open = self._watched(os.open)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Fails the test that has just run, once all else of it is over."""
        result = yield
        seen, self.seen = self.seen, []
        assert not seen, f"open databases were opened as plain files: {seen}"
        return result

    def _watched(self, opens: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, which looks at names that may be those of databases."""

        @functools.wraps(opens)
        def watched(*arguments: object, **named: object) -> object:
            file = arguments[0] if arguments else None
            if isinstance(file, str | bytes | os.PathLike) and ".sqlite3" in os.fsdecode(file):
                self._look(os.fsdecode(file), sys._getframe(1))
            return opens(*arguments, **named)

        return watched

    def _look(self, path: str, frame: FrameType) -> None:
        place = _opener(frame)
        if place and _is_open(path):
            self.seen.append(f"{path} by {place}")


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
