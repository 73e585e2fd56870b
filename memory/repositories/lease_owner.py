"""Names the process that holds a lease, so that another can tell whether it still runs."""

from __future__ import annotations

import os
import socket
from functools import cache

import psutil


def this_process() -> str:
    """Names this process so that another one on this machine can tell whether it still runs."""
    return _name(os.getpid())


@cache  # by number: a child that was forked has another
def _name(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{_begun(pid):.1f}"


def _begun(pid: int) -> float:
    """When a process began, in seconds since the machine did: setting its clock changes nothing."""
    return float(psutil.Process(pid).create_time() - psutil.boot_time())


def is_gone(owner: str) -> bool:
    """Whether the owner of a lease was a process of this machine that no longer runs."""
    if owner == this_process():
        return False
    host, pid, created = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        # The time of the start of the machine is told in whole seconds and may waver by one.
        return abs(_begun(int(pid)) - float(created)) > 2.0
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False
