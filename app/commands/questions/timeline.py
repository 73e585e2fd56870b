"""``egobutler timeline DAY``: a day as lines."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands import base
from app.presentation.rendering import timeline_json, timeline_text


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    timeline = verbs.add_parser("timeline", parents=[common])
    timeline.add_argument("day", help="e.g. 2026-03-01, today, yesterday")
    timeline.add_argument("--json", action="store_true", help="a line of JSON instead of text")
    timeline.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Shows a day."""
    with base.assistant(options) as butler:
        day = base.day_of(options.day, butler.timezone)
        shown = butler.timeline(day)
        if options.json:
            base.say(timeline_text(shown))
            base.result_line(timeline_json(shown))
        else:
            print(timeline_text(shown))
    return 0
