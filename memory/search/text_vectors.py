"""The vectors of the memories: kept in SQLite per model, searched through a derived index."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from memory.db.database import HomeDatabase
from memory.types.core import LEVELS, Level, Span
from memory.types.images import CosineSpread
from memory.vectors.byte_codes import indexed, put_codes
from memory.vectors.index_cache import Rows, VectorIndexCache, search_shared
from memory.vectors.whitening import FEWEST, Whitening

EXACT_BELOW = 50_000  # vectors that are held whole; of more, only codes are held
_BATCH = 16_384  # rows read at once
_SAMPLE = 1000  # memories from which it is told how all of them spread
_WHITENED_BY = 2000  # memories from which it is told in which directions all of them differ
_MARGIN = 200  # more candidates than wanted: the codes' order is nearly, not quite, the vectors'

# A memory that was deleted meanwhile gets none.
_PUT = (
    "INSERT INTO vector (memory_id, model, data) SELECT ?, ?, ? "
    "WHERE EXISTS (SELECT 1 FROM memory WHERE memory.id = ?) "
    "ON CONFLICT (memory_id, model) DO UPDATE SET data = excluded.data"
)
_CHANGED = (
    "SELECT code.number, code.id, code.memory_id, code.level, code.start, "
    'code."end", {data} AS data FROM vector_code AS code INDEXED BY vector_code_number {join} '
    "WHERE (code.number, code.id) > (?, ?) AND code.model = ? AND code.dimension = ? "
    "AND length({data}) = ? ORDER BY code.number, code.id LIMIT ?"
)
_JOIN = "JOIN vector ON vector.memory_id = code.memory_id AND vector.model = code.model"
_AMONG = "FROM json_each(?) AS wanted CROSS JOIN memory ON memory.id = wanted.value"


@dataclass(slots=True)
class _FollowedIndex:
    """A shelf and the revisions that it has followed."""

    shelf: VectorIndexCache
    number: int
    removed: int


@dataclass(eq=False)
class Vectors:
    """Vectors per model. An index is built at the first search and follows whatever is written.

    Revision numbers in the database tell what has changed since, whichever process changed it.
    """

    _database: HomeDatabase
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)
    # By model and dimension.
    _held: dict[tuple[str, int], _FollowedIndex] = field(init=False, default_factory=dict)
    # By model and level: the revisions and number of memories, and what they gave.
    _whitenings: dict[tuple[str, Level], tuple[tuple[int, int, int], Whitening]] = field(
        init=False, default_factory=dict
    )

    def put(self, model: str, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Stores the vectors of memories, (len(ids), dimension), replacing older ones."""
        rows = [
            (memory_id, model, np.ascontiguousarray(vector, np.float32).tobytes(), memory_id)
            for memory_id, vector in zip(ids, vectors, strict=True)
        ]
        with self._database.transaction() as db:
            db.conn.execute("UPDATE revision SET number = number + 1 WHERE name = 'vector'")
            db.conn.executemany(_PUT, rows)
            put_codes(db.conn, model, ids, vectors)

    def missing(self, model: str, limit: int = 256) -> list[tuple[int, str]]:
        """Memories (id, text) that have no vector of this model yet, oldest first."""
        counts = self._database.rows(
            "SELECT (SELECT count(*) FROM memory) - (SELECT count(*) FROM vector WHERE model = ?)",
            [model],
        )
        if counts[0][0] == 0:  # the usual case, without looking each memory up
            return []
        rows = self._database.rows(
            "SELECT id, text FROM memory WHERE NOT EXISTS (SELECT 1 FROM vector "
            "WHERE vector.memory_id = memory.id AND vector.model = ?) ORDER BY start, id LIMIT ?",
            [model, limit],
        )
        return [(row["id"], row["text"]) for row in rows]

    def count_missing(self, model: str) -> int:
        """How many memories have no vector of this model yet."""
        found = self._database.rows(
            "SELECT count(*) FROM memory WHERE NOT EXISTS (SELECT 1 FROM vector "
            "WHERE vector.memory_id = memory.id AND vector.model = ?)",
            [model],
        )
        return int(found[0][0])

    def search(
        self,
        model: str,
        vector: NDArray[np.float32],
        level: Level,
        until: float,
        span: Span | None,
        limit: int,
        only: NDArray[np.int64] | None = None,
    ) -> list[int]:
        """Candidates: ids of memories that ended by ``until`` and overlap ``span``.

        They are among the best; ``compare`` says how good each is. Best first, and a few more
        than ``limit`` where the index holds codes only. ``only``, where given, are the ids that
        may be found.
        """
        current = partial(self._followed, model, vector.size)
        return search_shared(self._guard, current, vector, level, until, span, limit, only)

    def compare(
        self,
        model: str,
        vector: NDArray[np.float32],
        ids: Sequence[int],
        where: str,
        parameters: Sequence[object],
    ) -> dict[int, float]:
        """Memory id → cosine, best first, of those that satisfy ``where`` (SQL over memory)."""
        known, matrix = self.read(model, vector.size, ids, where, parameters)
        cosines = matrix @ np.asarray(vector, np.float32)
        order = np.lexsort((known, -cosines))
        return {int(known[at]): float(cosines[at]) for at in order}

    def read(
        self,
        model: str,
        dimension: int,
        ids: Sequence[int],
        where: str,
        parameters: Sequence[object],
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids and vectors (n, dimension) of those memories that satisfy ``where``."""
        rows = self._database.rows(
            f"SELECT memory.id AS id, vector.data AS data {_AMONG} "
            "CROSS JOIN vector ON vector.memory_id = memory.id AND vector.model = ? "
            f"WHERE length(vector.data) = ? AND {where}",
            [json.dumps(list(ids)), model, 4 * dimension, *parameters],
        )
        matrix = np.frombuffer(b"".join(row["data"] for row in rows), np.float32)
        known = np.array([row["id"] for row in rows], np.int64)
        return known, matrix.reshape(len(rows), dimension)

    def spread(
        self, model: str, vector: NDArray[np.float32], level: Level, until: float
    ) -> CosineSpread:
        """How like ``vector`` the memories of a level that ended by ``until`` are."""
        with self._guard:
            ids = self._followed(model, vector.size).among(level, until, None)
        cosines = self.compare(model, vector, _sample(ids, _SAMPLE), "TRUE", [])
        return CosineSpread.of(np.array(list(cosines.values())), len(ids))

    def whiten(
        self, model: str, vector: NDArray[np.float32], level: Level, until: float
    ) -> NDArray[np.float32]:
        """``vector`` turned by how the memories of a level differ that ended by ``until``."""
        with self._guard:
            ids = self._followed(model, vector.size).among(level, until, None)
            followed = self._held[model, vector.size]
        version = followed.number, followed.removed, len(ids)
        known, whitening = self._whitenings.get((model, level), (None, None))
        if whitening is None or known != version:
            sample = _sample(ids, _WHITENED_BY)
            _, vectors = self.read(model, vector.size, sample, "TRUE", [])
            vectors = vectors[np.isfinite(vectors).all(axis=1)]  # some may be damaged
            if len(vectors) < FEWEST:
                return vector
            whitening = Whitening.of(vectors)
            self._whitenings[model, level] = version, whitening
        return whitening.turned(vector)

    def largest(self) -> tuple[int, int]:
        """How many vectors the model has that has most of them, and the dimensions of their codes.

        (0, 0) without any.
        """
        rows = self._database.rows(
            "SELECT count(*), dimension FROM vector_code GROUP BY model, dimension "
            "ORDER BY count(*) DESC LIMIT 1"
        )
        return (int(rows[0][0]), indexed(int(rows[0][1]))) if rows else (0, 0)

    def held_bytes(self, model: str, dimension: int) -> int:
        """The bytes that the index of a model takes in memory; 0 before the first search."""
        with self._guard:
            followed = self._held.get((model, dimension))
            return followed.shelf.nbytes if followed else 0

    def _followed(self, model: str, dimension: int) -> VectorIndexCache:
        """The shelf of a model, as of now."""
        number, removed = self._revision("vector"), self._revision("vector_removed")
        followed = self._held.get((model, dimension))
        if followed is None:
            followed = _FollowedIndex(self._empty(model, dimension), -1, removed)
        if followed.removed != removed:
            followed.shelf.keep_only(self._ids(model))
        if followed.number != number:
            for rows in self._changed(model, dimension, followed.number, followed.shelf.exact):
                followed.shelf.put(rows, again=followed.number >= 0)
        if followed.shelf.exact and len(followed.shelf) > EXACT_BELOW:
            self._held.pop((model, dimension), None)
            return self._followed(model, dimension)
        self._held[model, dimension] = _FollowedIndex(followed.shelf, number, removed)
        return followed.shelf

    def _revision(self, name: str) -> int:
        return int(self._database.rows("SELECT number FROM revision WHERE name = ?", [name])[0][0])

    def _empty(self, model: str, dimension: int) -> VectorIndexCache:
        count = self._database.rows("SELECT count(*) FROM vector_code WHERE model = ?", [model])
        exact = int(count[0][0]) <= EXACT_BELOW
        return VectorIndexCache(dimension if exact else indexed(dimension), exact, _MARGIN)

    def _ids(self, model: str) -> NDArray[np.int64]:
        rows = self._database.rows("SELECT memory_id FROM vector_code WHERE model = ?", [model])
        return np.fromiter((row[0] for row in rows), np.int64, len(rows))

    def _changed(self, model: str, dimension: int, since: int, exact: bool) -> Iterator[Rows]:
        """What was written after the revision ``since``; damaged vectors are left out."""
        sql = _CHANGED.format(**_source(exact))
        size = 4 * dimension if exact else indexed(dimension)
        after: tuple[int, int] = since, 2**63 - 1  # nothing of that revision itself
        while rows := self._database.rows(sql, [*after, model, dimension, size, _BATCH]):
            after = rows[-1]["number"], rows[-1]["id"]
            data = np.frombuffer(b"".join(row["data"] for row in rows), np.uint8)
            yield Rows(
                np.array([row["memory_id"] for row in rows], np.int64),
                np.array([LEVELS.index(row["level"]) for row in rows], np.int8),
                np.array([row["start"] for row in rows], np.float64),
                np.array([row["end"] for row in rows], np.float64),
                data.reshape(len(rows), size),
            )


def _sample(ids: NDArray[np.int64], most: int) -> list[int]:
    """At most so many of the ids, evenly."""
    sample: list[int] = ids[np.linspace(0, len(ids) - 1, min(len(ids), most)).astype(int)].tolist()
    return sample


def _source(exact: bool) -> dict[str, str]:
    if exact:
        return {"data": "vector.data", "join": _JOIN}
    return {"data": "code.code", "join": ""}
