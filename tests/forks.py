"""Work that is done in a fork of this process, where it may be killed or grow no further.

A fork has imported all that this process has: an interpreter of its own takes half a second.
"""

from __future__ import annotations

import gc
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


def _begin(work: Callable[[], object]) -> int:
    """The number of a process that does ``work``."""
    child = os.fork()
    if child == 0:
        gc.freeze()  # garbage of before may wait for threads that are not here
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return child


def forked(work: Callable[[], object]) -> int:
    """The exit status of a process that does ``work``; negative, the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(_begin(work), 0)[1])


@contextmanager
def forking(work: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """A process that does ``work`` until the block ends; what kills it before."""
    child = _begin(work)

    def kill() -> None:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)

    try:
        yield kill
    finally:
        kill()
        os.waitpid(child, 0)
