"""Work that is done in a fork of this process, where it may kill itself or grow no further."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable


def forked(work: Callable[[], object]) -> int:
    """The exit status of a process that does ``work``; negative, the signal that ended it.

    It has imported all that this one has: an interpreter of its own takes half a second and more.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
