"""Spans of a cache that a query plan reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from kernels.base.spans import Spans, everywhere

if TYPE_CHECKING:
    from kernels.base.method import Method


def spans_read(
    method: Method, chosen: Tensor | None, rows: int, heads: int, first: int, last: int
) -> Spans:
    """What a block of queries reads: sinks, the window of each of them, and what was chosen.

    Args:
        method: Its sinks, window and block say what is seen.
        chosen: What `method.choose` named, int64 [B or 1, Hkv or 1, n], or None.
        rows: B.
        heads: Hkv.
        first: Position of the first query.
        last: Position behind the last query.
    """
    block = method.block
    near = max(0, first - method.window + 1) // block * block
    sinks = min(near, -(-method.sinks // block) * block)
    parts = [everywhere(rows, heads, near, last)]
    if sinks:
        parts.append(everywhere(rows, heads, 0, sinks))
    if chosen is not None and near > sinks:
        named = chosen.expand(rows, heads, -1).cpu().numpy()
        row, head, place = np.nonzero((named >= sinks // block) & (named < near // block))
        begin = named[row, head, place] * block
        parts.append(np.stack([row, head, begin, np.minimum(begin + block, last)], axis=1))
    return np.concatenate(parts)
