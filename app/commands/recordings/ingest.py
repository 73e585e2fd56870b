"""``egobutler ingest PATH …``: recordings, or folders of them, become memories."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from app.commands import base
from app.commands.options import CommandOptions, On, command, switch, value, word
from app.core.errors import PersonError
from app.core.view_models import IngestResult
from app.library.queue_service import refusal
from app.presentation.progress_line import IngestLine
from app.presentation.rendering import result_json, results_text
from ingest.stages.caption_stage import LOOKS
from ingest.timestamps.timezones import resolve_wall_clock
from memory.types.timezones import local_zone, zone


@command(models=True)
def ingest(
    options: CommandOptions,
    paths: Annotated[list[Path], word("PATH", "files or folders")],
    start: Annotated[
        str | None, value("TIME", "when the recording began: '2026-03-01 09:30'")
    ] = None,
    timezone: Annotated[str | None, value("ZONE", "where it was recorded: Europe/Berlin")] = None,
    day_one: Annotated[str | None, value("DAY", "the date of DAY1 in EgoLife's file names")] = None,
    copy: Annotated[bool, switch("--copy", "keep a copy of each file in the home")] = False,
    on: On = None,
    explain: Annotated[
        bool, switch("--explain", "show how each clip was shown to the captioner")
    ] = False,
) -> int:
    """Add recordings, or all that lie in folders; status 1 where a file could not be read whole."""
    if Path() in paths:
        raise PersonError("the name of a recording is empty; give a file or a folder")
    zone(place := timezone or local_zone())  # raises where there is none of that name
    begin = None if start is None else base.past_moment(start, place)
    if begin is not None:
        begin, doubt = resolve_wall_clock(begin, zone(place))
        base.say(doubt) if doubt else None
    first = None if day_one is None else base.first_day(day_one, place)
    home = options.settings().home
    refused = [] if any(map(os.path.isdir, paths)) else [*map(refusal, paths)]
    if refused and all(refused) and _is_new(home):  # and nothing to make it for
        return _report(options, home, [one for one in refused if one])
    with (
        base.lines_of(LOOKS, explain),
        base.assistant(options, on=on) as butler,
        IngestLine(butler.queue.report, butler.queue.work.executor.progress) as line,
    ):
        base.fetch_speech(butler)
        if who := butler.queue.work.executor.prepare():
            base.say(who)
        results = butler.ingest(
            paths, start=begin, timezone=timezone, day_one=first, copy=copy, on_progress=line.show
        )
        line.clear()
        if any(result.status in ("indexed", "partial") for result in results):
            base.say(butler.preset_note)
        return _report(options, butler.home, results)


def _is_new(home: Path) -> bool:
    """Whether there is no home yet where one could be made."""
    nearest = next(place for place in (home, *home.parents) if os.path.lexists(place))
    return nearest != home and nearest.is_dir()


def _report(options: CommandOptions, home: Path, results: list[IngestResult]) -> int:
    options.show(results_text(results))
    options.result_line({"home": str(home), "results": [result_json(one) for one in results]})
    whole = all(result.status in ("indexed", "already", "skipped") for result in results)
    return 0 if whole and results else 1
