"""``egobutler demo``: a sample day, three questions, the app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import platformdirs
from typer import Option

from app.commands import base
from app.commands.options import CommandOptions, Port, command, value
from app.core.settings import Settings


@command(models=True, json=False)
def demo(
    options: CommandOptions,
    video: Annotated[
        Path | None, value("FILE", "a recording of yours instead of the sample day")
    ] = None,
    serve: Annotated[
        int, Option(min=0, max=1, metavar="0|1", help="0: stop after the answers")
    ] = 1,
    port: Port = 7860,
) -> int:
    """Go from nothing to cited answers about a sample day, then open the web app."""
    from app.commands.demonstration import run

    home = Path(options.home or platformdirs.user_data_path("egobutler") / "demo")
    chosen = Settings(home, preset=options.preset, language=options.language or "en")
    return run(chosen, base.say, video=video, port=port if serve else None)
