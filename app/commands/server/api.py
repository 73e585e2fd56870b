"""``egobutler api schema``: the OpenAPI document, for whoever makes a client of it."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands import base


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser("api", parents=[common])
    parser.add_argument("action", choices=("schema",))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the document as one line of JSON."""
    from app.routes.all import json_api

    with base.assistant(options) as butler:
        base.result_line(json_api(butler).openapi())
    return 0
