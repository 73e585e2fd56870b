"""``egobutler digest DAY``: what happened, who with, what was promised, what is unfinished."""

from __future__ import annotations

import sys
from typing import Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, exclusive, switch, word
from app.days.digest import digest as digest_of
from app.days.digest_calendar import digest_calendar
from app.days.digest_markdown import digest_markdown, digest_text
from app.days.digest_text import digest_json
from app.presentation.parse_time import parse_day


@command()
def digest(
    options: CommandOptions,
    day: Annotated[str, word("DAY", "e.g. 2026-03-01, yesterday")] = "today",
    markdown: Annotated[
        bool, switch("--markdown", "as Markdown (the default where it goes into a file)")
    ] = False,
    ics: Annotated[bool, switch("--ics", "as a calendar file")] = False,
) -> None:
    """Show what happened on a day, who with, what was promised, what is unfinished."""
    exclusive(markdown=markdown, ics=ics, json=options.json)
    with base.assistant(options) as butler:
        date = parse_day(day, butler.timezone)
        day_digest = digest_of(butler.store, date, butler.timezone)
        if options.json:
            options.result_line(digest_json(day_digest, butler.store))
        elif ics:
            sys.stdout.write(digest_calendar(day_digest).decode("utf-8"))
        elif markdown or not sys.stdout.isatty():
            sys.stdout.write(digest_markdown(day_digest, butler.store))
        else:
            sys.stdout.write(digest_text(day_digest, butler.store))
