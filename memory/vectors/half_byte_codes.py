"""Half a byte a dimension: the small copies of picture vectors, from which their index is made.

Vectors of pictures are not ordered by weight, as Matryoshka's are, and some of their dimensions are
far larger than the rest. So they are first turned by a fixed random rotation, after which all
dimensions are alike, and each is told in 16 steps: the error of a cosine is then about 0.004 at 768
dimensions. Source: Gao and Long, "RaBitQ" (SIGMOD 2024), section 3, for the rotation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory.vectors.index import FaissIndex

MOST_DIMENSIONS = 768  # of more, the first after the rotation: 384 bytes a picture, whatever model
_REACH = 2.7  # standard deviations of a unit vector's component that a code can tell apart
_STEPS = 16
_SEED = 20_260_301
_BATCH = 2048

_PUT = (
    "INSERT OR REPLACE INTO picture_code (id, model, dimension, number, at, code) "
    "SELECT picture_vector.id, model, ?, (SELECT number FROM revision WHERE name = 'picture'), at, "
    "? FROM picture_vector JOIN thumbnail USING (clip_id, number) WHERE picture_vector.id = ?"
)
_UNCODED = (
    "SELECT id, data FROM picture_vector WHERE id > ? AND NOT EXISTS (SELECT 1 FROM picture_code "
    "AS code WHERE code.id = picture_vector.id) AND length(data) % 2 = 0 AND length(data) > 0 "
    "ORDER BY id LIMIT ?"
)


def indexed(dimension: int) -> int:
    """How many of a vector's dimensions its code has."""
    return min(dimension, MOST_DIMENSIONS)


def code_bytes(dimension: int) -> int:
    """How many bytes the code of a vector takes."""
    return (indexed(dimension) + 1) // 2


@cache
def rotation(dimension: int) -> NDArray[np.float32]:
    """The rotation (dimension, indexed dimension), the same on every machine and for ever.

    Numpy keeps the stream of ``RandomState`` as it is; the signs make the decomposition unique.
    """
    random = np.random.RandomState(_SEED).standard_normal((dimension, dimension))
    turned, upper = np.linalg.qr(random)
    turned = turned * np.sign(np.diag(upper))
    return np.ascontiguousarray(turned[:, : indexed(dimension)], dtype=np.float32)


def encode(vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Codes (n, code bytes) of unit vectors (n, dimension); an even dimension's half comes low."""
    reach = _reach(vectors.shape[1])
    turned = np.nan_to_num(vectors, nan=0.0, posinf=0.0, neginf=0.0) @ rotation(vectors.shape[1])
    steps = np.clip(np.floor((turned + reach) / (2 * reach) * _STEPS), 0, _STEPS - 1)
    steps = np.pad(steps.astype(np.uint8), ((0, 0), (0, turned.shape[1] % 2)))
    codes: NDArray[np.uint8] = steps[:, 0::2] | (steps[:, 1::2] << 4)
    return codes


def _reach(dimension: int) -> float:
    return _REACH / float(np.sqrt(dimension))


class HalfByteIndex(FaissIndex):
    """Every code is compared with the whole question: 700,000 are 269 MB and take 90 ms a core."""

    def __init__(self, dimension: int) -> None:
        super().__init__(indexed(dimension), coded=True)
        self._whole = dimension
        self.scale = _reach(dimension) / _STEPS

    def _new(self) -> Any:
        kind = self._faiss.ScalarQuantizer.QT_4bit_uniform
        product = self._faiss.METRIC_INNER_PRODUCT
        index = self._faiss.IndexScalarQuantizer(self.dimension, kind, product)
        reach = _reach(self._whole)  # FAISS takes the middle of a step, and has one step fewer
        least_and_width = np.array([-reach, 2 * reach * (_STEPS - 1) / _STEPS], np.float32)
        self._faiss.copy_array_to_vector(least_and_width, index.sq.trained)
        index.is_trained = True
        return index

    def _whole_numbers(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        steps = np.stack([codes & 15, codes >> 4], axis=-1).reshape(len(codes), -1)
        odd: NDArray[np.float32] = 2 * steps[:, : self.dimension].astype(np.float32) - (_STEPS - 1)
        return odd

    def query(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """What codes are compared with, (1, dimension)."""
        whole = np.nan_to_num(vector, nan=0.0, posinf=0.0, neginf=0.0)
        return np.ascontiguousarray((whole @ rotation(self._whole))[None], np.float32)


def put_codes(
    connection: sqlite3.Connection, ids: Iterable[int], vectors: NDArray[np.float32]
) -> None:
    """Writes the codes of picture vectors that are there, replacing older ones."""
    dimension = vectors.shape[1]
    rows = [
        (dimension, code.tobytes(), picture_id) for picture_id, code in zip(ids, encode(vectors))
    ]
    connection.executemany(_PUT, rows)


def write_codes(connection: sqlite3.Connection) -> None:
    """Writes the codes of all picture vectors that have none."""
    after = -1
    while rows := connection.execute(_UNCODED, [after, _BATCH]).fetchall():
        after = rows[-1][0]
        for picture_id, data in rows:
            put_codes(connection, [picture_id], np.frombuffer(data, "<f2").astype(np.float32)[None])
