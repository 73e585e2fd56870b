"""The in-memory index of one model: rows of vectors, and the memory and time of each.

Rows stand roughly in order of time, so an interval passes over most blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory.types.core import LEVELS, Level, Span
from memory.vectors.card_index import placed
from memory.vectors.index import FaissIndex, VectorIndex


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to be added: ids, levels (numbers in LEVELS), spans, and vectors as bytes."""

    ids: NDArray[np.int64]
    levels: NDArray[np.int8]
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    data: NDArray[np.uint8]


class VectorIndexCache:
    """The vectors of one model and dimension. ``exact`` is whether rows are whole vectors.

    Where they are codes, whose order is nearly, not quite, the vectors', ``margin`` more are found
    than are asked for. ``index`` holds the rows where the usual index does not suit them.
    """

    def __init__(
        self, dimension: int, exact: bool, margin: int = 0, index: FaissIndex | None = None
    ) -> None:
        self.exact, self._margin = exact, 0 if exact else margin
        rows = index or FaissIndex(dimension, coded=not exact)
        self._index: VectorIndex = rows if exact else placed(rows)
        self._ids = np.zeros(0, np.int64)
        self._levels = np.zeros(0, np.int8)
        self._starts = np.zeros(0, np.float64)
        self._ends = np.zeros(0, np.float64)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def nbytes(self) -> int:
        """The bytes of everything that is held."""
        columns = (self._ids, self._levels, self._starts, self._ends)
        return self._index.nbytes() + sum(column.nbytes for column in columns)

    def put(self, rows: Rows, again: bool = True) -> None:
        """Adds rows; where memories may come ``again``, their older rows go."""
        if again and len(self._ids):
            self._keep(~np.isin(self._ids, rows.ids))
        self._index.add(rows.data)
        self._ids = np.concatenate([self._ids, rows.ids])
        self._levels = np.concatenate([self._levels, rows.levels])
        self._starts = np.concatenate([self._starts, rows.starts])
        self._ends = np.concatenate([self._ends, rows.ends])

    def keep_only(self, ids: NDArray[np.int64]) -> None:
        """Removes the rows of all other memories."""
        self._keep(np.isin(self._ids, ids, assume_unique=True))

    def _keep(self, retained: NDArray[np.bool_]) -> None:
        if retained.all():
            return
        self._index.keep(retained)
        self._ids, self._levels = self._ids[retained], self._levels[retained]
        self._starts, self._ends = self._starts[retained], self._ends[retained]

    def search(
        self,
        vector: NDArray[np.float32],
        level: Level,
        until: float,
        span: Span | None,
        limit: int,
        only: NDArray[np.int64] | None = None,
    ) -> list[int]:
        """Ids of memories that ended by ``until`` and overlap ``span``, the likeliest first.

        ``only``, where given, are the ids that may be found.
        """
        mask = self._may_be_found(level, until, span, only)
        rows = self._index.search(vector, mask, self._enough(limit))
        ids: list[int] = self._ids[rows].tolist()
        return ids

    def begin(
        self,
        vector: NDArray[np.float32],
        level: Level,
        until: float,
        span: Span | None,
        limit: int,
        only: NDArray[np.int64] | None = None,
    ) -> Callable[[], list[int] | None] | None:
        """A ``search`` that goes on without a lock, or None where it has to be called."""
        mask = self._may_be_found(level, until, span, only)
        rows = self._index.begin(vector, mask, self._enough(limit))
        return None if rows is None else partial(_ids_of, rows, self._ids)

    def among(self, level: Level, until: float, span: Span | None) -> NDArray[np.int64]:
        """Ids of all memories that ended by ``until`` and overlap ``span``."""
        return self._ids[self._among(level, until, span)]

    def _enough(self, limit: int) -> int:
        return limit + max(self._margin, limit // 2) if self._margin else limit

    def _may_be_found(
        self, level: Level, until: float, span: Span | None, only: NDArray[np.int64] | None
    ) -> NDArray[np.bool_]:
        mask = self._among(level, until, span)
        return mask if only is None else mask & np.isin(self._ids, only)

    def _among(self, level: Level, until: float, span: Span | None) -> NDArray[np.bool_]:
        right = self._levels == LEVELS.index(level)
        among: NDArray[np.bool_] = right & (self._ends <= until)
        if span is not None:
            among &= (self._starts < span.end) & (self._ends > span.start)
        return among


def _ids_of(
    rows: Callable[[], NDArray[np.int64] | None], ids: NDArray[np.int64]
) -> list[int] | None:
    nearest = rows()
    return None if nearest is None else [int(memory_id) for memory_id in ids[nearest]]


def search_shared(
    guard: AbstractContextManager[object], current: Callable[[], VectorIndexCache], *asked: Any
) -> list[int]:
    """Searches what ``current`` gives under ``guard``; on a card, without holding it.

    So askers wait for each other only where the processor searches, and a card answers those that
    wait together. ``asked`` are the arguments of ``search``.
    """
    with guard:
        shelf = current()
        on_card = shelf.begin(*asked)
        if on_card is None:
            return shelf.search(*asked)
    nearest = on_card()
    if nearest is not None:
        return nearest
    with guard:
        return current().search(*asked)
