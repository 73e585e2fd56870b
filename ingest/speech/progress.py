"""Tell whoever watches how much of some sound has been listened to, in the midst of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

ShareListener: TypeAlias = Callable[[float], None]  # 0..1
_listener: ContextVar[ShareListener | None] = ContextVar("share-heard", default=None)


@contextmanager
def shares_go_to(listener: ShareListener) -> Iterator[None]:
    """Inside, ``listener`` gets what ``report_share`` is called with in this thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report_share(share: float) -> None:
    """Say that so much (0..1) has been listened to; nothing happens where nobody watches."""
    listener = _listener.get()
    if listener is not None:
        listener(share)
