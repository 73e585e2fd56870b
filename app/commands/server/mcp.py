"""``egobutler mcp``: the tools for an assistant on this computer, over its standard streams."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands import base
from app.tools.links import DEFAULT_ADDRESS


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser("mcp", parents=[common])
    parser.add_argument(
        "--address",
        default=DEFAULT_ADDRESS,
        help=f"where the web app is served, for links in results (default: {DEFAULT_ADDRESS})",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serves until whoever started it closes standard input."""
    from app.tools.mcp_server import build
    from app.tools.service import ToolService

    with base.assistant(options) as butler:
        address = options.address.rstrip("/")
        build(ToolService(butler, lambda: address)).run("stdio")
    return 0
