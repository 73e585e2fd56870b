"""Cache of derived results of a home, invalidated by any write."""

from __future__ import annotations

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from memory.db.database import HomeDatabase

_T = TypeVar("_T")
_ALL: weakref.WeakSet[VersionedCache[Any]] = weakref.WeakSet()


def clear_caches(database: HomeDatabase) -> None:
    """Nothing of a home is kept in memory: something of it is forgotten."""
    for one in list(_ALL):
        if one.database is database:
            one.clear()


@dataclass(slots=True)
class _Place(Generic[_T]):
    """One result, what the home was when it was made, and the lock of whoever makes it."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    version: int | None = None
    made: list[_T] = field(default_factory=list)


class VersionedCache(Generic[_T]):
    """Results by key, as of the last change of a home. Threads may share one.

    Who asks for what another thread is just working out waits for it.
    """

    def __init__(self, database: HomeDatabase, most: int = 8) -> None:
        self.database, self._most = database, most
        self._guard = threading.Lock()
        self._places: OrderedDict[Hashable, _Place[_T]] = OrderedDict()
        _ALL.add(self)

    def clear(self) -> None:
        """Keeps nothing."""
        with self._guard:
            self._places.clear()

    def get(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """What is kept under the key, or what ``make`` gives."""
        place = self._place(key)
        with place.guard:
            version = self._version()  # before it is made: a change meanwhile counts
            if version is None or not place.made or place.version != version:
                place.made, place.version = [make()], version
            return place.made[0]

    def drop(self, key: Hashable) -> None:
        """Keeps nothing under this key."""
        with self._guard:
            self._places.pop(key, None)

    def _version(self) -> int | None:
        return self.database.version()

    def _place(self, key: Hashable) -> _Place[_T]:
        with self._guard:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
            return place


class TimedCache(VersionedCache[_T]):
    """The same, for up to ``seconds``, whatever changes: for what does so hardly ever."""

    def __init__(self, database: HomeDatabase, most: int, seconds: float) -> None:
        super().__init__(database, most)
        self._seconds = seconds

    def _version(self) -> int | None:
        return int(time.monotonic() // self._seconds)
