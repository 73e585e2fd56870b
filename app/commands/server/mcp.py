"""``egobutler mcp``: the tools for an assistant on this computer, over its standard streams."""

from __future__ import annotations

from typing import Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, value
from app.tools.links import DEFAULT_ADDRESS


@command(models=True, json=False)
def mcp(
    options: CommandOptions,
    address: Annotated[
        str, value("URL", "where the web app is served, for links in results")
    ] = DEFAULT_ADDRESS,
) -> None:
    """Let another assistant on this computer ask, until it closes standard input."""
    from app.tools.mcp_server import build
    from app.tools.service import ToolService

    with base.assistant(options) as butler:
        link = address.rstrip("/")
        build(ToolService(butler, lambda: link)).run("stdio")
