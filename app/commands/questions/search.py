"""``egobutler search``: moments by words, people, days and what was said, read or seen."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.search.rendering import results_json, results_text
from app.search.service import LONGEST, MOST, SearchService


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser(
        "search",
        parents=[common],
        epilog='For example: egobutler search "keys person:Anna after:2026-03-01". '
        "Operators: person, on, before, after, said, text, seen, looks, device, in.",
    )
    parser.add_argument("query", nargs="+", help='words, "phrases" and operators')
    parser.add_argument("--json", action="store_true", help="a line of JSON instead of text")
    parser.add_argument("--sort", choices=("best", "newest", "oldest"), default="best")
    parser.add_argument("--limit", type=int, default=10, help=f"moments to show, {MOST} at most")
    parser.add_argument("--offset", type=int, default=0, help="moments to pass over")
    parser.add_argument(
        "--nearest", action="store_true", help="what comes closest, where nothing is like the query"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints what was found."""
    query = " ".join(options.query)
    if len(query) > LONGEST:
        raise PersonError(f"the query is longer than {LONGEST} letters; say less")
    with base.assistant(options) as butler:
        results = SearchService(butler.store, butler.brains).search(
            query,
            timezone=butler.timezone,
            order=options.sort,
            offset=max(0, options.offset),
            limit=max(1, options.limit),
            nearest=options.nearest,
        )
        if options.json:
            base.result_line(results_json(results, butler.timezone))
        else:
            print(results_text(results, butler.timezone))
    return 0
