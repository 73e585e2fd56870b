"""Cancellation: a signal that reaches every model once nobody waits for its answer.

    with until(over):                 # in the thread that answers
        chat.complete(messages)       # raises Cancelled soon after over.set()

It goes with the context, not through parameters, so that a retriever, a judge or a captioner need
not know of it. A thread that is started on the way takes it along: ``over = signal()``, ``until``.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
_LOOK = 0.05  # seconds between two looks at the signal
_over: ContextVar[threading.Event | None] = ContextVar("over", default=None)


class Cancelled(Exception):
    """Nobody waits for the answer any more; what was begun for it is left."""


@contextmanager
def until(over: threading.Event | None) -> Iterator[None]:
    """What is called inside ends with ``Cancelled`` once ``over`` is set."""
    token = _over.set(over)
    try:
        yield
    finally:
        _over.reset(token)


def signal() -> threading.Event | None:
    """The signal of this context, for a thread that works for it."""
    return _over.get()


def check() -> None:
    """Raises Cancelled where nobody waits any more."""
    over = _over.get()
    if over is not None and over.is_set():
        raise Cancelled


def pause(seconds: float) -> None:
    """Waits, but not for what nobody waits for. Raises Cancelled."""
    if (over := _over.get()) is None:
        over = threading.Event()
    over.wait(seconds)
    check()


def take(queue: SimpleQueue[T], ends: float = math.inf) -> T:
    """The next of a queue that another thread fills.

    Raises:
        Cancelled: nobody waits any more.
        Empty: ``time.monotonic()`` has reached ``ends``.
    """
    while True:
        check()
        remaining = max(0.0, ends - time.monotonic())
        try:
            return queue.get(timeout=min(remaining, _LOOK))
        except Empty:
            if remaining <= _LOOK:
                raise


@contextmanager
def turn(lock: threading.Lock) -> Iterator[None]:
    """Holds a lock, once it is free. Raises Cancelled while it waits."""
    if _over.get() is None:
        lock.acquire()
    else:
        while not lock.acquire(timeout=_LOOK):
            check()
    try:
        yield
    finally:
        lock.release()
