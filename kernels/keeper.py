"""Keys and values that are not simply memory: who looks after them is told before they are used.

Attention says which tokens of which heads it is about to read, and a keeper sees to it that they
are there (`kernels.offload`). A cache in memory has no keeper, and nothing here costs it anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from kernels.method import Method

Source = Literal["keys", "values"]

Spans = NDArray[np.int64]
"""What is read: [n, 4], each row, head, first token and the token behind the last."""


class Keeper(Protocol):
    """Looks after the keys and values of one layer of one cache."""

    def write(self, start: int, keys: Tensor, values: Tensor) -> None:
        """Write tokens from `start` on, [B, Hkv, n, d] and [B, Hkv, n, dv]."""

    def read(self, spans: Spans, source: Source | None = None) -> None:
        """Have tokens at hand until the next call; of keys and values unless one is named."""

    def settle(self) -> None:
        """Called after attention: something may have been read that was not announced."""

    def at_once(self, lanes: int) -> int:
        """How many tokens of so many heads, over all rows, can be at hand together."""

    def refuse(self, what: str) -> NoReturn:
        """Stop what would read everything into memory; `what` says what was asked for."""


def everywhere(rows: int, heads: int, begin: int, end: int) -> Spans:
    """The same tokens of all rows and heads."""
    spans = np.empty((rows, heads, 4), dtype=np.int64)
    spans[..., 0] = np.arange(rows)[:, None]
    spans[..., 1] = np.arange(heads)
    spans[..., 2:] = begin, end
    return spans.reshape(-1, 4)


def one(row: int, head: int, begin: int, end: int) -> Spans:
    """Some tokens of one head of one row."""
    return np.array([[row, head, begin, end]], dtype=np.int64)


def pieces(begin: int, end: int, most: int) -> Iterator[tuple[int, int]]:
    """Cut [begin, end) into pieces of at most so many."""
    for first in range(begin, end, most):
        yield first, min(end, first + most)


def seen(
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


def copied(old: Keeper | None, new: Keeper, keys: Tensor, values: Tensor) -> None:
    """Write what is held into a new keeper's room, piece by piece."""
    rows, heads, count = keys.shape[:3]
    lanes = rows * heads
    most = min(keeper.at_once(lanes) for keeper in (old, new) if keeper is not None)
    for begin, end in pieces(0, count, max(1, most // 2)):
        if old is not None:
            old.read(everywhere(rows, heads, begin, end))
        new.write(begin, keys[:, :, begin:end], values[:, :, begin:end])
