"""A thread that does a round of work again and again, for as long as the app is open.

looking = Periodic("watched", "the folders could not be looked at", again=5.0)
looking.start(look) # begins; where it has begun, does its next round at once
looking.stop()      # ends it after the round that it is in
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field

from memory.types.errors import StoreError

_log = logging.getLogger(__name__)
FORESEEN: tuple[type[Exception], ...] = (StoreError, OSError)


@dataclass(eq=False)
class Periodic:
    """Rounds of work in a thread of their own, which no error ends. Threads may share it.

    Nothing starts yet. Times are in seconds.

    Args:
        name: the thread's.
        trouble: what is told of a round that failed.
        again: how long to rest after one.
        first: how long to rest before the first.
        patience: how long ``stop`` waits for the round that it interrupts.
        foreseen: errors that are told in a sentence; all others with their trace.
    """

    name: str
    trouble: str
    _: KW_ONLY
    again: float
    first: float = 0.0
    patience: float = 30.0
    foreseen: tuple[type[Exception], ...] = FORESEEN
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)
    _over: threading.Event = field(init=False, default_factory=threading.Event)
    _news: threading.Event = field(init=False, default_factory=threading.Event)
    _thread: threading.Thread | None = field(init=False, default=None)

    def start(self, work: Callable[[], float]) -> None:
        """Begins, or does the next round at once. What was stopped stays so.

        ``work`` does a round, and returns how long to rest after it.
        """
        with self._guard:
            if self._thread is not None:
                self._news.set()
            elif not self._over.is_set():
                self._thread = threading.Thread(
                    target=self._run, args=(work,), name=self.name, daemon=True
                )
                self._thread.start()

    def wake(self) -> None:
        """Does the next round at once, where it has begun."""
        self._news.set()

    def stop(self) -> None:
        """Ends: waits for the round that is being done, for as long as its patience goes."""
        with self._guard:
            self._over.set()
            self._news.set()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=self.patience)

    @property
    def stopping(self) -> bool:
        """Whether it is to end: a long round looks at it."""
        return self._over.is_set()

    def rest(self, seconds: float) -> bool:
        """Waits inside a round, until somebody wakes it; False once it is to end."""
        if not self._over.is_set():
            self._news.wait(seconds)
        self._news.clear()
        return not self._over.is_set()

    def _run(self, work: Callable[[], float]) -> None:
        pause = self.first
        while self.rest(pause):
            pause = self._round(work)

    def _round(self, work: Callable[[], float]) -> float:
        try:
            return work()
        except self.foreseen as error:
            _log.warning("%s: %s", self.trouble, error)
        except Exception:  # the thread must outlive what nobody foresaw
            _log.exception("%s", self.trouble)
        return self.again
