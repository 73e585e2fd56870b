"""How often: wrong passwords wait ever longer, and one session cannot flood the server.

Kept in memory, within bounds: what has been quiet longest is forgotten first.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

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
    """Some tries are free; after each further one the next must wait twice as long."""

    def __init__(
        self,
        free: int,
        longest: float,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST,
    ) -> None:
        """``longest`` is the longest wait in seconds; after four of them all is forgotten."""
        self._free, self._longest, self._clock = free, longest, clock
        self._guard = threading.Lock()
        self._kept: _Latest[_Tries] = _Latest(most)

    def charge(self, key: str) -> float:
        """Counts a try, before it is known to be wrong. Returns seconds to wait; 0: go on.

        Counting beforehand means that a hundred at once are no more than a hundred in turn.
        """
        with self._guard:
            now = self._clock()
            tries = self._kept.get(key)
            if tries is None or now - tries.until > 4 * self._longest:
                tries = _Tries(0, now)
            if tries.until > now:
                return tries.until - now
            wrong = tries.wrong + 1
            over = wrong - self._free
            wait = 0.0 if over < 0 else min(self._longest, 2.0 ** min(over, 30))
            self._kept.put(key, _Tries(wrong, now + wait))
            return 0.0

    def forgive(self, key: str) -> None:
        """The try was right: nothing is held against the key any more."""
        with self._guard:
            self._kept.drop(key)

    def __len__(self) -> int:
        return len(self._kept)


class Guesses:
    """Wrong passwords by address and by account: few from one place, more for one name."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._by_address = Backoff(5, 900.0, clock)
        self._by_name = Backoff(15, 60.0, clock)  # short: nobody can lock another person out

    def charge(self, address: str, name: str) -> float:
        """Counts a try. Returns seconds to wait; 0: go on."""
        wait = self._by_address.charge(network(address))
        return wait or self._by_name.charge(name)

    def forgive(self, address: str, name: str) -> None:
        """The try was right."""
        self._by_address.forgive(network(address))
        self._by_name.forgive(name)


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
            left, at = self._kept.get(key) or (self._burst, now)
            left = min(self._burst, left + (now - at) * self._rate)
            short = 1.0 - left
            self._kept.put(key, (left if short > 0 else left - 1.0, now))
            return max(0.0, short / self._rate)

    def __len__(self) -> int:
        return len(self._kept)


def network(address: str) -> str:
    """What addresses are counted by: an IPv6 household has 2**64 of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)
