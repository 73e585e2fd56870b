"""An index whose blocks have copies on the graphics card, where it is large and the card has room.

The blocks in main memory are the index; the copies only find the nearest rows sooner. FAISS cannot
leave rows out on a card. So more rows are asked for than are needed, and those that may not be
found are passed over; where too few are left, the processor searches.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memory.vectors import card as cards
from memory.vectors.card import MOST, Card, Nearest, card, choose_place, share_of_card
from memory.vectors.index import FaissIndex

_DENSE = 0.25  # of a block's rows may be found: fewer are compared sooner by the processor
_ROWS = 16_384  # copied at once

_log = logging.getLogger(__name__)
Finish: TypeAlias = Callable[[], NDArray[np.int64] | None]
"""Ends a search on the card, without a lock; None where the processor has to search after all."""


class CardIndex:
    """A `VectorIndex` beside the one that it wraps. Nothing but ``begin`` uses the card."""

    def __init__(self, index: FaissIndex, graphics: Card) -> None:
        self._index, self._card = index, graphics
        self._copies: list[Any] = []  # of the first blocks, in order; None for one that is stale
        self._off = ""  # why the card is not tried any more
        graphics.indexes.add(self)

    def add(self, rows: NDArray[np.uint8]) -> None:
        """See `VectorIndex`."""
        self._index.add(rows)

    def keep(self, retained: NDArray[np.bool_]) -> None:
        """See `VectorIndex`."""
        copies, start = [], 0
        for n, block in enumerate(self._index.blocks):
            part = retained[start : start + block.ntotal]
            start += block.ntotal
            if part.any():
                copies.append(self._copies[n] if n < len(self._copies) and part.all() else None)
        self._index.keep(retained)
        self._copies = copies

    def search(
        self, vector: NDArray[np.float32], among: NDArray[np.bool_], limit: int
    ) -> NDArray[np.int64]:
        """See `VectorIndex`; by the processor."""
        return self._index.search(vector, among, limit)

    def nbytes(self) -> int:
        """See `VectorIndex`; what the card holds is not counted."""
        return self._index.nbytes()

    def card_bytes(self) -> int:
        """The bytes that the copies take of the card."""
        return sum(2 * copy.ntotal * copy.d for copy in self._copies if copy is not None)

    def begin(
        self, vector: NDArray[np.float32], among: NDArray[np.bool_], limit: int
    ) -> Finish | None:
        """A search on the card, or None where the processor is to search.

        Called under the lock under which rows come and go; what it returns needs none.
        """
        copies = self._current_copies()
        if not copies:
            return None
        query, start = self._index.query(vector), 0
        parts: list[tuple[Any, NDArray[np.bool_], int]] = []
        sparse: list[tuple[NDArray[np.float32], NDArray[np.int64]]] = []
        for block, copy in zip(self._index.blocks, copies):
            mask = among[start : start + block.ntotal]
            count = int(mask.sum())
            if count >= _DENSE * block.ntotal:
                parts.append((copy, mask, start))
            elif count:
                scores, rows = self._index.search_block(block, query, mask, limit)
                sparse.append((scores / self._index.scale, rows + start))
            start += block.ntotal
        if not parts or limit > MOST:
            return None
        return lambda: self._finish(query, parts, sparse, limit)

    def _finish(
        self,
        query: NDArray[np.float32],
        parts: list[tuple[Any, NDArray[np.bool_], int]],
        nearest: list[Nearest],
        limit: int,
    ) -> NDArray[np.int64] | None:
        counts = [_neighbours(mask, limit) for _, mask, _ in parts]
        try:
            answers = self._card.ask(query, [copy for copy, _, _ in parts], counts)
        except Exception as error:  # a lost or full card
            self._give_up(error)
            return None
        for (_, mask, start), (scores, rows), asked in zip(parts, answers, counts):
            real = (rows >= 0) & (rows < len(mask))  # rows may have come since
            scores, rows = scores[real], rows[real]
            allowed = mask[rows]
            if allowed.sum() < min(limit, int(mask.sum())) and asked < len(mask):
                return None
            nearest = [*nearest, (scores[allowed], rows[allowed] + start)]
        rows = np.concatenate([rows for _, rows in nearest])
        scores = np.concatenate([scores for scores, _ in nearest])
        return np.asarray(rows[np.lexsort((rows, -scores))[:limit]], np.int64)

    def _current_copies(self) -> list[Any]:
        """A copy on the card of each block, with what is new; none where it is not to be used."""
        if self._off:
            return []
        blocks = self._index.blocks
        copies = [*self._copies, *[None] * (len(blocks) - len(self._copies))]
        if all(
            copy is not None and copy.ntotal == block.ntotal for block, copy in zip(blocks, copies)
        ):
            return copies
        if not self._has_room():
            return []
        try:
            for n, block in enumerate(blocks):
                if copies[n] is None:
                    copies[n] = self._card.flat(self._index.dimension)
                self._copy(block, copies[n])
        except Exception as error:  # a lost or full card
            self._give_up(error)
            return []
        self._copies = copies
        return copies

    def _has_room(self) -> bool:
        count, dimension = sum(b.ntotal for b in self._index.blocks), self._index.dimension
        if count < cards.FEWEST:
            return False
        free, total = self._card.memory()
        mine = self.card_bytes()
        others = sum(index.card_bytes() for index in self._card.indexes if index is not self)
        place = choose_place(count, dimension, free + mine, total, others, share_of_card())
        if not place.on_card:
            self._give_up(place.why)
        return place.on_card

    def _copy(self, block: Any, copy: Any) -> None:
        while copy.ntotal < block.ntotal:
            rows = self._index.decoded(block, copy.ntotal, _ROWS)
            self._card.add(copy, rows)

    def _give_up(self, why: object) -> None:
        if not self._off:
            _log.warning("vectors are searched by the processor from now on: %s", why)
        self._off, self._copies = str(why), []


def _neighbours(mask: NDArray[np.bool_], limit: int) -> int:
    """How many rows are asked for, so that enough of them may be found."""
    if mask.all():
        return min(limit, len(mask))
    return min(4 * limit + 64, MOST, len(mask))


def placed(index: FaissIndex) -> FaissIndex | CardIndex:
    """The index, which a card searches where there is one and the index is large."""
    graphics = card()
    return index if graphics is None else CardIndex(index, graphics)
