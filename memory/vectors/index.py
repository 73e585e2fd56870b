"""Nearest neighbours among rows of vectors: the protocol, and FAISS behind it.

SQLite holds the vectors and is right; an index is derived from it and can be rebuilt at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

BLOCK = 65_536  # rows of one FAISS index: it grows by copying, and is passed over whole


class VectorIndex(Protocol):
    """Rows of vectors in the order in which they were added; finds the largest dot products."""

    def add(self, rows: NDArray[np.uint8]) -> None:
        """Adds rows at the end, as bytes: (n, bytes of a row)."""
        ...

    def keep(self, retained: NDArray[np.bool_]) -> None:
        """Removes the rows that are not ``retained``; the others move up."""
        ...

    def search(
        self, vector: NDArray[np.float32], among: NDArray[np.bool_], limit: int
    ) -> NDArray[np.int64]:
        """Row numbers, best first, at most ``limit``, only rows for which ``among`` holds."""
        ...

    def begin(
        self, vector: NDArray[np.float32], among: NDArray[np.bool_], limit: int
    ) -> Callable[[], NDArray[np.int64] | None] | None:
        """A search that goes on without a lock, or None: then ``search`` is to be called."""
        ...

    def nbytes(self) -> int:
        """The bytes that all rows take."""
        ...


class FaissIndex:
    """Every row is compared, block after block; a row is float32, or a code of one byte each.

    700,000 codes of 384 dimensions are 269 MB and take 15 ms on one core.
    """

    def __init__(self, dimension: int, coded: bool) -> None:
        import faiss

        self._faiss: Any = faiss
        self.dimension, self._coded = dimension, coded
        self.blocks: list[Any] = []
        self.scale = 1.0  # of a score, to that of the whole numbers that ``decoded`` gives

    def add(self, rows: NDArray[np.uint8]) -> None:
        """Adds rows at the end, as bytes: (n, bytes of a row)."""
        while len(rows):
            if not self.blocks or self.blocks[-1].ntotal >= BLOCK:
                self.blocks.append(self._new())
            last = self.blocks[-1]
            room = BLOCK - last.ntotal
            last.add_sa_codes(np.ascontiguousarray(rows[:room]))
            rows = rows[room:]

    def _new(self) -> Any:
        if not self._coded:
            return self._faiss.IndexFlatIP(self.dimension)
        kind = self._faiss.ScalarQuantizer.QT_8bit_direct_signed
        product = self._faiss.METRIC_INNER_PRODUCT
        return self._faiss.IndexScalarQuantizer(self.dimension, kind, product)

    def keep(self, retained: NDArray[np.bool_]) -> None:
        """Removes the rows that are not ``retained``; the others move up."""
        start, blocks = 0, []
        for block in self.blocks:
            gone = np.flatnonzero(~retained[start : start + block.ntotal])
            start += block.ntotal
            if len(gone):
                block.remove_ids(gone.astype(np.int64))
            if block.ntotal:
                blocks.append(block)
        self.blocks = blocks

    def search(
        self, vector: NDArray[np.float32], among: NDArray[np.bool_], limit: int
    ) -> NDArray[np.int64]:
        """Row numbers, best first, at most ``limit``, only rows for which ``among`` holds."""
        query = self.query(vector)
        start, rows, scores = 0, [], []
        for block in self.blocks:
            mask = among[start : start + block.ntotal]
            if mask.any():
                block_scores, at = self.search_block(block, query, mask, limit)
                rows.append(at + start)
                scores.append(block_scores)
            start += block.ntotal
        if not rows:
            return np.zeros(0, np.int64)
        order = np.argsort(-np.concatenate(scores), kind="stable")[:limit]
        return np.asarray(np.concatenate(rows)[order], np.int64)

    def begin(
        self, vector: NDArray[np.float32], among: NDArray[np.bool_], limit: int
    ) -> Callable[[], NDArray[np.int64] | None] | None:
        """None: all of it is searched under the lock."""
        return None

    def decoded(self, block: Any, start: int, count: int) -> NDArray[np.float32]:
        """Rows of a block of codes from ``start`` on, as whole numbers."""
        codes = self._faiss.rev_swig_ptr(block.codes.data(), block.ntotal * block.code_size)
        rows = codes.reshape(block.ntotal, -1)[start : start + count]
        return self._whole_numbers(rows)

    def _whole_numbers(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        return codes.astype(np.float32) - 128

    def query(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """What codes are compared with, (1, dimension)."""
        query = np.ascontiguousarray(vector[None, : self.dimension], np.float32)
        if not self._coded:
            return query
        # Where it can, FAISS multiplies codes by whole numbers: it cuts off what is after the point
        # of a query, and all of a unit vector's components are below 1.
        query = np.nan_to_num(query, nan=0.0, posinf=0.0, neginf=0.0)
        most = float(np.abs(query).max(initial=0.0))
        return np.rint(query * np.float32(127.0 / most)) if most > 0 else query

    def nbytes(self) -> int:
        """The bytes that all rows take."""
        return sum(block.ntotal * block.sa_code_size() for block in self.blocks)

    def search_block(
        self, block: Any, query: NDArray[np.float32], mask: NDArray[np.bool_], limit: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Scores and rows within one block."""
        parameters = None
        if not mask.all():
            bits = np.packbits(mask, bitorder="little")
            selector = self._faiss.IDSelectorBitmap(bits)
            parameters = self._faiss.SearchParameters(sel=selector)
        scores, rows = block.search(query, min(limit, int(mask.sum())), params=parameters)
        real = rows[0] >= 0
        return scores[0][real], rows[0][real]
