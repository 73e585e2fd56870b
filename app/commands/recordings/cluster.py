"""``egobutler cluster``: machines that look and listen together; see docs/cluster.md."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, group, switch, value, word
from app.models.model_set import ModelProvider, require_ray

if TYPE_CHECKING:
    from ingest.cluster.node_state import NodeState

cluster = group("Look and listen on several machines that are yours.", lists=False)


@command(cluster, json=False)
def start(
    options: CommandOptions,
    address: Annotated[str, value("ADDRESS", "this machine's, in your network: 10.0.0.1")],
) -> int:
    """Start a cluster, and stay until Ctrl-C."""
    require_ray()
    from ingest.cluster import nodes

    nodes.require_private(address)
    token = nodes.make_token()
    base.say(
        f"Others join by: egobutler cluster join {address}:{nodes.PORT} --token-file FILE, with a "
        f"copy of {token}. Who has that file may run programs on all of them. Where the home is: "
        f"egobutler ingest --on ray://{address}:{nodes.CLIENT_PORT}. Ctrl-C ends it."
    )
    return nodes.start(address)


@command(cluster, json=False)
def join(
    options: CommandOptions,
    head: Annotated[str, word("HOST:PORT", "as start said")],
    token_file: Annotated[
        Path | None, value("FILE", "a copy of the token of the machine that started it")
    ] = None,
) -> int:
    """Join a cluster, and stay until Ctrl-C."""
    require_ray()
    from ingest.cluster import nodes

    if token_file is not None and token_file.resolve() != nodes.token_file().resolve():
        nodes.token_file().parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(token_file, nodes.token_file())
        nodes.token_file().chmod(0o600)
    return nodes.join(head)


@command(cluster)
def check(
    options: CommandOptions,
    on: Annotated[str, word("CLUSTER", "ray://HOST:10001")],
    film: Annotated[
        Path | None, value("FILE", "a recording that all of them should see", "--with")
    ] = None,
) -> int:
    """Say what the machines of a cluster have; status 1 where one cannot compute for this home."""
    require_ray()
    from ingest.cluster.ray_executor import RayExecutor

    models = ModelProvider(options.settings())
    machines = RayExecutor(on, models.stages).machines(film and film.resolve())
    options.table(
        [(one.host, str(one.cores), one.python, trouble or "ready") for one, trouble in machines],
        *("machine", "cores", "Python", "state"),
    )
    options.result_line(
        {"machines": [{"host": one.host, "trouble": trouble} for one, trouble in machines]}
    )
    return 1 if not machines or any(trouble for _, trouble in machines) else 0


@command(cluster)
def status(options: CommandOptions, on: Annotated[str, word("CLUSTER", "ray://HOST:10001")]) -> int:
    """Say what the machines of a cluster do, and which blocks are asked for."""
    require_ray()
    from ingest.cluster.ray_executor import RayExecutor

    models = ModelProvider(options.settings())
    now = RayExecutor(on, models.stages).status()
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
