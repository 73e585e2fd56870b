"""Vectors that can be compared with nothing: not finite, all zero, or of no whole length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memory.db.database import HomeDatabase

_BATCH = 4096


@dataclass(frozen=True, slots=True)
class VectorColumn:
    """Where vectors are: a table, its column, and what a number of it is."""

    table: str
    column: str
    number: str


MEMORIES = VectorColumn("vector", "data", "<f4")
PICTURES = VectorColumn("picture_vector", "data", "<f2")
PRINTS = VectorColumn("print", "vector", "<f4")


def broken_vectors(database: HomeDatabase, where: VectorColumn) -> list[int]:
    """The rowids of those that are no vectors. All are read, a few thousand at a time."""
    broken: list[int] = []
    after = -(2**63)
    sql = (
        f"SELECT rowid AS number, CAST({where.column} AS BLOB) AS data FROM {where.table} "
        f"WHERE rowid > ? ORDER BY rowid LIMIT {_BATCH}"
    )
    while rows := database.rows(sql, [after]):
        after = rows[-1]["number"]
        broken += [row["number"] for row in rows if not is_vector(row["data"], where.number)]
    return broken


def is_vector(data: bytes, number: str) -> bool:
    """Whether these bytes are finite numbers of this type, and not all zero."""
    if not data or len(data) % np.dtype(number).itemsize:
        return False
    values = np.frombuffer(data, number)
    return bool(np.isfinite(values).all() and values.any())
