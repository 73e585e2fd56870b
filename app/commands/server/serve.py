"""``egobutler serve``: opens the web app until it is interrupted."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands import base
from app.commands.options import CommandOptions, On, Port, Reading, command, switch, value
from app.http.security import ListenConfig


@command(models=True, json=False)
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
    reading: Reading = None,
    on: On = None,
) -> None:
    """Open the web app until Ctrl-C."""
    from app.server.server import serve as run

    with base.assistant(options, writes=True, reading=reading, on=on) as butler:
        base.fetch_speech(butler)
        base.say(butler.preset_note)
        if who := butler.queue.work.executor.prepare():
            base.say(who)
        if line := butler.model_proposal:
            base.say(line)
        door = ListenConfig.choose(host, behind_proxy, public_url, proxy_address or [])
        run(butler, host, port, door, open_homes)
