"""``egobutler timeline DAY``: a day as lines."""

from __future__ import annotations

from typing import Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, word
from app.presentation.parse_time import parse_day
from app.presentation.rendering import timeline_json, timeline_text


@command()
def timeline(
    options: CommandOptions,
    day: Annotated[str, word("DAY", "e.g. 2026-03-01, today, yesterday")] = "today",
) -> None:
    """Show a day, hour by hour."""
    with base.assistant(options) as butler:
        shown = butler.timeline(parse_day(day, butler.timezone))
        options.show(timeline_text(shown))
        options.result_line(timeline_json(shown))
