"""Date lines that count from a beginning: by option, by the recording beside, by file name.

A subtitle ``walk.srt`` next to ``walk.mp4`` counts from where that recording begins; where the
store knows it, the store's time (with every correction of it) is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.importers.day_clock import DayClock
from ingest.importers.errors import UndatedLines, needs_day_one, needs_start
from ingest.importers.line_events import Collector, ImportOptions
from ingest.timestamps.file_name_dates import day_in_name, time_in_name
from ingest.timestamps.timezones import name_of, zone_of
from memory.store.store import Store
from memory.types.core import Recording, TimeSource
from memory.types.timezones import local_zone


@dataclass(frozen=True, slots=True)
class Beginning:
    """When a file's lines begin to count (seconds UTC), where, who said so, for which device."""

    start: float
    timezone: str
    source: TimeSource
    device: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ImportSource:
    """A file to import and all that may help to date it: what every reader is given."""

    path: Path
    options: ImportOptions
    store: Store

    @property
    def timezone(self) -> str:
        """The person's zone, else this machine's. Raises UnknownTimezone."""
        name = self.options.timezone or local_zone()
        zone_of(name)
        return name

    @property
    def language(self) -> str:
        """The language to take where there are two."""
        return self.options.language or "en"

    def collector(self) -> Collector:
        """Where a reader puts the lines of the file: it cleans them and counts what is wrong."""
        return Collector(self.path)

    def beginning(self) -> Beginning:
        """See ``beginning_of``."""
        return beginning_of(self.path, self.options, self.store)

    def beginning_if_told(self) -> Beginning | None:
        """The beginning, or None where nothing tells it."""
        try:
            return self.beginning()
        except UndatedLines:
            return None


def beginning_of(path: Path, options: ImportOptions, store: Store) -> Beginning:
    """The beginning of a file of offsets.

    Raises:
        UndatedLines: nothing tells it; the text says how to give it.
        UnknownTimezone: ``options.timezone`` names no zone.
    """
    home = options.timezone or local_zone()
    if options.start is not None:
        moment = options.start
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone_of(home))
        return Beginning(moment.timestamp(), options.timezone or name_of(moment), TimeSource.USER)
    known = recording_beside(path, store)
    if known is not None:
        zone = options.timezone or known.timezone
        note = f"dated by the recording beside it, {known.name}"
        return Beginning(known.start, zone, known.time_source, known.device, note)
    return _of_name(path, options, home)


def recording_beside(path: Path, store: Store) -> Recording | None:
    """The recording in the store whose file has this file's stem, in the same folder, or None."""
    folder, stems = path.resolve().parent, {path.stem, Path(path.stem).stem}  # walk.en.srt as well
    for recording in store.recordings.all():
        media = Path(recording.path)
        if recording.kind != "import" and media.stem in stems and media.parent == folder:
            return recording
    return None


def _of_name(path: Path, options: ImportOptions, home: str) -> Beginning:
    if numbered := day_in_name(path.stem):
        if options.day_one is None:
            raise needs_day_one(path)
        clock = numbered.time
        seconds = clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6
        start = DayClock(options.day_one, home).at(86_400 * (numbered.day - 1) + seconds)
        return Beginning(start, home, TimeSource.USER)
    named = time_in_name(path.stem)
    if named is None or named.precision == "day":
        raise needs_start(path)
    moment = named.moment.replace(tzinfo=named.zone or zone_of(home))
    return Beginning(moment.timestamp(), home, TimeSource.FILE_NAME)
