"""This machine as a part of a cluster: Ray's processes, in the foreground until they are ended.

Ray runs what reaches its ports, so every cluster has a token and private addresses only.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from egogpt.protocols.chat import ChatError
from ingest.cluster import media_cache
from ingest.cluster.node_state import computing_below
from memory.types.messages import UserMessage

PORT, CLIENT_PORT = 6379, 10001  # of the head: for machines that join, and for those that ask
_OBJECTS = 500_000_000  # bytes of shared memory for findings on their way
_GRACE = 5.0  # seconds in which processes may end by themselves
_RAY = ["-m", "ray.scripts.scripts"]
_TOKEN = Path("~/.ray/auth_token")  # where Ray looks for it


class ClusterRefused(ChatError):
    """A cluster is not begun or joined like that; the text says how it is."""


def require_cluster(address: str) -> None:
    """Raises ClusterRefused where an address is not ``ray://HOST:PORT``."""
    if not address.removeprefix("ray://") or not address.startswith("ray://"):
        raise ClusterRefused(UserMessage("ingest.cluster-unnamed", address=address or '""'))


def start(address: str) -> int:
    """Runs the head of a cluster at a private address, until it is ended; gives Ray's status.

    Raises:
        ClusterRefused: the address is public, or none.
    """
    require_private(address)
    ports = (f"--port={PORT}", f"--ray-client-server-port={CLIENT_PORT}")
    return _run("--head", *ports, f"--node-ip-address={address}", "--include-dashboard=false")


def join(head: str) -> int:
    """Runs a node of the cluster at ``HOST:PORT``, until it is ended; gives Ray's status.

    Raises:
        ClusterRefused: the address is public, or none, or there is no token.
    """
    require_private(head.rpartition(":")[0])
    if not token_file().is_file():
        raise ClusterRefused(UserMessage("ingest.cluster-needs-token", path=token_file()))
    return _run(f"--address={head}")


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


def make_token() -> Path:
    """The file with the token, made where there is none; nobody else can read it."""
    path = token_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    path.chmod(0o600)  # Ray makes one that others can read
    return path


def require_private(address: str) -> None:
    """Raises ClusterRefused. Ray takes another address of the machine where this one is its own."""
    try:
        place = ipaddress.ip_address(address.strip("[]"))
        is_private = place.is_private and not (place.is_loopback or place.is_unspecified)
    except ValueError:
        is_private = False
    if not is_private:
        raise ClusterRefused(UserMessage("ingest.cluster-not-private", address=address))


def _parts() -> Iterator[psutil.Process]:
    """Ray's processes that ``start`` and ``join`` of this machine have begun."""
    for process in psutil.process_iter():
        if _command(process)[1:3] == _RAY:
            yield process


def _clients_of(process: psutil.Process) -> int:
    """How many have connected to a process at the port of the head for homes."""
    with suppress(psutil.Error):
        return sum(
            connection.laddr.port == CLIENT_PORT and connection.status == psutil.CONN_ESTABLISHED
            for connection in process.net_connections("tcp")
        )
    return 0


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return list(process.cmdline())
    return []


def _run(*options: str) -> int:
    shared = ["--disable-usage-stats", "--block", f"--object-store-memory={_OBJECTS}"]
    command = [sys.executable, *_RAY, "start"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ray = psutil.Popen([*command, *options, *shared], stdout=subprocess.DEVNULL)
    try:
        return max(0, int(ray.wait()))  # less: it was ended
    except KeyboardInterrupt:
        return 0
    finally:
        _end(ray)
        media_cache.clear()


def _end(ray: psutil.Process) -> None:
    """Ends a process of Ray's with all that it has started."""
    with suppress(psutil.NoSuchProcess):
        processes = [*ray.children(recursive=True), ray]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(processes, timeout=_GRACE)[1]:
            process.kill()
