"""``egobutler connections``: another command, and every address that it connected to."""

from __future__ import annotations

from typing import Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, word
from app.core.errors import PersonError
from app.core.outgoing import outgoing_log
from app.privacy.connections import connection_lines
from memory.types.timezones import local_zone


@command(json=False)
def connections(
    options: CommandOptions,
    words: Annotated[list[str], word("COMMAND", "the command; where it has options, after --")],
) -> int:
    """Run a command, and say what it connected to: egobutler connections ask "where are my keys?".

    What a running server has connected to stands on its page Privacy.
    """
    from app.commands.main import main

    if words[0] == "connections":
        raise PersonError("name the command to watch, such as: egobutler connections verify")
    home = ["--home", options.home] if options.home else []
    try:
        return main([*words, *home])
    finally:
        for line in connection_lines(outgoing_log(), local_zone()):
            base.say(line)
