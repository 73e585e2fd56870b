"""``egobutler connections``: another command, and every address that it connected to."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.core.outgoing import outgoing_log
from app.privacy.connections import connection_lines
from memory.types.timezones import local_zone


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser(
        "connections",
        epilog='For example: egobutler connections ask "where are my keys?" '
        "What a running server has connected to stands on its page Privacy.",
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help="the command, with its options")
    parser.set_defaults(run=run, allow_remote=False)


def run(options: argparse.Namespace) -> int:
    """Runs the command; its status is the status of this one."""
    from app.commands.main import main

    if not options.command or options.command[0] == "connections":
        raise PersonError(
            'name the command to watch: egobutler connections ask "where are my keys?"'
        )
    try:
        return main(options.command)
    finally:
        for line in connection_lines(outgoing_log(), local_zone()):
            base.say(line)
