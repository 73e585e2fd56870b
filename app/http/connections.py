"""Connections: so many from one network, and none is held open that asks nothing.

Each takes one of the files that a process may have open. Whoever begins a thousand requests and
finishes none would keep everybody else out.
"""

from __future__ import annotations

import asyncio
import ipaddress
import resource
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from app.http.network_address import network

MOST = 100  # from one network at a time; a browser holds six
PATIENCE = 10.0  # seconds within which a request has to be begun, and its headers sent
FILES = 65_536  # that a process asks to be allowed, where it may


def raise_file_limit() -> None:
    """Lets this process open as many files as the system allows it, within reason."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft != resource.RLIM_INFINITY and soft < limit:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def limited_protocol(
    proxies: Sequence[str] = (), most: int = MOST, patience: float = PATIENCE
) -> type[H11Protocol]:
    """A protocol for one server; ``proxies`` are networks that may hold as many as they like."""
    exempt = [ipaddress.ip_network(proxy, strict=False) for proxy in proxies]
    open_now: Counter[str] = Counter()
    waiting: dict[str, dict[Limited, None]] = {}  # for a request, by network, the longest first

    class Limited(H11Protocol):
        """Counts by network, and closes what is open for nothing."""

        _network = ""
        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            """Takes a connection; where there are enough from there, the idlest makes way."""
            super().connection_made(transport)
            self._network = network(self.client[0] if self.client else "")
            open_now[self._network] += 1
            self._expect()
            if open_now[self._network] > most and not _within(self._network, exempt):
                idlest = next(iter(waiting[self._network]))
                idlest._stop_waiting()  # it is lost only in the next round of the loop
                idlest.transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            """Counts it no more."""
            super().connection_lost(exc)
            self._stop_waiting()
            open_now[self._network] -= 1
            if open_now[self._network] <= 0:
                del open_now[self._network]

        def data_received(self, data: bytes) -> None:
            """Waits for the next request from when the last was answered, however it drips in."""
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                self._stop_waiting()
            elif self._deadline is None:
                self._expect()

        def _expect(self) -> None:
            self._deadline = self.loop.call_later(patience, self.transport.close)
            waiting.setdefault(self._network, {})[self] = None

        def _stop_waiting(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None
                there = waiting[self._network]
                del there[self]
                if not there:
                    del waiting[self._network]

    return Limited


def _within(
    address: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> bool:
    try:
        network = ipaddress.ip_network(address)
    except ValueError:
        return False
    return any(
        network.version == supernet.version and network.subnet_of(supernet)  # type: ignore[arg-type]
        for supernet in networks
    )
