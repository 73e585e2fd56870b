"""``egobutler serve``: opens the web app until it is interrupted."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands import base
from app.commands.numbers import port
from app.commands.questions.ask import add_reading
from app.commands.server import door_options
from app.core.errors import PersonError


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    serve = verbs.add_parser("serve", parents=[common])
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=port, default=7860)
    door_options.add(serve)
    add_reading(serve)
    serve.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs the web app until it is interrupted."""
    from app.server.server import serve as run

    with base.assistant(options, writes=True) as butler:
        base.fetch_speech(butler)
        base.say(butler.preset_note)
        if line := butler.model_proposal:
            base.say(line)
        try:
            run(butler, options.host, options.port, door_options.door_of(options))
        except (ValueError, OSError) as error:
            raise PersonError(str(error)) from error
    return 0
