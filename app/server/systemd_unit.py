"""The systemd unit that runs the app, filled with the paths of this computer.

It may write its home and nothing else. ``--host`` and a proxy are told of in docs/deploy.md.
"""

from __future__ import annotations

import getpass
import sys
from importlib.resources import files
from pathlib import Path


def unit(home: Path, port: int = 7860, *, user: str = "", python: str = "") -> str:
    """The text of ``egobutler.service``. ``user`` and ``python`` are by default those of now."""
    command = [python or sys.executable, "-m", "app", "serve", "--home", str(home)]
    command += ["--port", str(port)]
    template = files("app.server").joinpath("systemd_unit.txt").read_text("utf-8")
    return template.format(
        home=_quoted(str(home)),
        others=_quoted(f"-{home}-homes"),
        user=user or getpass.getuser(),
        command=" ".join(_quoted(argument).replace("$", "$$") for argument in command),
    )


def _quoted(text: str) -> str:
    """One word as systemd reads it: its specifiers are only letters."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"' if any(letter in plain for letter in " \t'\"\\;") else plain
