"""Exclude permanently loaded objects from garbage collection.

Libraries and models leave about a million objects. A full collection looks at each of them, which
takes some tenths of a second in the midst of a request, and finds nothing there.
"""

from __future__ import annotations

import gc

_SELDOM = (10_000, 20, 20)  # a request that makes ten thousand objects is nothing unusual here


def freeze_gc() -> None:
    """Leaves what there is now out of all collections to come. Call it when loading is over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
