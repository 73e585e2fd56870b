"""``egobutler api schema``: the OpenAPI document, for whoever makes a client of it."""

from __future__ import annotations

import argparse
from typing import Any

from app import commands


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser("api", parents=[common], help="describe the JSON API")
    parser.add_argument("action", choices=("schema",))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the document as one line of JSON."""
    from fastapi import FastAPI

    from app.openapi import describe
    from app.routes.all import routers

    with commands.assistant(options) as butler:
        app = FastAPI()
        for router in routers(butler):
            app.include_router(router)
        commands.result_line(describe(app))
    return 0
