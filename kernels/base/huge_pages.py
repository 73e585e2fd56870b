"""Large tensors on large pages, so that reading here and there does not end in page tables.

Blocks are read from all over a cache; with pages of 4 KiB each of them costs a walk through the
page table, in a virtual machine twice over. Linux gives 2 MiB pages to whoever asks.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

from torch import Tensor

LEAST = 4 << 20
"""Bytes below which nothing is asked for."""

_PAGE = 4096
_MADV_HUGEPAGE = 14


def on_huge_pages(room: Tensor) -> Tensor:
    """Ask for large pages under a tensor that is not written yet; the tensor itself is returned.

    It is a wish: where the system has none to give, or knows no such thing, nothing changes.
    """
    size = room.numel() * room.element_size()
    if sys.platform == "linux" and room.is_cpu and size >= LEAST:
        start = -(-room.data_ptr() // _PAGE) * _PAGE
        end = (room.data_ptr() + size) // _PAGE * _PAGE
        _madvise()(start, end - start, _MADV_HUGEPAGE)
    return room


@cache
def _madvise() -> Any:
    call = ctypes.CDLL(None).madvise
    call.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return call
