"""Cache of derived results of a home, invalidated by any write."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from memory.db.database import HomeDatabase

_T = TypeVar("_T")


@dataclass(slots=True)
class _Place(Generic[_T]):
    """One result, what the home was when it was made, and the lock of whoever makes it."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    version: int | None = None
    made: list[_T] = field(default_factory=list)


class VersionedCache(Generic[_T]):
    """Results by key, made anew where ``version`` gives another number. Threads may share one.

    Who asks for what another thread is just working out waits for it.
    """

    def __init__(self, version: Callable[[], int | None], most: int) -> None:
        self._version, self._most = version, most
        self._guard = threading.Lock()
        self._places: OrderedDict[Hashable, _Place[_T]] = OrderedDict()

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

    def _place(self, key: Hashable) -> _Place[_T]:
        with self._guard:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
            return place


@dataclass(eq=False)
class ResultCaches:
    """The caches of a home, which are emptied together."""

    _database: HomeDatabase
    _caches: list[VersionedCache[Any]] = field(init=False, default_factory=list)

    def until_change(self, most: int = 8) -> VersionedCache[Any]:
        """A cache of up to ``most`` results as of the last change of the home."""
        return self._add(VersionedCache(self._database.version, most))

    def for_seconds(self, seconds: float, most: int) -> VersionedCache[Any]:
        """A cache of what hardly ever changes, for up to ``seconds``, whatever changes."""
        return self._add(VersionedCache(lambda: int(time.monotonic() // seconds), most))

    def clear(self) -> None:
        """Keeps nothing of the home in memory: something of it is forgotten."""
        for cache in self._caches:
            cache.clear()

    def _add(self, cache: VersionedCache[Any]) -> VersionedCache[Any]:
        self._caches.append(cache)
        return cache
