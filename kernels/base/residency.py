"""Keys and values that are not simply memory: who looks after them is told before they are used.

Attention says which tokens of which heads it is about to read, and a keeper sees to it that they
are there (`kernels.offload.offload`). A cache in memory has no keeper, and nothing here costs it
anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Protocol

from torch import Tensor

from kernels.base.spans import Source, Spans, everywhere, pieces

if TYPE_CHECKING:
    pass


class KVResidency(Protocol):
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


def copied(old: KVResidency | None, new: KVResidency, keys: Tensor, values: Tensor) -> None:
    """Write what is held into a new keeper's room, piece by piece."""
    rows, heads, count = keys.shape[:3]
    lanes = rows * heads
    most = min(keeper.at_once(lanes) for keeper in (old, new) if keeper is not None)
    for begin, end in pieces(0, count, max(1, most // 2)):
        if old is not None:
            old.read(everywhere(rows, heads, begin, end))
        new.write(begin, keys[:, :, begin:end], values[:, :, begin:end])
