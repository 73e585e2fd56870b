"""``egobutler summarise``: writes the summaries that are due, with the model chosen for them."""

from __future__ import annotations

import argparse
import time
from typing import Any

from app.commands import base
from app.commands.recordings.queue import summaries_of
from app.core.errors import PersonError
from app.models.errors import MODEL_ERRORS

_EVERY = 2.0  # seconds between two lines of progress


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    summarise = verbs.add_parser("summarise", parents=[common])
    summarise.add_argument(
        "--model",
        dest="summaries",
        metavar="NAME",
        help="qwen-1.5b, openai:MODEL@URL … (default: EGOBUTLER_SUMMARIES)",
    )
    summarise.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes what is due; exit status 1 where the model cannot go on."""
    with base.assistant(options) as butler:
        if butler.by_choice.writer.name is None:
            raise PersonError(
                "no model was chosen to write summaries; they are extracts. Choose one with "
                "--model NAME or EGOBUTLER_SUMMARIES=NAME (docs/summaries.md)"
            )
        base.say(butler.preset_note)
        try:
            done = butler.summarise(_SummaryProgress().show)
        except MODEL_ERRORS as error:
            reason = str(error).rstrip(".")
            raise PersonError(f"{reason}. What was written is kept.") from error
        report = butler.queue.report()
        base.say(f"{summaries_of(done)} seen to, {report.to_write} left")
        base.result_line({"done": done, "left": report.to_write})
    return 0


class _SummaryProgress:
    """Says now and then how far it is."""

    def __init__(self) -> None:
        self._said = 0.0

    def show(self, done: int, remaining: int) -> None:
        if time.monotonic() - self._said > _EVERY:
            self._said = time.monotonic()
            base.say(f"{summaries_of(done)} seen to, {remaining} left")
