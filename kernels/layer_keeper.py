"""One layer's keys and values in files: which pages a step of attention needs, and what is held.

What may be held at all is decided for all layers together: `kernels.offload`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import numpy as np
from torch import Tensor

from kernels.keeper import Source, Spans, everywhere, pieces
from kernels.mapped import PAGE, MappedFile, Places

if TYPE_CHECKING:
    from kernels.offload import Offload

RAREST_AUDIT = 64
"""Calls to a layer after which the system is asked what is held, where nothing surprised before."""


class BudgetTooSmall(MemoryError):
    """One step of attention reads more than the person allows to be held."""


class NotOffloaded(RuntimeError):
    """An operation would copy the whole cache into memory."""


class Room:
    """Where the tokens of one room lie in its file."""

    def __init__(self, file: MappedFile, room: Tensor) -> None:
        self.file = file
        self.rows, self.heads, self.capacity, size = room.shape
        self.width = size * room.element_size()
        self._begin = room.data_ptr() - file.address
        self._tensor = room

    def bytes(self, spans: Spans) -> tuple[Places, Places]:
        """First byte and the one behind the last of each span."""
        lane = self._begin + (spans[:, 0] * self.heads + spans[:, 1]) * self.capacity * self.width
        return lane + spans[:, 2] * self.width, lane + spans[:, 3] * self.width

    def pages(self, spans: Spans) -> Places:
        """The pages of some spans, ascending and distinct."""
        begin, end = self.bytes(spans[spans[:, 3] > spans[:, 2]])
        first = begin // PAGE
        counts = (end - 1) // PAGE - first + 1
        offsets = np.repeat(np.cumsum(counts) - counts, counts)
        return np.unique(np.repeat(first, counts) + np.arange(counts.sum()) - offsets)

    def parts(self, tokens: int) -> list[tuple[MappedFile, int, int]]:
        """The pages [first, end) of so many first tokens, for each row and head."""
        begin, end = self.bytes(everywhere(self.rows, self.heads, 0, tokens))
        first, end = begin // PAGE, -(-end // PAGE)
        return [(self.file, a, b) for a, b in zip(first.tolist(), end.tolist())]

    def reserve(self, begin: int, end: int) -> None:
        """Take place for tokens of all rows and heads."""
        spans = everywhere(self.rows, self.heads, begin, min(end, self.capacity))
        for first, last in zip(*self.bytes(spans)):
            self.file.reserve(int(first), int(last))

    def put(self, start: int, states: Tensor) -> None:
        """Write tokens; their pages are at hand."""
        self._tensor[:, :, start : start + states.shape[2]] = states


class LayerKeeper:
    """Looks after one layer's keys and values; see `kernels.keeper.Keeper`."""

    def __init__(self, offload: Offload, keys: Room, values: Room) -> None:
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
