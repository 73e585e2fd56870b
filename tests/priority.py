"""Tests run with the scheduling rights of ordinary people, even as root.

As root, the SVT-AV1 encoder makes its caller a real-time thread of the highest priority and leaves
it so, and Chromium plays sound in real-time threads: either can starve the whole machine.
"""

from __future__ import annotations

import ctypes
import sys

_CAP_SYS_NICE = 23
_PR_CAPBSET_DROP = 24
_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def give_up_real_time() -> None:
    """Takes the right to raise priorities from this thread and all that it starts (Linux)."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    header, sets = _Header(_VERSION_3, 0), (_Sets * 2)()
    if libc.capget(ctypes.byref(header), sets):
        return
    libc.prctl(_PR_CAPBSET_DROP, _CAP_SYS_NICE, 0, 0, 0)
    kept = ~(1 << _CAP_SYS_NICE) & 0xFFFFFFFF
    for name, _ in _Sets._fields_:
        setattr(sets[0], name, getattr(sets[0], name) & kept)
    libc.capset(ctypes.byref(header), sets)
