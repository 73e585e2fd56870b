"""A test that nothing can end ends its process, and says in a few lines where it stood.

pytest's own time limit raises an error in the test, which some libraries keep to themselves or
never come to see. What such a test has started would go on for ever beside the others.
"""

from __future__ import annotations

import faulthandler
import gc
import math
import os
import sys
import threading
import time
import traceback
from collections.abc import Generator, Iterator
from contextlib import suppress
from types import FrameType

import pytest

_PATIENCE = 600.0  # seconds; the time limit of a test is 300
_GRACE = 120.0  # seconds more, after which faulthandler ends what this cannot
_LINES = 8  # of each stack: a log keeps little


def stacks() -> Iterator[str]:
    """Where the main thread and all its greenlets stand, innermost calls first, a line each."""
    main = sys._current_frames().get(threading.main_thread().ident or 0)
    asleep = [getattr(one, "gr_frame", None) for one in gc.get_objects() if _is_greenlet(one)]
    for frame in (main, *asleep):
        if isinstance(frame, FrameType):
            for call in reversed(traceback.extract_stack(frame)[-_LINES:]):
                yield f"  {call.filename.rpartition('site-packages/')[2]}:{call.lineno} {call.name}"
            yield "  --"


def _is_greenlet(thing: object) -> bool:
    return type(thing).__name__ in ("greenlet", "MainGreenlet")


def _end(name: str, stream: int, patience: float) -> None:
    said = "\n".join([f"\nstuck for {patience:.0f} s: {name}", *stacks(), ""])
    os.write(stream, said.encode())
    with suppress(Exception):
        from psutil import Process

        for process in Process().children(recursive=True):
            process.kill()
    os._exit(70)


class Stuck:
    """The plugin. ``stream`` is where its last words go: no test's captured output.

    One thread watches all tests: one for each test takes longer than most of them. Where a library
    never returns to Python, and no thread of it can run, faulthandler ends the process.
    """

    def __init__(self, stream: int, patience: float = _PATIENCE) -> None:
        self._stream, self._patience = stream, patience
        self._test, self._begun, self._armed = "", time.monotonic(), -math.inf
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(self._patience / 20)
            if self._test and time.monotonic() - self._begun > self._patience:
                _end(self._test, self._stream, self._patience)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._begun = time.monotonic()
        if self._begun - self._armed > _GRACE / 2:  # to be put off costs milliseconds
            late = self._patience + _GRACE
            faulthandler.dump_traceback_later(late, exit=True, file=self._stream)
            self._armed = self._begun
        self._test = item.nodeid
        try:
            return (yield)
        finally:
            self._test = ""

    def pytest_unconfigure(self) -> None:
        faulthandler.cancel_dump_traceback_later()
