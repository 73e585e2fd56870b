"""Pause garbage collection while libraries and models load.

Loading makes hundreds of thousands of objects that stay. Collections look at all of them again and
again and free none: a sixth of the processor time that the models of perception take to load.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """Collects nothing meanwhile, unless another thread that pauses it is over sooner."""
    if not gc.isenabled():  # another thread turns it on again, or nobody
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
