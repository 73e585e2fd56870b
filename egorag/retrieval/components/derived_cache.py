"""Cache of values derived from each memory, valid as long as its text is the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from memory.types.core import Memory

T = TypeVar("T")
MOST = 20_000  # memories


class DerivedCache(Generic[T]):
    """``make(memory)``, made once for each memory and made again when its text has changed.

    Beyond ``most`` memories those that were put there first leave. Threads may share one: the worst
    that happens is that something is made twice.
    """

    def __init__(self, make: Callable[[Memory], T], most: int = MOST) -> None:
        self._make = make
        self._most = most
        self._kept: dict[int, tuple[str, T]] = {}

    def of(self, memories: Sequence[Memory]) -> list[T]:
        """What is derived from each, in the same order."""
        derived = []
        for memory in memories:
            entry = self._kept.get(memory.id)
            if entry is None or entry[0] != memory.text:
                entry = self._kept[memory.id] = (memory.text, self._make(memory))
            derived.append(entry[1])
        while len(self._kept) > max(self._most, len(memories)):
            self._kept.pop(next(iter(self._kept)), None)
        return derived
