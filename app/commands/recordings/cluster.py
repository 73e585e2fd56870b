"""``egobutler cluster``: machines that look and listen together; see docs/cluster.md."""

from __future__ import annotations

import os
import shutil
import ssl
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import base
from app.commands.options import CommandOptions, Port, command, group, switch, value, word
from app.core.errors import PersonError
from app.models.model_set import AUTO, ModelProvider, cluster_address, is_service, require_ray

if TYPE_CHECKING:
    from ingest.cluster.node_state import NodeState
    from ingest.cluster.nodes import NodeStart
    from ingest.cluster.ray_executor import RayExecutor
    from ingest.cluster.worker import ClusterNode

Wait = Annotated[int, typer.Option(metavar="SECONDS", min=1, help="how long Ray may take to start")]
_ADDRESS = "ray://HOST:10001 (check: or https://HOST:7861); default: this machine's"
Cluster = Annotated[str, word("CLUSTER", _ADDRESS)]
_WAIT = 600  # enough for a machine that has much else to do
cluster = group("Look and listen on several machines that are yours.", lists=False)


@command(cluster, json=False)
def start(
    options: CommandOptions,
    address: Annotated[str, value("ADDRESS", "this machine's, in your network: 10.0.0.1")],
    wait: Wait = _WAIT,
) -> int:
    """Start a cluster, and stay until Ctrl-C."""
    require_ray()
    from ingest.cluster import nodes

    nodes.require_private(address)
    token = nodes.make_token(nodes.token_file())
    started = (
        f"Others join by: egobutler cluster join {address}:{nodes.PORT} --token-file FILE, with a "
        f"copy of {token}. Who has that file may run programs on all of them. Where the home is: "
        f"egobutler ingest --on ray://{address}:{nodes.CLIENT_PORT}, or on this machine --on auto. "
        "Ctrl-C ends it."
    )
    return nodes.start(address, _start(wait, started))


@command(cluster, json=False)
def join(
    options: CommandOptions,
    head: Annotated[str, word("HOST:PORT", "as start said")],
    token_file: Annotated[
        Path | None, value("FILE", "a copy of the token of the machine that started it")
    ] = None,
    wait: Wait = _WAIT,
) -> int:
    """Join a cluster, and stay until Ctrl-C."""
    require_ray()
    from ingest.cluster import nodes

    if token_file is not None and token_file.resolve() != nodes.token_file().resolve():
        nodes.token_file().parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(token_file, nodes.token_file())
        nodes.token_file().chmod(0o600)
    return nodes.join(head, _start(wait, f"This machine has joined {head}. Ctrl-C takes it out."))


def _start(wait: int, started: str) -> NodeStart:
    from ingest.cluster.nodes import NodeStart

    def goes_on(seconds: int) -> None:
        base.say(f"Ray starts: {seconds} s so far, {wait} s at most (--wait). Ctrl-C ends it.")

    return NodeStart(wait, goes_on, lambda: base.say(started))


@command(cluster, json=False)
def serve(
    options: CommandOptions,
    address: Annotated[str, value("ADDRESS", "this machine's, in your network: 10.0.0.7")],
    port: Port = 7861,
    certificate: Annotated[Path | None, value("FILE", "its chain, for https")] = None,
    key: Annotated[Path | None, value("FILE", "that of the certificate")] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="blocks at once; default: what fits")
    ] = None,
    gigabytes: Annotated[float, typer.Option(metavar="N", help="of films in memory")] = 4.0,
    public: Annotated[bool, switch("--public", "strangers may reach the address")] = False,
) -> None:
    """Look and listen for homes that have the token, until Ctrl-C; nothing stays here."""
    if not hasattr(os, "memfd_create"):
        raise PersonError("this needs Linux, which holds films in memory alone")
    from ingest.cluster import service
    from ingest.cluster.nodes import make_token
    from ingest.cluster.service_executor import token_file

    pair = _pair(certificate, key)
    token = make_token(token_file())
    running = service.PerceptionService(
        token.read_text().strip(), workers or service.workers_that_fit(), int(gigabytes * 1e9)
    )
    place = f"http{'s' if pair else ''}://{address}:{port}"
    base.say(
        f"Where a home is: egobutler ingest --on {place}, with a copy of {token}. Who has that "
        "file may have films looked at here. Ctrl-C ends it."
    )
    service.run(running, address, port, pair, public)


def _pair(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """A certificate and its key, None for neither. Raises PersonError where they are no pair."""
    if certificate is None and key is None:
        return None
    try:
        if certificate is not None and key is not None:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
            return certificate, key
        why = "one of them is missing"
    except OSError as error:
        why = error.strerror or str(error)
    raise PersonError(
        f"the certificate {certificate} and the key {key} cannot be used ({why}); give both, as PEM"
    )


@command(cluster)
def check(
    options: CommandOptions,
    on: Cluster = AUTO,
    film: Annotated[
        Path | None, value("FILE", "a recording that all of them should see", "--with")
    ] = None,
) -> int:
    """Say what the machines of a cluster have; status 1 where one cannot compute for this home."""
    machines = _machines(options, on, film and film.resolve())
    options.table(
        [(one.host, str(one.cores), one.python, trouble or "ready") for one, trouble in machines],
        *("machine", "cores", "Python", "state"),
    )
    options.result_line(
        {"machines": [{"host": one.host, "trouble": trouble} for one, trouble in machines]}
    )
    return 1 if not machines or any(trouble for _, trouble in machines) else 0


@command(cluster)
def status(options: CommandOptions, on: Cluster = AUTO) -> int:
    """Say what the machines of a cluster do, and which blocks are asked for."""
    now = _executor(options, on).status()
    options.table(
        [
            (one.address, one.host, *_state(one.state), str(one.slots), str(one.done))
            for one in now.nodes
        ],
        *("address", "machine", "versions", "computes", "blocks at once", "done"),
    )
    for host, blocks in now.asked:
        options.show(f"{host} waits for: {', '.join(blocks) or 'nothing'}.")
    asked = [{"host": host, "blocks": blocks} for host, blocks in now.asked]
    options.result_line({"nodes": [asdict(node) for node in now.nodes], "asked": asked})
    return 0


def _machines(options: CommandOptions, on: str, film: Path | None) -> list[tuple[ClusterNode, str]]:
    if not is_service(on):
        return _executor(options, on).machines(film)
    from ingest.cluster.service_executor import ServiceExecutor, service_url
    from ingest.decode.decoder import InProcess

    service = ServiceExecutor(
        service_url(on), ModelProvider(options.settings()).stages, InProcess()
    )
    offer, trouble = service.offer()
    return [(offer.machine, trouble)]


def _executor(options: CommandOptions, on: str) -> RayExecutor:
    if (address := cluster_address(on)) is None:
        raise PersonError("no cluster runs on this machine; say which: ray://HOST:10001")
    require_ray()
    from ingest.cluster.ray_executor import RayExecutor

    return RayExecutor(address, ModelProvider(options.settings()).stages)


def _state(node: NodeState | None) -> tuple[str, str]:
    if node is None:
        return "does not answer", ""
    versions = f"EgoButler {node.egobutler}, Python {node.python}, Ray {node.ray}"
    return versions, ", ".join(node.computing) or "nothing"


@command(cluster)
def stop(
    options: CommandOptions,
    now: Annotated[bool, switch("--now", "though blocks are being computed")] = False,
) -> int:
    """End this machine's part of a cluster; status 1 where it is at work, and nothing is ended."""
    require_ray()
    from ingest.cluster import nodes

    blocks, homes = nodes.work_here()
    at_work = bool(blocks or homes) and not now
    if at_work:
        doing = [f"computes {', '.join(blocks)}"] if blocks else []
        doing += ["leads a cluster that a home asks"] if homes else []
        options.show(f"This machine {' and '.join(doing)}. End it all the same: --now.")
    ended = 0 if at_work else nodes.stop()
    if not at_work:
        options.show("This machine's part has ended." if ended else "No cluster runs here.")
    options.result_line({"ended": ended, "computing": blocks, "homes": homes})
    return 1 if at_work else 0
