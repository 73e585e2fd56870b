"""The in-memory index of one model: rows of vectors, and the memory and time of each.

Rows stand roughly in order of time, so an interval passes over most blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.types.core import LEVELS, Level, Span
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

    ``index`` holds the rows where the usual index does not suit them.
    """

    def __init__(self, dimension: int, exact: bool, index: VectorIndex | None = None) -> None:
        self.exact = exact
        self._index: VectorIndex = index or FaissIndex(dimension, coded=not exact)
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
        mask = self._among(level, until, span)
        if only is not None:
            mask &= np.isin(self._ids, only)
        ids: list[int] = self._ids[self._index.search(vector, mask, limit)].tolist()
        return ids

    def among(self, level: Level, until: float, span: Span | None) -> NDArray[np.int64]:
        """Ids of all memories that ended by ``until`` and overlap ``span``."""
        return self._ids[self._among(level, until, span)]

    def _among(self, level: Level, until: float, span: Span | None) -> NDArray[np.bool_]:
        right = self._levels == LEVELS.index(level)
        among: NDArray[np.bool_] = right & (self._ends <= until)
        if span is not None:
            among &= (self._starts < span.end) & (self._ends > span.start)
        return among
