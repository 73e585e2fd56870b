"""``egobutler digest DAY``: what happened, who with, what was promised, what is unfinished."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.days.digest import digest
from app.days.digest_calendar import digest_calendar
from app.days.digest_markdown import digest_markdown, digest_text
from app.days.digest_text import digest_json
from app.presentation.parse_time import parse_day


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser("digest", parents=[common])
    parser.add_argument("day", nargs="?", default="today", help="e.g. 2026-03-01, yesterday")
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--markdown",
        action="store_true",
        help="as Markdown (the default where it goes into a file)",
    )
    form.add_argument("--ics", action="store_true", help="as a calendar file")
    form.add_argument("--json", action="store_true", help="a line of JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the digest of a day."""
    with base.assistant(options) as butler:
        try:
            day = parse_day(options.day, butler.timezone)
            day_digest = digest(butler.store, day, butler.timezone)
        except ValueError as error:
            raise PersonError(str(error)) from error
        if options.json:
            base.result_line(digest_json(day_digest, butler.store))
        elif options.ics:
            sys.stdout.write(digest_calendar(day_digest).decode("utf-8"))
        elif options.markdown or not sys.stdout.isatty():
            sys.stdout.write(digest_markdown(day_digest, butler.store))
        else:
            sys.stdout.write(digest_text(day_digest, butler.store))
    return 0
