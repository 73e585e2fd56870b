"""The memory budget of an offloaded cache and its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from kernels.base.spans import Spans, everywhere
from kernels.offload.mapped_file import PAGE, MappedFile, Places

if TYPE_CHECKING:
    pass


RAREST_AUDIT = 64
"""Calls to a layer after which the system is asked what is held, where nothing surprised before."""


class BudgetTooSmall(MemoryError):
    """One step of attention reads more than the person allows to be held."""


class NotOffloaded(RuntimeError):
    """An operation would copy the whole cache into memory."""


class KVFile:
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
