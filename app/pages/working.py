"""Work of an event that takes long: done in a thread, while the page says how far it is.

work = LongWork(lambda: store.compact())
for words in work.status(lambda: "Compacting …"):
    yield words
work.result()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")
_LOOK = 0.5  # seconds


class LongWork(Generic[T]):
    """Work that goes on to its end, also where whoever waits for it closes the page."""

    def __init__(self, work: Callable[[], T]) -> None:
        """Begins it, on behalf of whoever is served."""
        pool = ThreadPoolExecutor(1, thread_name_prefix="page")
        self._future: Future[T] = pool.submit(copy_context().run, work)
        pool.shutdown(wait=False)

    def status(self, words: Callable[[], str]) -> Iterator[str]:
        """What ``words`` says, whenever that changes, until the work is done."""
        last = ""
        while not self._future.done():
            if (now := words()) != last:
                yield now
            last = now
            wait([self._future], _LOOK)

    def result(self) -> T:
        """What the work returned. Raises what it raised."""
        return self._future.result()
