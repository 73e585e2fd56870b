"""Every connection that this process has opened, as Python itself reports them; in memory only.

The interpreter raises audit events where a socket connects, sends to an address or looks up a name,
whichever library asks for it. What native code opens by itself raises none: of such, those that are
open at the moment are read from the system (``open_now``).
"""

from __future__ import annotations

import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_address
from types import FrameType
from typing import Any, Literal, TypeAlias

Reach: TypeAlias = Literal["here", "network", "internet"]
Kind: TypeAlias = Literal["connection", "message", "lookup"]
_KINDS: dict[str, Kind] = {
    "socket.connect": "connection", "socket.sendto": "message", "socket.sendmsg": "message",
    "socket.getaddrinfo": "lookup", "socket.gethostbyname": "lookup",
}  # fmt: skip
_OURS = ("app", "benchmarks", "egobutler", "egogpt", "egorag", "ingest", "kernels", "memory")
_MOST = 500  # of which the oldest are let go


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Where to, how often, when first and last (seconds UTC), and which module of ours asked."""

    kind: Kind
    host: str
    port: int
    source: str
    first: float
    last: float
    count: int = 1

    @property
    def reach(self) -> Reach:
        """How far away that is."""
        return reach_of(self.host)


def reach_of(host: str) -> Reach:
    """Whether an address or a name is this machine, the network at home, or beyond."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        name = host.rstrip(".").lower()
        if name in ("", "localhost") or name.endswith(".localhost"):
            return "here"
        return "network" if name.endswith(".local") else "internet"
    if mapped := getattr(address, "ipv4_mapped", None):
        address = mapped
    if address.is_loopback or address.is_unspecified:
        return "here"
    local = address.is_private or address.is_link_local or address.is_multicast
    return "network" if local else "internet"


class OutgoingLog:
    """What was opened since it was made. Threads may share one."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.since = clock()
        self._clock = clock
        self._guard = threading.Lock()
        self._seen: OrderedDict[tuple[Kind, str, int, str], Outgoing] = OrderedDict()

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: notes what opens a connection, and never stands in its way."""
        kind = _KINDS.get(event)
        if kind is None:
            return
        target = _target(kind, arguments)
        if target is not None:
            self._note(kind, *target, _source(sys._getframe(1)))

    def _note(self, kind: Kind, host: str, port: int, source: str) -> None:
        now, key = self._clock(), (kind, host, port, source)
        with self._guard:
            known = self._seen.get(key)
            first = Outgoing(kind, host, port, source, now, now)
            again = known and replace(known, last=now, count=known.count + 1)
            self._seen[key] = again or first
            while len(self._seen) > _MOST:
                self._seen.popitem(last=False)

    def all(self) -> list[Outgoing]:
        """The latest first."""
        with self._guard:
            return sorted(self._seen.values(), key=lambda one: -one.last)


@cache
def outgoing_log() -> OutgoingLog:
    """The log of this process, which begins with the first call; the interpreter keeps the hook."""
    log = OutgoingLog()
    sys.addaudithook(log.hear)
    return log


def open_now() -> list[tuple[str, int]]:
    """Addresses and ports that this process and its children are connected to, native code too."""
    import psutil  # only here: it would delay the start of every command

    found: dict[tuple[str, int], None] = {}
    process = psutil.Process()
    for each in (process, *process.children(recursive=True)):
        try:
            connections = each.net_connections("inet")
        except psutil.Error:
            continue
        served = {one.laddr for one in connections if one.status == psutil.CONN_LISTEN}
        ports = {address.port for address in served}
        for one in connections:  # who came in through a door of ours was not called by us
            if one.raddr and one.laddr.port not in ports:
                found[one.raddr.ip, one.raddr.port] = None
    return list(found)


def _target(kind: Kind, arguments: tuple[Any, ...]) -> tuple[str, int] | None:
    """Host and port of an event's arguments; None of what leads nowhere, such as a local socket."""
    if kind == "lookup":
        host, port = arguments[0], arguments[1] if len(arguments) > 1 else 0
    elif isinstance(address := arguments[1], tuple) and len(address) >= 2:
        host, port = address[0], address[1]
    else:
        return None
    name = host.decode("utf-8", "replace") if isinstance(host, bytes) else host
    if not isinstance(name, str) or (kind == "lookup" and _is_known(name)):
        return None
    return name, port if isinstance(port, int) else 0


def _is_known(name: str) -> bool:
    """Whether a name needs nobody else to be looked up."""
    return reach_of(name) == "here" or name[-1:].isdigit() or ":" in name


def _source(frame: FrameType | None) -> str:
    """The module of ours that asked, as far as the calls of this thread tell."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] in _OURS and name != __name__:
            return name
        frame = frame.f_back
    return ""
