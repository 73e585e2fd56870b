"""Exclude permanently loaded objects from garbage collection.

Libraries and models leave about a million objects. A full collection looks at each of them, which
takes some tenths of a second in the midst of a request, and finds nothing there.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress

_SELDOM = (10_000, 20, 20)  # a request that makes ten thousand objects is nothing unusual here


def freeze_gc() -> None:
    """Leaves what there is now out of all collections to come. Call it when loading is over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)


def free_closed() -> None:
    """Gives back the memory of homes that were closed: their apps are full of cycles.

    It looks at every object, so that it is for after several were closed.
    """
    from fastapi.dependencies import models

    for function in vars(models).values():  # FastAPI remembers routes' functions, 4096 of them
        if clear := getattr(function, "cache_clear", None):
            clear()
    gc.unfreeze()
    freeze_gc()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # a libc that has no such function
            ctypes.CDLL(None).malloc_trim(0)
