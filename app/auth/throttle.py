"""Throttling: wrong passwords wait ever longer, and one session cannot flood the server.

Kept in memory, within bounds: what has been quiet longest is forgotten first.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.http.network_address import network

MOST = 10_000  # keys that are remembered

V = TypeVar("V")


class _Latest(Generic[V]):
    """A dict that forgets what has not been set for longest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> V | None:
        return self._kept.get(key)

    def put(self, key: str, value: V) -> None:
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, key: str) -> None:
        self._kept.pop(key, None)


@dataclass(frozen=True, slots=True)
class _Tries:
    wrong: int
    until: float  # the next may come then


class Backoff:
    """Some tries are free; after each further one the next must wait twice as long.

    Whatever the pauses between them, in ``n`` times the longest wait no more than ``n + 1`` are let
    through, besides the free ones and those that it takes to come to the longest wait.
    """

    def __init__(
        self,
        free: int,
        longest: float,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST,
    ) -> None:
        """``longest`` is the longest wait in seconds; each such without a try takes one back."""
        self._free, self._longest, self._clock, self._most = free, longest, clock, most
        self._cap = free + math.ceil(math.log2(longest))
        self._guard = threading.Lock()
        self._tries: dict[str, _Tries] = {}

    def wait(self, key: str) -> float:
        """Seconds until the next try may come; 0: now. Counts nothing."""
        with self._guard:
            return self._wait(key)

    def charge(self, key: str) -> float:
        """Counts a try, before it is known to be wrong. Returns seconds to wait; 0: go on.

        Counting beforehand means that a hundred at once are no more than a hundred in turn.
        """
        with self._guard:
            if wait := self._wait(key):
                return wait
            now = self._clock()
            wrong = min(self._cap, self._wrong(self._tries.pop(key, None), now) + 1)
            over = wrong - self._free
            pause = 0.0 if over < 0 else min(self._longest, 2.0**over)
            self._tries[key] = _Tries(wrong, now + pause)
            self._make_room(now)
            return 0.0

    def forgive(self, key: str) -> None:
        """The try was right: nothing is held against the key any more."""
        with self._guard:
            self._tries.pop(key, None)

    def __len__(self) -> int:
        return len(self._tries)

    def _wait(self, key: str) -> float:
        tries = self._tries.get(key)
        return 0.0 if tries is None else max(0.0, tries.until - self._clock())

    def _wrong(self, tries: _Tries | None, now: float) -> int:
        """How many tries count still."""
        if tries is None:
            return 0
        return max(0, tries.wrong - int(max(0.0, now - tries.until) / self._longest))

    def _make_room(self, now: float) -> None:
        """Forgets who has tried least: a flood of new keys takes no wait from the others."""
        if len(self._tries) > self._most:
            least = sorted(self._tries, key=lambda key: self._wrong(self._tries[key], now))
            for key in least[: max(1, self._most // 8)]:
                del self._tries[key]


class Guesses:
    """Wrong passwords: few from one network, more for one name, and so many of everybody.

    From where an account was signed in before, tries are counted apart: whoever guesses elsewhere
    does not keep its owner waiting.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._by_address = Backoff(5, 900.0, clock)
        self._by_source = Backoff(5, 900.0, clock)
        self._by_name = Backoff(15, 60.0, clock)
        self._all = Buckets(5, 30, clock)

    def charge(self, address: str, name: str, source: str = "") -> float:
        """Counts a try. Returns seconds to wait; 0: go on.

        ``source`` is the browser or network from which the account of this name was signed in
        before; empty for a stranger. A stranger's network is looked at first, so that whoever
        floods from one place uses up nothing that others need.
        """
        if source:
            return self._by_source.charge(f"{source} {name}")
        return (
            self._by_address.charge(network(address))
            or self._by_name.wait(name)
            or self._all.take("all")
            or self._by_name.charge(name)
        )

    def forgive(self, address: str, name: str, source: str = "") -> None:
        """The try was right. What others tried for the name still counts."""
        if source:
            self._by_source.forgive(f"{source} {name}")
        else:
            self._by_address.forgive(network(address))


class Buckets:
    """Token buckets: ``rate`` a second on average, ``burst`` at once, for each key."""

    def __init__(
        self,
        rate: float,
        burst: float,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST,
    ) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._guard = threading.Lock()
        self._kept: _Latest[tuple[float, float]] = _Latest(most)

    def take(self, key: str) -> float:
        """Takes one. Returns seconds until there is one; 0: it was there."""
        with self._guard:
            now = self._clock()
            tokens, at = self._kept.get(key) or (self._burst, now)
            tokens = min(self._burst, tokens + (now - at) * self._rate)
            short = 1.0 - tokens
            self._kept.put(key, (tokens if short > 0 else tokens - 1.0, now))
            return max(0.0, short / self._rate)

    def __len__(self) -> int:
        return len(self._kept)
