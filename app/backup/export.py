"""Everything that a home remembers, in formats that need no EgoButler to be read.

export(store, Path("everything.zip"))

JSON lines hold every row, so that ``egobutler import`` brings back the same home. Beside them are
subtitles of each recording, a diary of each day and the pictures, for people and other programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.backup.diary import diary
from app.backup.field_docs import TABLES, meaning
from app.days.timeline import recorded_days, timeline
from app.days.transcripts import FORMATS, spoken_in
from memory.backup.backup import Told, no_progress
from memory.db import disk_space as disk
from memory.db.database import FILE_NAME
from memory.db.snapshot import alone, copy_database, scratch
from memory.exchange.archives import ArchiveError, ArchiveWriter, archive_writer
from memory.exchange.export import data_name, originals, put_files, put_rows, stored_columns
from memory.integrity.file_faults import FileFault
from memory.store.store import Store
from memory.types.timezones import local_zone, zone

_ABOUT = """# Everything that EgoButler remembered

This is not encrypted: whoever has it can read it.

- `data/*.jsonl`: every row, one JSON object a line; the tables below say what each field is.
- `transcripts/*.vtt`: what was said in each recording, as WebVTT subtitles.
- `diary/*.md`: a page of Markdown for each day.
- `thumbnails/`: the pictures, JPEG; those called `…-sheet.jpg` are storyboards.
- `originals/`: the recordings, where they were exported as well.
- `export.json`: which version made this.

To take it into an empty home: `egobutler import THIS --home FOLDER`. Passwords, settings and the
queue are not in it; `egobutler backup` keeps those too.
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was made; ``faults`` are files that are missing or not what was recorded."""

    path: Path
    recordings: int
    faults: tuple[FileFault, ...]


def export(
    store: Store, target: Path, *, with_originals: bool = False, on_progress: Told = no_progress
) -> Exported:
    """Writes everything as it is at this instant; the home may be written meanwhile.

    Args:
        store: the home.
        target: a ZIP file where it ends in .zip, else a folder.
        with_originals: the recordings themselves as well, wherever they lie.
        on_progress: called with what is done, and bytes done and in all.

    Raises:
        StoreError: the target exists or cannot be written, or the home is damaged.
    """
    if not target.parent.is_dir():
        raise ArchiveError(f"there is no folder {target.parent}; create it, or name another place.")
    with alone(store.home), scratch(target.parent) as folder:
        return export_from(store, folder, target, with_originals, on_progress)


def export_from(
    store: Store, folder: Path, target: Path, with_originals: bool, on_progress: Told = no_progress
) -> Exported:
    """The same, by whoever keeps others away already; ``folder`` is for a copy."""
    spare, database = disk.reserve(target, store.home), store.database
    copy_database(database.path, folder / FILE_NAME, database.reading, spare)
    copy = Store(folder)
    copy.database.paths = store.database.paths  # its files lie in the home, not with the copy
    try:
        files, missing = originals(store) if with_originals else ({}, [])
        needed = sum(file.path.stat().st_size for file in files.values())
        disk.require(target.parent, needed, spare)
        with archive_writer(target) as into:
            put_rows(copy, into, files)
            faults = (*missing, *put_files(copy, store.home, into, files, on_progress))
            _put_pages(copy, into)
        return Exported(target, len(copy.recordings.all()), faults)
    finally:
        copy.close()


def _put_pages(copy: Store, into: ArchiveWriter) -> None:
    newest = copy.recordings.newest()
    timezone = newest.timezone if newest else local_zone()
    for recording in copy.recordings.all():
        utterances = spoken_in(copy, recording)
        if utterances:
            begun = datetime.fromtimestamp(recording.start, zone(recording.timezone))
            name = f"transcripts/{begun:%Y-%m-%d_%H%M%S}_{_word(recording.id)}.vtt"
            into.add(name, [FORMATS["vtt"](utterances, recording).encode()])
    for day in recorded_days(copy, timezone):
        into.add(f"diary/{day.isoformat()}.md", [diary(timeline(copy, day, timezone)).encode()])
    into.add("README.md", ["\n".join(_readme(copy)).encode()])


def _word(text: str) -> str:
    """An id that may be part of a file name anywhere."""
    return re.sub(r"[^\w.-]", "_", text)[:80]


def _readme(copy: Store) -> Iterator[str]:
    yield _ABOUT
    for table, columns in stored_columns(copy).items():
        yield f"## {data_name(table)}\n\n{TABLES.get(table, '')}\n\n| field | type | holds |"
        yield "|---|---|---|"
        for column in columns:
            kind = {"TEXT": "text", "REAL": "number", "INTEGER": "whole number"}
            description = meaning(table, column.name)
            yield f"| `{column.name}` | {kind.get(column.kind, 'bytes')} | {description} |"
        yield ""
