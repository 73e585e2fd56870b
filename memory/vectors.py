"""The vectors of the memories: kept in SQLite per model, searched through a derived index."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory.database import HomeDatabase
from memory.vector_index import FaissIndex, VectorIndex

# A memory that was deleted meanwhile gets none.
_PUT = (
    "INSERT OR REPLACE INTO vector SELECT ?, ?, ? "
    "WHERE EXISTS (SELECT 1 FROM memory WHERE memory.id = ?)"
)


class Vectors:
    """Vectors per model. An index is built at the first search and follows what is written here.

    A revision number in the database tells when another process has written; then it is built anew.
    """

    def __init__(self, database: HomeDatabase) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._indexes: dict[tuple[str, int], tuple[int, VectorIndex]] = {}  # by model and dimension

    def put(self, model: str, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Stores the vectors of memories, (len(ids), dimension), replacing older ones."""
        rows = [
            (memory_id, model, np.ascontiguousarray(vector, np.float32).tobytes(), memory_id)
            for memory_id, vector in zip(ids, vectors, strict=True)
        ]
        with self._guard:
            with self._database.transaction() as db:
                before = self._revision()
                db.conn.executemany(_PUT, rows)
                db.conn.execute("UPDATE revision SET number = number + 1 WHERE name = 'vector'")
                after = self._revision()
            for key, (revision, index) in self._indexes.items():
                if revision == before:
                    if key == (model, vectors.shape[1]):
                        index.put(np.array(ids, np.int64), vectors)
                    self._indexes[key] = (after, index)

    def missing(self, model: str, limit: int = 256) -> list[tuple[int, str]]:
        """Memories (id, text) that have no vector of this model yet, oldest first."""
        rows = self._database.rows(
            "SELECT id, text FROM memory WHERE NOT EXISTS (SELECT 1 FROM vector "
            "WHERE vector.memory_id = memory.id AND vector.model = ?) ORDER BY start, id LIMIT ?",
            [model, limit],
        )
        return [(row["id"], row["text"]) for row in rows]

    def search(
        self, model: str, vector: NDArray[np.float32], among: NDArray[np.int64], limit: int
    ) -> dict[int, float]:
        """Memory id → cosine, best first, among the given ids."""
        index = self._index(model, vector.size)
        return {} if index is None else index.search(vector, among, limit)

    def _index(self, model: str, dimension: int) -> VectorIndex | None:
        with self._guard:
            revision = self._revision()
            held = self._indexes.get((model, dimension))
            if held is None or held[0] != revision:
                index = self._build(model, dimension)
                if index is None:
                    return None
                held = self._indexes[model, dimension] = (revision, index)
            return held[1]

    def _revision(self) -> int:
        return int(self._database.rows("SELECT number FROM revision WHERE name = 'vector'")[0][0])

    def _build(self, model: str, dimension: int) -> VectorIndex | None:
        """The index over the vectors of this dimension; damaged ones are left out."""
        rows = self._database.rows(
            "SELECT memory_id, data FROM vector WHERE model = ? AND length(data) = ? "
            "ORDER BY memory_id",
            [model, 4 * dimension],
        )
        if not rows:
            return None
        ids = np.array([row["memory_id"] for row in rows], np.int64)
        matrix = np.frombuffer(b"".join(row["data"] for row in rows), np.float32)
        index = FaissIndex(dimension)
        index.put(ids, matrix.reshape(len(rows), -1))
        return index
