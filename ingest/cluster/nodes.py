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
from contextlib import suppress
from pathlib import Path

import psutil

from egogpt.protocols.chat import ChatError
from memory.types.messages import UserMessage

PORT, CLIENT_PORT = 6379, 10001  # of the head: for machines that join, and for those that ask
_OBJECTS = 500_000_000  # bytes of shared memory for findings on their way
_GRACE = 5.0  # seconds in which processes may end by themselves
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
    return _run("--head", f"--port={PORT}", f"--ray-client-server-port={CLIENT_PORT}", here=address)


def join(head: str) -> int:
    """Runs a node of the cluster at ``HOST:PORT``, until it is ended; gives Ray's status.

    Raises:
        ClusterRefused: the address is public, or none, or there is no token.
    """
    require_private(head.rpartition(":")[0])
    if not token_file().is_file():
        raise ClusterRefused(UserMessage("ingest.cluster-needs-token", path=token_file()))
    return _run(f"--address={head}")


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


def _run(*options: str, here: str = "") -> int:
    shared = ["--include-dashboard=false", "--disable-usage-stats", "--block"]
    place = [f"--node-ip-address={here}"] if here else []
    sized = [f"--object-store-memory={_OBJECTS}"]
    command = [sys.executable, "-m", "ray.scripts.scripts", "start"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ray = psutil.Popen([*command, *options, *place, *shared, *sized], stdout=subprocess.DEVNULL)
    try:
        return int(ray.wait())
    except KeyboardInterrupt:
        return 0
    finally:
        _end(ray)


def _end(ray: psutil.Process) -> None:
    """Ends a process of Ray's with all that it has started."""
    with suppress(psutil.NoSuchProcess):
        processes = [*ray.children(recursive=True), ray]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(processes, timeout=_GRACE)[1]:
            process.kill()
