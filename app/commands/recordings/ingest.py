"""``egobutler ingest PATH …``: recordings, or folders of them, become memories."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.presentation.progress_line import ProgressLine
from app.presentation.rendering import result_json, results_text
from ingest.stages.caption_stage import LOOKS
from ingest.timestamps.timezones import resolve_wall_clock
from memory.types.timezones import local_zone, zone


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    ingest = verbs.add_parser("ingest", parents=[common])
    ingest.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    ingest.add_argument("--start", help="when the recording began, e.g. '2026-03-01 09:30'")
    ingest.add_argument("--timezone", help="where it was recorded, e.g. Europe/Berlin")
    ingest.add_argument("--day-one", help="the date of DAY1 in EgoLife's file names")
    ingest.add_argument("--copy", action="store_true", help="keep a copy of each file in the home")
    ingest.add_argument(
        "--explain", action="store_true", help="show how each clip was shown to the captioner"
    )
    ingest.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Adds recordings; exit status 1 where any file could not be read whole."""
    if Path() in options.paths:
        raise PersonError("the name of a recording is empty; give a file or a folder")
    with (
        _explained(options.explain),
        base.assistant(options) as butler,
        ProgressLine(butler.queue.report) as line,
    ):
        base.fetch_speech(butler)
        timezone = _zone(options.timezone)
        start = None if options.start is None else _past(options.start, timezone)
        if start is not None:
            start, doubt = resolve_wall_clock(start, zone(timezone))
            base.say(doubt) if doubt else None
        results = butler.ingest(
            options.paths,
            start=start,
            timezone=options.timezone,
            day_one=None if options.day_one is None else _day_one(options.day_one, timezone),
            copy=options.copy,
            on_progress=line.show,
        )
        line.clear()
        if any(result.status in ("indexed", "partial") for result in results):
            base.say(butler.preset_note)
        base.say(results_text(results))
        base.result_line({"home": str(butler.home), "results": [result_json(r) for r in results]})
    whole = all(result.status in ("indexed", "already", "skipped") for result in results)
    return 0 if whole and results else 1


@contextmanager
def _explained(explain: bool) -> Iterator[None]:
    """How clips are shown to a captioner that sees, a line each, while the block runs."""
    handler = _LookLines()
    if explain:
        LOOKS.addHandler(handler)
        LOOKS.setLevel(logging.INFO)
        LOOKS.propagate = False  # said once, however a program logs
    try:
        yield
    finally:
        LOOKS.removeHandler(handler)
        LOOKS.propagate = True


class _LookLines(logging.Handler):
    """Says what is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        base.say(record.getMessage())


def _zone(name: str | None) -> str:
    """The zone that the person named, if there is one, else that of this machine."""
    if name is not None:
        try:
            zone(name)
        except ValueError as error:
            raise PersonError(str(error)) from error
    return name or local_zone()


def _past(text: str, timezone: str) -> datetime:
    moment = base.moment_of(text, timezone)
    if moment.timestamp() > time.time() + 86_400:
        raise PersonError(f"--start {text!r} lies in the future; give the time of the recording")
    return moment


def _day_one(text: str, timezone: str) -> date:
    day = base.day_of(text, timezone)
    if not date(1990, 1, 1) <= day <= date.today() + timedelta(days=1):
        raise PersonError(f"--day-one {day} is no day on which anything was recorded")
    return day
