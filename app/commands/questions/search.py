"""``egobutler search``: moments by words, people, days and what was said, read or seen."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

from typer import Option

from app.commands import base
from app.commands.options import CommandOptions, command, switch, value, word
from app.core.errors import PersonError
from app.search.rendering import results_json, results_text
from app.search.service import LONGEST, MOST, SearchService


@command()
def search(
    options: CommandOptions,
    query: Annotated[list[str], word("QUERY", 'words, "phrases" and operators')],
    sort: Annotated[Literal["best", "newest", "oldest"], Option()] = "best",
    limit: Annotated[int, value("N", f"moments to show, {MOST} at most")] = 10,
    offset: Annotated[int, value("N", "moments to pass over")] = 0,
    nearest: Annotated[
        bool, switch("--nearest", "what comes closest, where nothing is like the query")
    ] = False,
) -> None:
    """Find moments, such as: egobutler search "keys person:Anna after:2026-03-01".

    Operators are person, on, before, after, said, text, seen, looks, device and in.
    """
    text = " ".join(query)
    if len(text) > LONGEST:
        raise PersonError(f"the query is longer than {LONGEST} letters; say less")
    with base.assistant(options) as butler:
        results = SearchService(butler.store, butler.brains).search(
            text,
            timezone=butler.timezone,
            order=sort,
            offset=max(0, offset),
            limit=max(1, limit),
            nearest=nearest,
        )
        if not options.json:
            shown = results_text(results, butler.timezone)
            parts = shown.split("**") if sys.stdout.isatty() else [shown]
            options.show(*((part, "bold") if n % 2 else part for n, part in enumerate(parts)))
        options.result_line(results_json(results, butler.timezone))
