"""Hanging up on a server in the middle of its silence, when nobody waits for its reply any more.

    with hanging_up(request) as request: client.send(request)

A thread that waits for bytes cannot look at a signal; so another one shuts the socket down, and the
server sees that its reply is wanted no more. Connections of such requests are not used again.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from egogpt.runtime.cancellation import signal

_LOOK = 0.2  # seconds between two looks at the signal
_OPENED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class _RequestLine:
    """The connection of one request, as soon as it is there."""

    def __init__(self) -> None:
        self._stream: Any = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """What ``httpx`` tells of a request on its way: see its "trace" extension."""
        if event in _OPENED:
            self._stream = info["return_value"]

    def cut(self) -> None:
        """Ends it, for the thread that reads from it as well."""
        sock = None if self._stream is None else self._stream.get_extra_info("socket")
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def hanging_up(request: httpx.Request) -> Iterator[httpx.Request]:
    """Ends the request's connection once the signal of this context is set; nothing without one."""
    over = signal()
    if over is None:
        yield request
        return
    line, done = _RequestLine(), threading.Event()
    request.headers["Connection"] = "close"
    request.extensions = {**request.extensions, "trace": line.trace}

    def watch() -> None:
        while not done.is_set():
            if over.wait(_LOOK) and not done.wait(_LOOK / 2):
                line.cut()  # again and again: it may be connecting still

    threading.Thread(target=watch, name="hang-up", daemon=True).start()
    try:
        yield request
    finally:
        done.set()
