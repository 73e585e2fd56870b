"""One layer's keys and values in files: which pages a step of attention needs, and what is held.

What may be held at all is decided for all layers together: `kernels.offload.offload`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import numpy as np
from torch import Tensor

from kernels.base.spans import Source, Spans, everywhere, pieces
from kernels.offload.mapped_file import PAGE, MappedFile, Places
from kernels.offload.room import RAREST_AUDIT, BudgetTooSmall, KVFile, NotOffloaded

if TYPE_CHECKING:
    from kernels.offload.offload import Offload


class LayerKeeper:
    """Looks after one layer's keys and values; see `kernels.base.residency.KVResidency`."""

    def __init__(self, offload: Offload, keys: KVFile, values: KVFile) -> None:
        self._offload = offload
        self._rooms = {"keys": keys, "values": values}
        self._reserved = 0
        self._written = keys.capacity if keys.file.private else 0
        self._calls, self._rest, self._settled = 0, 1, True

    def write(self, start: int, keys: Tensor, values: Tensor) -> None:
        """Write tokens from `start` on, at most half the budget at a time.

        Raises:
            DiskFull: There is no room for them on the disk; nothing was written.
            BudgetTooSmall: One token of all heads passes it.
        """
        rows, heads, count = keys.shape[:3]
        if not self._settled:  # another attention function than ours has read
            self.settle()
        self._settled = False
        self._offload.reserve(start + count)
        for first, last in pieces(0, count, self.at_once(rows * heads)):
            self._use(everywhere(rows, heads, start + first, start + last), None, writing=True)
            for room, states in zip(self._rooms.values(), (keys, values)):
                room.put(start + first, states[:, :, first:last])
        self._written = max(self._written, start + count)

    def read(self, spans: Spans, source: Source | None = None) -> None:
        """Fetch what is not held."""
        self._use(spans, source)

    def settle(self) -> None:
        """Now and then, and each time where it was needed last time: see what is really held."""
        self._settled = True
        self._calls += 1
        if self._calls >= self._rest:
            parts = [part for room in self._rooms.values() for part in room.parts(self._written)]
            unnoticed = self._offload.audit(parts)
            self._rest = 1 if unnoticed else min(RAREST_AUDIT, 2 * self._rest)
            self._calls = 0

    def at_once(self, lanes: int) -> int:
        """Tokens of so many heads that take half the budget, keys and values together.

        Raises:
            BudgetTooSmall: Not even one.
        """
        pages = self._offload.most // (4 * lanes) - 1  # a span may begin and end inside a page
        width = max(room.width for room in self._rooms.values())
        if pages * PAGE < width:
            raise BudgetTooSmall(
                f"a budget of {self._offload.budget:,} bytes does not hold one token of "
                f"{lanes} heads: allow at least {4 * lanes * (width + 2 * PAGE):,}"
            )
        return pages * PAGE // width

    def short(self, tokens: int) -> bool:
        """Whether place on the disk is wanting for so many tokens."""
        return tokens > self._reserved

    def reserve(self, tokens: int) -> None:
        """Take place on the disk for so many tokens."""
        for room in self._rooms.values():
            room.reserve(self._reserved, tokens)
        self._reserved = max(tokens, self._reserved)

    def refuse(self, what: str) -> NoReturn:
        """Stop what would read everything into memory.

        Raises:
            NotOffloaded: Always.
        """
        raise NotOffloaded(
            f"a cache that lies in files cannot be {what}: it would be read into memory as a "
            "whole. Generate with num_beams=1 and batches as they are, or use a cache in memory"
        )

    def __deepcopy__(self, memo: object) -> NoReturn:
        self.refuse("copied")

    def _use(self, spans: Spans, source: Source | None, writing: bool = False) -> None:
        named = self._rooms if source is None else {source: self._rooms[source]}
        found: dict[MappedFile, Places] = {}
        for room in named.values():
            pages = room.pages(spans)
            there = found.get(room.file)
            found[room.file] = pages if there is None else np.union1d(there, pages)
        self._offload.use(list(found.items()), writing)
