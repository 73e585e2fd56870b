"""``egobutler import``: captions, transcripts and subtitles made elsewhere become memories.

A folder of recordings that a photo service exported (Google Takeout, Immich) is ingested instead:
its sidecars only date them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from app.commands import base
from app.commands.import_export import import_whole
from app.commands.options import CommandOptions, command, value, word
from app.core.errors import PersonError
from app.presentation.progress_line import IngestLine
from app.presentation.rendering import result_json
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


_NAMED = ", ".join((*READERS.built_in, *MEDIA_FORMATS))


def _format(name: str) -> str:
    if name not in (AUTO, *MEDIA_FORMATS) and name not in READERS:
        known = ", ".join((AUTO, *READERS, *MEDIA_FORMATS))
        raise typer.BadParameter(f"there is no format {name!r}; there are {known}")
    return name


@command(models=True)
def import_(
    options: CommandOptions,
    paths: Annotated[list[Path], word("PATH", "files or folders")],
    format: Annotated[
        str,
        Option(
            metavar="NAME",
            help=f"default: found out; {_NAMED}, or a plug-in's",
            callback=_format,
            show_default=False,
        ),
    ] = AUTO,
    day_one: Annotated[
        str | None, value("DAY", "the date of DAY1, for files that number their days")
    ] = None,
    start: Annotated[
        str | None, value("TIME", "when lines that count from a beginning began")
    ] = None,
    timezone: Annotated[str | None, value("ZONE", "where they were made: Asia/Shanghai")] = None,
    subject: Annotated[str, value("NAME", "whose lines they are, or are to be taken")] = "",
) -> int:
    """Add captions, transcripts, subtitles or exports made elsewhere; status 1 where one fails."""
    if Path() in paths:
        raise PersonError("the name of a file is empty; give a file or a folder")
    if whole := next(filter(is_export, paths), None):
        return import_whole(options, paths, whole)
    zone(place := timezone or local_zone())  # raises where there is none of that name
    day = None if day_one is None else base.first_day(day_one, place)
    begin = None if start is None else base.past_moment(start, place)
    settings = ImportOptions(format, day, begin, timezone, options.language, subject)
    with base.assistant(options) as butler, IngestLine(butler.queue.report) as line:
        done = import_into(butler, paths, settings, line.show)
        line.clear()
        outcomes: list[tuple[str, str]] = [
            (report.status, report.message) for report in done.reports
        ]
        outcomes += [(result.status, result.message) for result in done.results]
        if not outcomes:
            names = ", ".join(printable(str(path)) for path in paths)
            outcomes = [("failed", f"{names}: nothing in it can be imported; name another one.")]
        for status, message in outcomes:
            options.show(f"{status:>8}  {message}")
        results = [report_json(report) for report in done.reports]
        results += [result_json(result) for result in done.results]
        options.result_line({"home": str(butler.home), "results": results})
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
