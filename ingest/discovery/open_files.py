"""Tell whether another process is still writing a file, as far as the system knows.

Linux grants a read lease only on files that nobody has open for writing, whoever and wherever in
the system that is (a file server, another user). It is given back at once.
"""

from __future__ import annotations

import errno
import os
import signal


def open_for_writing(path: str) -> bool:
    """True where a process surely has the file open for writing; False where not, or unknown."""
    try:
        import fcntl
    except ImportError:  # not a system that could tell
        return False
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # Whoever opens it this very moment is held up for microseconds, and the kernel tells us by
        # a signal: by default SIGIO, which would end the process; SIGURG does nothing.
        fcntl.fcntl(number, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(number, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(number, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(number)
    return False
