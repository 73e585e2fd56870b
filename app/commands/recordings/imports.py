"""``egobutler import``: captions, transcripts and subtitles made elsewhere become memories.

A folder of recordings that a photo service exported (Google Takeout, Immich) is ingested instead:
its sidecars only date them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands import base
from app.commands.import_export import import_whole
from app.core.errors import PersonError
from app.presentation.parse_time import parse_day, parse_moment
from ingest.discovery.photo_exports import export_kind
from ingest.importers import ImportOptions, ImportReport
from ingest.importers.registry import AUTO, MEDIA_FORMATS, READERS
from memory.exchange.import_export import is_export
from memory.types.ingest_progress import IngestResult, ProgressListener
from memory.types.paths import printable
from memory.types.timezones import local_zone, zone

if TYPE_CHECKING:
    from app.assistant import Assistant


@dataclass(frozen=True, slots=True)
class ImportTotals:
    """What became of everything that was named: files of lines, and recordings of exports."""

    reports: tuple[ImportReport, ...] = ()
    results: tuple[IngestResult, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether something was taken in and nothing failed."""
        done: list[ImportReport | IngestResult] = [*self.reports, *self.results]
        good = ("imported", "already", "skipped", "indexed")
        taken = any(outcome.status != "skipped" for outcome in done)
        return taken and all(outcome.status in good for outcome in done)


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    verb = verbs.add_parser("import", parents=[common])
    verb.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    named = ", ".join((*READERS.built_in, *MEDIA_FORMATS))
    verb.add_argument(
        "--format", type=_format, default=AUTO, help=f"default: found out; {named}, or a plug-in's"
    )
    verb.add_argument("--day-one", help="the date of DAY1, for files that number their days")
    verb.add_argument("--start", help="when lines that count from a beginning began")
    verb.add_argument("--timezone", help="where they were made, e.g. Asia/Shanghai")
    verb.add_argument("--subject", default="", help="whose lines they are, or are to be taken")
    verb.set_defaults(run=run)


def _format(name: str) -> str:
    if name not in (AUTO, *MEDIA_FORMATS) and name not in READERS:
        known = ", ".join((AUTO, *READERS, *MEDIA_FORMATS))
        raise argparse.ArgumentTypeError(f"there is no format {name!r}; there are {known}")
    return name


def run(options: argparse.Namespace) -> int:
    """Imports; exit status 1 where any file could not be imported."""
    from app.presentation.progress_line import ProgressLine
    from app.presentation.rendering import result_json

    if Path() in options.paths:
        raise PersonError("the name of a file is empty; give a file or a folder")
    if whole := [path for path in options.paths if is_export(path)]:
        return import_whole(options, whole)
    settings = import_options(options)
    with base.assistant(options) as butler, ProgressLine(butler.queue.report) as line:
        done = import_into(butler, options.paths, settings, line.show)
        line.clear()
        outcomes: list[tuple[str, str]] = [
            (report.status, report.message) for report in done.reports
        ]
        outcomes += [(result.status, result.message) for result in done.results]
        if not outcomes:
            names = ", ".join(printable(str(path)) for path in options.paths)
            outcomes = [("failed", f"{names}: nothing in it can be imported; name another one.")]
        for status, message in outcomes:
            base.say(f"{status:>8}  {message}")
        results = [report_json(report) for report in done.reports]
        results += [result_json(result) for result in done.results]
        base.result_line({"home": str(butler.home), "results": results})
    return 0 if done.whole else 1


def import_into(
    butler: Assistant, paths: Sequence[Path], options: ImportOptions, listen: ProgressListener
) -> ImportTotals:
    """Imports files of lines, ingests exports of recordings, then makes summaries and vectors."""
    exported = [path for path in paths if _is_export(path, options.format)]
    lines = [path for path in paths if path not in exported]
    results: list[IngestResult] = []
    if exported:
        results = butler.ingest(
            exported, start=options.start, timezone=options.timezone, on_progress=listen
        )
    reports = butler.import_text(lines, **asdict(options), on_progress=listen)
    return ImportTotals(tuple(reports), tuple(results))


def import_options(options: argparse.Namespace) -> ImportOptions:
    """What the words of the command say. Raises PersonError where one cannot be right."""
    timezone = options.timezone or local_zone()
    try:
        zone(timezone)
        day = None if options.day_one is None else parse_day(options.day_one, timezone)
        start = None if options.start is None else parse_moment(options.start, timezone)
    except ValueError as error:
        raise PersonError(str(error)) from error
    tomorrow = date.today() + timedelta(days=1)
    if day is not None and not date(1990, 1, 1) <= day <= tomorrow:
        raise PersonError(f"--day-one {day} is no day on which anything was recorded")
    if start is not None and start.date() > tomorrow:
        raise PersonError(f"--start {options.start!r} lies in the future")
    return ImportOptions(
        options.format, day, start, options.timezone, options.language, options.subject
    )


def report_json(report: ImportReport) -> dict[str, object]:
    """One file's report for a program."""
    return {
        "path": str(report.path),
        "status": report.status,
        "message": report.message,
        "recordings": list(report.recording_ids),
        "lines": report.lines,
        "unread": report.unread,
    }


def _is_export(path: Path, named: str) -> bool:
    if named in MEDIA_FORMATS:
        return True
    return named == AUTO and path.is_dir() and export_kind(path) is not None
