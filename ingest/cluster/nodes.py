"""This machine as a part of a cluster: Ray's processes, in the foreground until they are ended.

Ray runs what reaches its ports, so every cluster has a token and private addresses only.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from egogpt.protocols.chat import ChatError
from ingest.cluster import media_cache
from ingest.cluster.node_state import computing_below
from memory.types.messages import UserMessage

PORT, CLIENT_PORT = 6379, 10001  # of the head: for machines that join, and for those that ask
HAS_STARTED = "The node has started."  # a line of the process that starts it
WAIT_FOR_HEAD = "RAY_gcs_server_port_wait_time_s"
_AGENT_PORT = 6380  # of the head; were it found out, Ray would wait 30 s for it and end
_OBJECTS = 500_000_000  # bytes of shared memory for findings on their way
_GRACE = 5.0  # seconds in which processes may end by themselves
_WAITS = (WAIT_FOR_HEAD, "RAY_worker_register_timeout_seconds")  # of Ray, in seconds
_LINES = 20  # of Ray's, shown where it does not start
_LOOK, _TELL = 0.5, 15.0  # seconds between two looks at a start, and two words on it
_RAY = ["-m", "ingest.cluster.ray_start"]
_OWN, _HEAD = "--node-ip-address", "--address"  # options of Ray's
_TOKENS = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
_TOKEN = Path("~/.ray/auth_token")  # where Ray looks for it


class ClusterRefused(ChatError):
    """A cluster is not begun or joined like that; the text says how it is."""


@dataclass(frozen=True, slots=True)
class NodeStart:
    """How long a start may take, and who hears of it: every 15 s how long it takes, and its end."""

    limit: int  # seconds
    goes_on: Callable[[int], object]
    has_started: Callable[[], object]


def require_cluster(address: str) -> None:
    """Raises ClusterRefused where an address is not ``ray://HOST:PORT``."""
    if not address.removeprefix("ray://") or not address.startswith("ray://"):
        raise ClusterRefused(UserMessage("ingest.cluster-unnamed", address=address or '""'))


def start(address: str, progress: NodeStart) -> int:
    """Runs the head of a cluster at a private address, until it is ended; gives Ray's status.

    Raises:
        ClusterRefused: the address is public, or none.
    """
    require_private(address)
    ports = (
        f"--port={PORT}",
        f"--ray-client-server-port={CLIENT_PORT}",
        f"--runtime-env-agent-port={_AGENT_PORT}",
    )
    place = (address.strip("[]"), CLIENT_PORT)
    head = ("--head", *ports, f"{_OWN}={address}", "--include-dashboard=false")
    return _run(head, progress, lambda: _answers(place))


def join(head: str, progress: NodeStart) -> int:
    """Runs a node of the cluster at ``HOST:PORT``, until it is ended; gives Ray's status.

    Raises:
        ClusterRefused: the address is public, or none, or there is no token.
    """
    require_private(head.rpartition(":")[0])
    if not token_file().is_file():
        raise ClusterRefused(UserMessage("ingest.cluster-needs-token", path=token_file()))
    return _run((f"{_HEAD}={head}",), progress, lambda: True)


def find_here() -> str | None:
    """Where homes ask the cluster of which this machine is a part; None where it is of none.

    Ray in this process is told of the token of that part.
    """
    for part in _parts():
        with suppress(psutil.Error):
            options = dict(option.partition("=")[::2] for option in part.cmdline())
            host = options.get(_OWN) or options.get(_HEAD, "").rpartition(":")[0]
            environment = part.environ()
            os.environ |= {name: environment[name] for name in _TOKENS if name in environment}
            return f"ray://{host}:{CLIENT_PORT}"
    return None


def work_here() -> tuple[tuple[str, ...], int]:
    """The blocks that this machine computes, and how many homes ask it, where it is the head."""
    blocks: list[str] = []
    homes = 0
    for part in _parts():
        blocks += computing_below(part)
        homes += sum(map(_clients_of, part.children(recursive=True)))
    return tuple(blocks), homes


def stop() -> int:
    """Ends this machine's part of a cluster; gives how many it had."""
    parts = list(_parts())
    for part in parts:
        _end(part)
    return len(parts)


def token_file() -> Path:
    """The file with the token of this machine's cluster."""
    return Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or _TOKEN).expanduser()


def make_token(path: Path) -> Path:
    """The file with a token, made where there is none; nobody else can read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    path.chmod(0o600)  # Ray makes one that others can read
    return path


def require_private(address: str) -> None:
    """Raises ClusterRefused. Ray takes another address of the machine where this one is its own."""
    if not is_private(address) or ipaddress.ip_address(address.strip("[]")).is_loopback:
        raise ClusterRefused(UserMessage("ingest.cluster-not-private", address=address))


def is_private(address: str) -> bool:
    """Whether an IP address is of one machine in a network of the owner's, or of this one."""
    try:
        place = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return place.is_private and not place.is_unspecified


def _parts() -> Iterator[psutil.Process]:
    """Ray's processes that ``start`` and ``join`` of this person have begun on this machine."""
    own = psutil.Process().username()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cmdline()[1:3] == _RAY and process.username() == own:
                yield process


def _clients_of(process: psutil.Process) -> int:
    """How many have connected to a process at the port of the head for homes."""
    with suppress(psutil.Error):
        return sum(
            connection.laddr.port == CLIENT_PORT and connection.status == psutil.CONN_ESTABLISHED
            for connection in process.net_connections("tcp")
        )
    return 0


def _run(options: Sequence[str], progress: NodeStart, is_reached: Callable[[], bool]) -> int:
    shared = ["--disable-usage-stats", "--block", f"--object-store-memory={_OBJECTS}"]
    command = [sys.executable, *_RAY, "start", *options, *shared]
    waits = os.environ | dict.fromkeys(_WAITS, str(progress.limit))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ray = psutil.Popen(command, stdout=subprocess.PIPE, text=True, env=waits)
    try:
        if _has_started(ray, progress, is_reached):
            progress.has_started()
        return max(0, int(ray.wait()))  # less: it was ended
    except KeyboardInterrupt:
        return 0
    finally:
        _end(ray)
        media_cache.clear()


def _has_started(ray: psutil.Popen, progress: NodeStart, is_reached: Callable[[], bool]) -> bool:
    """Waits until a node has started, or its process is over."""
    output: deque[str] = deque(maxlen=_LINES)
    is_up, begun = threading.Event(), time.monotonic()
    reader = threading.Thread(target=_read, args=(ray.stdout, output, is_up), daemon=True)
    reader.start()
    tell = begun + _TELL
    while ray.poll() is None:
        if is_up.wait(_LOOK) and is_reached():
            return True
        if time.monotonic() > tell:
            progress.goes_on(round(time.monotonic() - begun))
            tell += _TELL
    reader.join(_GRACE)
    sys.stderr.writelines(output)
    return False


def _read(lines: IO[str], output: deque[str], is_up: threading.Event) -> None:
    for line in lines:  # to the end, or the pipe would be full
        output.append(line)
        if line.strip() == HAS_STARTED:
            is_up.set()


def _answers(place: tuple[str, int]) -> bool:
    with suppress(OSError), socket.create_connection(place, timeout=_LOOK):
        return True
    time.sleep(_LOOK)
    return False


def _end(ray: psutil.Process) -> None:
    """Ends a process of Ray's with all that it has started."""
    with suppress(psutil.NoSuchProcess):
        processes = [*ray.children(recursive=True), ray]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(processes, timeout=_GRACE)[1]:
            process.kill()
