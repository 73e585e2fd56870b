"""``egobutler api schema``: the OpenAPI document, for whoever makes a client of it."""

from __future__ import annotations

from typing import Annotated, Literal

from app.commands import base
from app.commands.options import CommandOptions, command, json_line, word


@command(json=False)
def api(
    options: CommandOptions,
    what: Annotated[Literal["schema"], word("schema", "the OpenAPI document")],
) -> None:
    """Print the description of the JSON API, as one line of JSON."""
    from app.routes.all import json_api

    with base.assistant(options) as butler:
        json_line(json_api(butler).openapi())
