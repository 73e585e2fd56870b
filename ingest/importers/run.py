"""Imports files of lines: each by itself, so that a bad one never costs the others.

import_paths(store, [Path("EgoLifeCap")], ImportOptions(day_one=date(2026, 3, 2)))
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from egogpt.plugins import PluginError
from ingest.errors import IngestError, WasForgotten, printable
from ingest.importers import egolife
from ingest.importers.clip_batches import batches
from ingest.importers.errors import unreadable_lines
from ingest.importers.format_detection import ARCHIVES, format_of, line_files
from ingest.importers.line_events import ImportOptions, ImportReport, ImportStatus, Script
from ingest.importers.registry import AUTO, load_reader
from ingest.importers.start_time import ImportSource
from ingest.importers.storing import Filed, file_batches
from ingest.importers.summaries import file_summaries
from memory.store.store import Store
from memory.types.errors import StoreError
from memory.types.ingest_progress import IngestProgress, ProgressListener
from memory.types.messages import UserMessage
from memory.types.timezones import zone

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _File:
    """A file and its format; ``group`` is what tells which files make up one recording."""

    path: Path
    format: str
    group: str


def _ignore(progress: IngestProgress) -> None:
    """The listener of those who do not watch."""


def import_paths(
    store: Store,
    paths: Iterable[Path],
    options: ImportOptions | None = None,
    listen: ProgressListener = _ignore,
) -> list[ImportReport]:
    """Imports the lines of files, or of what folders hold; one report per file.

    Importing twice changes nothing; importing a file that has changed replaces what was made from
    it. Summaries are left stale, for ``summaries.rebuild``; diaries are filed last. Whatever is
    wrong with a file, or with what was said of it, stands in its report.
    """
    chosen_options = options or ImportOptions()
    reports: list[ImportReport] = []
    groups: dict[str, list[_File]] = {}
    for path, named in line_files(paths):
        examined = _examined(path, named, chosen_options)
        if isinstance(examined, ImportReport):
            reports.append(examined)
        elif examined is not None:
            groups.setdefault(examined.group, []).append(examined)
    total, done = sum(map(len, groups.values())), 0
    diaries: list[Script] = []
    for files in groups.values():
        listen(IngestProgress(files[0].path, "import", done, total))
        reports += _safely(files, lambda f: _group(store, f, chosen_options, diaries))
        done += len(files)
    for script in diaries:
        file = _File(script.path, "egorag", "")
        reports += _safely([file], lambda _: [_diary(store, script)])  # noqa: B023
    return reports


def line_digests(store: Store, path: Path) -> list[str]:
    """By which the lines of a file are known as recordings; none where it holds no lines."""
    options = ImportOptions()
    examined = _examined(path, True, options)
    if not isinstance(examined, _File):
        return []
    try:
        script = load_reader(examined.format)(ImportSource(path, options, store))
    except (IngestError, OSError, PluginError):
        return []
    return [batch.recording.sha256 for batch in batches([script], path.stem)]


def _examined(path: Path, named: bool, options: ImportOptions) -> _File | ImportReport | None:
    """The file with its format; or why it is passed over; None where it is another subject's."""
    try:
        if path.suffix.lower() in ARCHIVES:
            raise unreadable_lines(path, "ingest.lines-archive", "ingest.lines-unpack")
        if not os.path.isfile(path):
            raise unreadable_lines(path, "ingest.no-such-file", "ingest.lines-check-name")
        format_name = format_of(path) if options.format == AUTO else options.format
        if format_name is None:
            reason = "ingest.lines-without-times"
            if not named:
                words = {"name": printable(path.name), "reason": UserMessage(reason)}
                message = UserMessage("ingest.lines-passed-over", **words)
                return ImportReport(path, "skipped", message)
            raise unreadable_lines(path, reason, "ingest.lines-name-format")
    except (IngestError, OSError, ValueError) as error:
        return _failure(path, error)
    if format_name != "egolife" or (name := egolife.name_of(path)) is None:
        return _File(path, format_name, str(path.resolve()))
    if options.subject and options.subject.lower() not in (name.subject or options.subject).lower():
        return None
    return _File(path, format_name, f"{name.subject}_DAY{name.day}")


def _safely(
    files: Sequence[_File], work: Callable[[Sequence[_File]], list[ImportReport]]
) -> list[ImportReport]:
    """The reports of the work; if it fails, one per file that says why."""
    try:
        return work(files)
    except (IngestError, StoreError) as error:
        return [_failure(file.path, error) for file in files]
    except Exception as error:  # one odd file must not cost the others
        _log.exception("import of %s failed", files[0].path)
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        reason, advice = "ingest.lines-not-imported", "ingest.lines-check-whole"
        return [
            _failure(file.path, unreadable_lines(file.path, reason, advice, why=what))
            for file in files
        ]


def _failure(path: Path, error: Exception) -> ImportReport:
    text = str(error)
    name = printable(path.name)
    status: ImportStatus = "forgotten" if isinstance(error, WasForgotten) else "failed"
    return ImportReport(path, status, text if text.startswith(name) else f"{name}: {text}")


def _group(
    store: Store, files: Sequence[_File], options: ImportOptions, diaries: list[Script]
) -> list[ImportReport]:
    """Reads the files of one group and files what they hold together."""
    scripts: list[Script] = []
    reports: list[ImportReport] = []
    for file in files:
        try:
            scripts.append(load_reader(file.format)(ImportSource(file.path, options, store)))
        except (IngestError, OSError, PluginError) as error:
            reports.append(_failure(file.path, error))
    parts = files[0].format == "egolife"
    if parts:
        scripts, duplicates = egolife.in_one_language(scripts, options.language or "en")
        reports += [_left_out(script) for script in duplicates]
    diaries += [script for script in scripts if script.summaries]
    scripts = [script for script in scripts if not script.summaries]
    if not scripts:
        return reports
    name = files[0].group if parts else files[0].path.stem
    all_batches = list(batches(scripts, name))
    if not all_batches:
        raise unreadable_lines(
            files[0].path, "ingest.lines-none-readable", "ingest.lines-check-file"
        )
    filed = file_batches(store, all_batches, [script.path for script in scripts], parts=parts)
    return reports + [_report(store, script, filed) for script in scripts]


def _left_out(script: Script) -> ImportReport:
    name = printable(script.path.name)
    message = f"{name}: left out, since the same lines are there in the language that is wanted"
    return ImportReport(script.path, "skipped", message, lines=len(script.events))


def _report(store: Store, script: Script, filed: Filed) -> ImportReport:
    name, n = printable(script.path.name), len(script.events)
    count = f"{n:,} line{'' if n == 1 else 's'}"
    recordings = [
        recording
        for recording_id in filed.recording_ids
        if (recording := store.recordings.get(recording_id)) is not None
    ]
    clock = zone(script.timezone)
    dates = sorted(
        {f"{datetime.fromtimestamp(recording.start, clock):%Y-%m-%d}" for recording in recordings}
    )
    span = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    whose = f" ({printable(script.subject)})" if script.subject else ""
    be = "is" if len(script.events) == 1 else "are"
    what = "imported for" if filed.added else f"{be} in memory already, at"
    notes = [script.note, *script.tally.words]
    if filed.replaced:
        notes.append("an earlier import of it was replaced")
    if filed.kept:
        notes.append(
            f"an earlier import that holds other lines of this time was kept: "
            f"{', '.join(filed.kept)}"
        )
    return ImportReport(
        script.path,
        "imported" if filed.added else "already",
        "; ".join([f"{name}: {count} {what} {span}{whose}", *filter(None, notes)]),
        filed.recording_ids,
        len(script.events),
        script.tally.unread,
    )


def _diary(store: Store, script: Script) -> ImportReport:
    filed, count = file_summaries(store, script.summaries, script.timezone), len(script.summaries)
    name = printable(script.path.name)
    if not filed:
        reason, advice = "ingest.lines-other-times", "ingest.lines-import-first"
        raise unreadable_lines(script.path, reason, advice)
    notes = list(script.tally.words)
    if filed < count:
        notes.append(f"{count - filed:,} are of times without lines, and were left out")
    message = "; ".join(
        [f"{name}: {filed:,} {'summary' if filed == 1 else 'summaries'} imported", *notes]
    )
    return ImportReport(script.path, "imported", message, (), filed, script.tally.unread)
