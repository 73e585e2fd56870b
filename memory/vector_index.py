"""Nearest neighbours among the memories' vectors: the protocol, and FAISS behind it.

SQLite holds the vectors and is right; an index is derived from it and can be rebuilt at any time.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class VectorIndex(Protocol):
    """Finds the vectors with the largest dot product among some of the ids."""

    def put(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Adds rows, replacing those whose id is there already. vectors: (len(ids), dimension)."""
        ...

    def search(
        self, vector: NDArray[np.float32], among: NDArray[np.int64], limit: int
    ) -> dict[int, float]:
        """Id → dot product, best first, at most ``limit``, only ids in ``among``."""
        ...


class FaissIndex:
    """Exact search over an inner-product FAISS index keyed by memory id."""

    def __init__(self, dimension: int) -> None:
        import faiss

        self._faiss: Any = faiss
        self._index: Any = self._faiss.IndexIDMap2(self._faiss.IndexFlatIP(dimension))
        self._known: set[int] = set()

    def put(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Adds rows, replacing those whose id is there already. vectors: (len(ids), dimension)."""
        again = self._known.intersection(ids.tolist())
        if again:
            self._index.remove_ids(np.fromiter(again, np.int64))
        self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), ids)
        self._known.update(ids.tolist())

    def search(
        self, vector: NDArray[np.float32], among: NDArray[np.int64], limit: int
    ) -> dict[int, float]:
        """Id → dot product, best first, at most ``limit``, only ids in ``among``."""
        wanted = min(limit, len(among), self._index.ntotal)
        if wanted == 0:
            return {}
        selector = self._faiss.IDSelectorBatch(np.ascontiguousarray(among, np.int64))
        scores, ids = self._index.search(
            np.ascontiguousarray(vector[None], np.float32),
            wanted,
            params=self._faiss.SearchParameters(sel=selector),
        )
        found = zip(ids[0].tolist(), scores[0].tolist(), strict=True)
        return {int(i): float(score) for i, score in found if i >= 0}
