"""The fence of homes that two machines may open: only whoever holds a lease may write.

fence = Fence(leases, "house-17 on node-3")
fence.take()              # waits until nobody else holds it
Store.open(home, fence=fence)
fence.release()           # the next one need not wait

A lease lives in a place that all machines see and that writes on condition (an object of S3:
``If-Match``). Its holder renews it; whoever sees it unchanged for its whole length takes it over.
No two clocks are compared: the holder counts from before it sent a renewal, the other from after it
had read it. A process that was frozen finds its time over, or its lease changed, and writes
nothing.
See M. Kleppmann, "How to do distributed locking" (2016), and C. Gray and D. Cheriton, "Leases"
(SOSP 1989).
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from memory.types.errors import StoreError
from memory.types.messages import UserMessage

LENGTH = 30.0  # seconds
_EARLIER = 0.9  # share of it after which the holder stops: clocks do not run alike
_RENEWALS = 3  # in one length
_log = logging.getLogger(__name__)


class FenceLost(StoreError):
    """Another machine may write to the home; this process may not."""

    def __init__(self, holder: str) -> None:
        super().__init__(UserMessage("memory.fence-lost", holder=holder or "?"))


class LeaseConflict(Exception):
    """Somebody else has written the lease meanwhile."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds it; ``epoch`` counts holders, ``renewal`` makes each renewal differ from the last.

    An object's tag is a hash of its content: without ``renewal`` a living holder looks dead.
    """

    holder: str
    epoch: int
    renewal: int = 0
    seconds: float = LENGTH
    released: bool = False

    def to_json(self) -> bytes:
        """How it is written down."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Lease:
        """Raises ValueError, TypeError where it is none."""
        return cls(**json.loads(text))


class Leases(Protocol):
    """The place of one lease."""

    def read(self) -> tuple[Lease, str] | None:
        """The lease and its tag, which is another after every write; None where there is none."""
        ...

    def write(self, lease: Lease, tag: str | None) -> str:
        """Writes it where the tag is still this one (None: where there is no lease), and returns
        the new tag. Raises LeaseConflict otherwise."""
        ...


def boot_time() -> float:
    """Seconds since the machine started, counted while it sleeps, too, where the system can."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Fence:
    """The right of this process to write, renewed by a thread of its own. Threads share it."""

    def __init__(
        self,
        leases: Leases,
        holder: str,
        seconds: float = LENGTH,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        """``on_lost`` is called once, when another machine has taken it."""
        self._leases, self._on_lost = leases, on_lost
        self._lease, self._tag = Lease(holder, 0, seconds=seconds), ""
        self._until, self._taken_by = 0.0, ""
        self._over = threading.Event()
        self._renewing: threading.Thread | None = None

    def take(self, on_wait: Callable[[Lease], None] = lambda lease: None) -> None:
        """Waits until nobody else holds it, then holds it. Whatever the place raises is passed on.

        ``on_wait`` gets the lease that is waited for.
        """
        seen, since = "", 0.0
        while True:
            found = self._leases.read()
            now = boot_time()
            lease, tag = found or (None, None)
            if lease is not None and not lease.released:
                if tag != seen:
                    if not seen:
                        on_wait(lease)
                    seen, since = str(tag), now
                if now - since < lease.seconds:
                    time.sleep(min(1.0, lease.seconds / 10))
                    continue
            mine = replace(self._lease, epoch=lease.epoch + 1 if lease else 1)
            try:
                self._write(mine, tag)
            except LeaseConflict:
                seen = ""
                continue
            self._renewing = threading.Thread(target=self._renew, name="fence", daemon=True)
            self._renewing.start()
            return

    def check(self) -> None:
        """Does nothing while this process may write. Raises FenceLost."""
        if self._taken_by or boot_time() >= self._until:
            raise FenceLost(self._taken_by)

    def release(self) -> None:
        """Lets the next one have it at once; nothing may be written here any more."""
        self._over.set()
        if self._renewing is not None:
            self._renewing.join()
        if self._tag and not self._taken_by:
            self._until = 0.0
            try:
                self._leases.write(replace(self._lease, released=True), self._tag)
            except Exception:  # then the others wait for as long as it lasts
                _log.warning("the lease could not be given back", exc_info=True)

    def _write(self, lease: Lease, tag: str | None) -> None:
        sent = boot_time()
        self._tag = self._leases.write(lease, tag)
        self._lease = lease
        self._until = sent + _EARLIER * lease.seconds

    def _renew(self) -> None:
        while not self._over.wait(self._lease.seconds / _RENEWALS):
            try:
                self._write(replace(self._lease, renewal=self._lease.renewal + 1), self._tag)
            except LeaseConflict:
                if not self._mine():
                    self._on_lost()
                    return
            except Exception:  # whatever the network does, until the time is over and beyond
                _log.warning("the lease could not be renewed", exc_info=True)

    def _mine(self) -> bool:
        """Whether the lease is this process's after all: a write whose answer was lost conflicts
        with itself. Nothing is written here from now on where it is not."""
        try:
            found = self._leases.read()
        except Exception:
            _log.warning("the lease could not be read", exc_info=True)
            return True  # looked at again by the next renewal; until then the time runs out
        lease, tag = found or (None, "")
        mine = lease is not None and (lease.holder, lease.epoch) == (
            self._lease.holder,
            self._lease.epoch,
        )
        if mine and lease is not None:
            self._lease, self._tag = lease, tag
        else:
            self._taken_by = lease.holder if lease else "somebody"
        return mine
