"""The graphics card that FAISS can use: whether vectors go there, their copies, and the search.

Codes are copied as 16-bit floats. Those of texts are whole numbers up to 127, as are the queries,
so that the card finds the same products as the processor, to the last digit.
"""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHARE_VARIABLE = "EGOBUTLER_INDEX_CARD"
SHARE = 0.1  # of the card's memory: models need the rest
FEWEST = 200_000  # vectors; fewer are searched in some milliseconds without a card
MOST = 2048  # neighbours that FAISS finds on a card
_TEMPORARY = 64 << 20  # bytes that FAISS works in there
_SPARE = 256 << 20  # bytes that stay free for whoever else works there
_GB = 1e9

_log = logging.getLogger(__name__)
Nearest = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Scores and rows of the nearest, best first."""


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """Where an index is searched: on the card or by the processor, and why, as a clause."""

    on_card: bool
    why: str


def choose_place(
    count: int, dimension: int, free: int, total: int, used: int = 0, share: float = SHARE
) -> SearchPlace:
    """Where ``count`` vectors are searched.

    ``free`` and ``total`` are bytes of the card (0 where there is none), ``used`` those that other
    indexes take of it, ``share`` the part of it that all indexes may take.
    """
    needed, allowed = 2 * count * dimension, share * total - used
    if total <= 0:
        return SearchPlace(False, "there is no card that FAISS can use")
    if share <= 0:
        return SearchPlace(False, f"{SHARE_VARIABLE} keeps the index off the card")
    if count < FEWEST:
        return SearchPlace(False, f"{count:,} vectors need no card: from {FEWEST:,} on they do")
    size = f"{count:,} vectors take {needed / _GB:.2f} GB"
    if needed > allowed:
        left = max(allowed, 0) / _GB
        return SearchPlace(
            False,
            f"{size}, and {left:.2f} GB are left of the {share:.0%} of the card's "
            f"{total / _GB:.1f} GB that {SHARE_VARIABLE} gives",
        )
    if needed + _TEMPORARY + _SPARE > free:
        return SearchPlace(False, f"{size}, and {free / _GB:.2f} GB of the card are free")
    return SearchPlace(True, f"{size} of the card's {total / _GB:.1f} GB")


def share_of_card() -> float:
    """The part of the card that indexes may take: from the environment, or the usual one."""
    said = os.environ.get(SHARE_VARIABLE, "")
    try:
        return min(max(float(said), 0.0), 1.0) if said else SHARE
    except ValueError:
        _log.warning("%s must be a number from 0 to 1, not %r", SHARE_VARIABLE, said)
        return SHARE


@dataclass
class _Ticket:
    """One query that waits for the card. ``copies`` are those that it is compared with."""

    query: NDArray[np.float32]
    copies: Sequence[Any]
    neighbours: Sequence[int]  # of each copy
    nearest: dict[int, Nearest] = field(default_factory=dict)  # by the copy's identity
    error: Exception | None = None
    answered: bool = False


class Card:
    """One card. Threads may ask at the same time: whoever comes first asks for all who wait."""

    def __init__(self, flat: Callable[[int], Any], memory: Callable[[], tuple[int, int]]) -> None:
        """``flat`` makes an empty index there, ``memory`` tells its free bytes and all bytes."""
        self.flat, self.memory = flat, memory
        self._at_work, self._guard = threading.Lock(), threading.Lock()
        self._waiting: list[_Ticket] = []
        self.indexes: weakref.WeakSet[Any] = weakref.WeakSet()

    @classmethod
    def of_faiss(cls, faiss: Any) -> Card:
        """The first card that FAISS sees: indexes of 16-bit floats, compared by dot products."""
        resources, config = faiss.StandardGpuResources(), faiss.GpuIndexFlatConfig()
        resources.setTempMemory(_TEMPORARY)
        config.useFloat16 = True
        return cls(lambda dimension: faiss.GpuIndexFlatIP(resources, dimension, config), _memory)

    def add(self, flat: Any, rows: NDArray[np.float32]) -> None:
        """Puts rows at the end of an index on the card. Raises RuntimeError where it is full."""
        with self._at_work:
            flat.add(rows)

    def ask(
        self, query: NDArray[np.float32], copies: Sequence[Any], neighbours: Sequence[int]
    ) -> list[Nearest]:
        """The nearest rows of each copy; ``query`` is (1, dimension).

        Raises RuntimeError where the card fails.
        """
        ticket = _Ticket(query, copies, neighbours)
        with self._guard:
            self._waiting.append(ticket)
        with self._at_work:
            if not ticket.answered:
                with self._guard:
                    waiting, self._waiting = self._waiting, []
                _answer(waiting)
        if ticket.error is not None:
            raise ticket.error
        return [ticket.nearest[id(copy)] for copy in copies]


def _answer(tickets: Sequence[_Ticket]) -> None:
    """Answers all of them, with one search of each index."""
    asking: dict[int, tuple[Any, list[tuple[_Ticket, int]]]] = {}
    for ticket in tickets:
        for copy, neighbours in zip(ticket.copies, ticket.neighbours):
            asking.setdefault(id(copy), (copy, []))[1].append((ticket, neighbours))
    try:
        for copy, asked in asking.values():
            queries = np.concatenate([ticket.query for ticket, _ in asked])
            scores, rows = copy.search(queries, max(neighbours for _, neighbours in asked))
            for n, (ticket, neighbours) in enumerate(asked):
                ticket.nearest[id(copy)] = scores[n, :neighbours], rows[n, :neighbours]
    except Exception as error:  # a lost or full card: each of them goes on without it
        for ticket in tickets:
            ticket.error = error
    for ticket in tickets:
        ticket.answered = True


def _memory() -> tuple[int, int]:
    """Free bytes and all bytes of the card; (0, 0) where it does not tell."""
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    try:  # the runtime that FAISS has loaded
        failed = ctypes.CDLL(None).cudaMemGetInfo(ctypes.byref(free), ctypes.byref(total))
    except (AttributeError, OSError):
        return 0, 0
    return (0, 0) if failed else (free.value, total.value)


@cache
def card() -> Card | None:
    """The card of this process, or None where FAISS has none (faiss-cpu, no card, no driver)."""
    import faiss

    try:
        return Card.of_faiss(faiss) if faiss.get_num_gpus() > 0 else None
    except Exception as error:  # whatever a driver raises
        _log.warning("the card cannot be used, vectors are searched by the processor: %s", error)
        return None


def placement(count: int, dimension: int) -> SearchPlace:
    """Where an index of that size would be searched in this process."""
    graphics = card()
    if graphics is None:
        return choose_place(count, dimension, 0, 0)
    # To ask a card takes some of its memory, which a small index needs not.
    free, total = (1, 1) if count < FEWEST else graphics.memory()
    return choose_place(count, dimension, free, total, share=share_of_card())
