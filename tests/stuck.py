"""A test that nothing can end ends its process, and says in a few lines where it stood.

pytest's own time limit raises an error in the test, which some libraries keep to themselves or
never come to see. What such a test has started would go on for ever beside the others.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import traceback
from collections.abc import Generator, Iterator
from contextlib import suppress
from types import FrameType

import pytest

_PATIENCE = 600.0  # seconds; the time limit of a test is 300
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
    """The plugin. ``stream`` is where its last words go: no test's captured output."""

    def __init__(self, stream: int, patience: float = _PATIENCE) -> None:
        self._stream, self._patience = stream, patience

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        timer = threading.Timer(self._patience, _end, (item.nodeid, self._stream, self._patience))
        timer.daemon = True
        timer.start()
        try:
            return (yield)
        finally:
            timer.cancel()
