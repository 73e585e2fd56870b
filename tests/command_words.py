"""What is typed: words that mean something to a command, without running it, and answers to it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup

from app.commands.main import program


def parsed(words: Sequence[str]) -> dict[str, Any]:
    """The values of the options of a command; raises TyperException where its words are off."""
    context = program().make_context("egobutler", list(words))
    while isinstance(context.command, TyperGroup) and (more := context._protected_args):
        name, command, rest = context.command.resolve_command(context, [*more, *context.args])
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    return dict(context.params)


class Keyboard(io.StringIO):
    """Somebody who sits at a terminal and types this."""

    def isatty(self) -> bool:
        return True
