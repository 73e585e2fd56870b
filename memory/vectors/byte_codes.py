"""One byte a dimension: the small copies of vectors from which the index in memory is made.

A code finds the candidates; what is returned is compared by the vector itself. Dimensions beyond
the first 384 are left out: Matryoshka embedders order theirs by weight (Kusupati et al. 2022,
"Matryoshka Representation Learning"), and a year then fits into 270 MB whatever the model.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_DIMENSIONS = 384
_REACH = 6.0  # standard deviations of a unit vector's component that a code can tell apart
_BATCH = 4096

_PUT = (
    "INSERT OR REPLACE INTO vector_code "
    '(memory_id, model, dimension, number, level, start, "end", code) '
    "SELECT id, ?, ?, (SELECT number FROM revision WHERE name = 'vector'), level, start, \"end\", ?"
    " FROM memory WHERE id = ?"
)
_UNCODED = (
    "SELECT vector.rowid, vector.memory_id, vector.model, vector.data FROM vector "
    "WHERE vector.rowid > ? AND NOT EXISTS (SELECT 1 FROM vector_code AS code "
    "WHERE code.memory_id = vector.memory_id AND code.model = vector.model) "
    "AND length(data) % 4 = 0 AND length(data) > 0 ORDER BY vector.rowid LIMIT ?"
)


def indexed(dimension: int) -> int:
    """How many of a vector's dimensions its code has."""
    return min(dimension, MOST_DIMENSIONS)


def encode(vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Codes (n, indexed dimension) of unit vectors (n, dimension); 128 is 0."""
    used = vectors[:, : indexed(vectors.shape[1])]
    step = 127.0 / (_REACH / np.sqrt(used.shape[1]))
    scaled = np.nan_to_num(np.rint(used * step), nan=0.0, posinf=127.0, neginf=-127.0)
    codes: NDArray[np.uint8] = (np.clip(scaled, -127, 127) + 128).astype(np.uint8)
    return codes


def put_codes(
    connection: sqlite3.Connection, model: str, ids: Sequence[int], vectors: NDArray[np.float32]
) -> None:
    """Writes the codes of memories that exist, replacing older ones."""
    dimension = vectors.shape[1]
    rows = zip(ids, encode(vectors))
    connection.executemany(
        _PUT, [(model, dimension, code.tobytes(), memory_id) for memory_id, code in rows]
    )


def write_codes(connection: sqlite3.Connection) -> int:
    """Writes the codes of all vectors that have none. Returns how many."""
    after = count = 0
    while rows := connection.execute(_UNCODED, [after, _BATCH]).fetchall():
        after = rows[-1][0]
        for _, memory_id, model, data in rows:
            put_codes(connection, model, [memory_id], np.frombuffer(data, np.float32)[None])
        count += len(rows)
    return count
