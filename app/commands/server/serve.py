"""``egobutler serve``: opens the web app until it is interrupted."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import base
from app.commands.options import CommandOptions, On, Port, Reading, command, switch, value
from app.http.security import ListenConfig

if TYPE_CHECKING:
    from memory.db.fence import Fence


@command(models=True, json=False, accounts=True)
def serve(
    options: CommandOptions,
    host: Annotated[str, value("ADDRESS", "where it listens")] = "127.0.0.1",
    port: Port = 7860,
    behind_proxy: Annotated[
        bool, switch("--behind-proxy", "a reverse proxy of yours stands in front")
    ] = False,
    public_url: Annotated[
        str | None, value("URL", "what people type: https://butler.example")
    ] = None,
    proxy_address: Annotated[
        list[str] | None,
        value("ADDRESS", "where the proxy calls from, or a network (default: this computer)"),
    ] = None,
    open_homes: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="homes of further people open at once; default: what fits"
        ),
    ] = None,
    fence: Annotated[
        str | None,
        value("s3://BUCKET/NAME", "write only while this is held: another machine could, too"),
    ] = None,
    reading: Reading = None,
    on: On = None,
) -> None:
    """Open the web app until Ctrl-C."""
    from app.server.server import serve as run

    with (
        _fenced(fence) as held,
        base.assistant(options, writes=True, reading=reading, on=on, fence=held) as butler,
    ):
        base.fetch_speech(butler)
        base.say(butler.preset_note)
        if who := butler.queue.work.executor.prepare():
            base.say(who)
        if line := butler.model_proposal:
            base.say(line)
        door = ListenConfig.choose(host, behind_proxy, public_url, proxy_address or [])
        run(butler, host, port, door, open_homes)


@contextmanager
def _fenced(place: str | None) -> Iterator[Fence | None]:
    """Holds the fence at ``place``; waits for it. The process ends where another machine takes it.

    At once: to close the database would take its log in, which is writing.
    """
    if place is None:
        yield None
        return
    from app.server.object_lease import ObjectLease
    from memory.db.fence import Fence

    def end() -> None:
        base.say(f"another machine holds {place} now: this server ends")
        os._exit(os.EX_TEMPFAIL)

    held = Fence(ObjectLease(place), f"{socket.gethostname()}, process {os.getpid()}", on_lost=end)
    held.take(lambda other: base.say(f"{place} is held by {other.holder}: waiting until it is not"))
    try:
        yield held
    finally:
        held.release()
