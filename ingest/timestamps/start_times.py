"""One ``--start`` for several files: the first begins there, and none of them lie on one another.

plan_starts([Path("GX010123.MP4"), Path("GX020123.MP4")], datetime(2024, 5, 1, 10, 30))
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from ingest.discovery.photo_exports import sidecar_time
from ingest.errors import UnreadableMedia
from ingest.probe.probe import probe
from ingest.probe.probe_types import Probe
from ingest.timestamps.file_name_dates import device_key
from ingest.timestamps.placement import NEAR, join_chapters
from ingest.timestamps.recording_time import recorded_at
from ingest.timestamps.timezones import resolve_wall_clock, zone_of
from memory.types.core import Recording, TimeSource
from memory.types.paths import sha256_of
from memory.types.timezones import local_zone

_DAY = 86_400.0


def plan_starts(
    paths: Iterable[Path],
    start: datetime,
    *,
    timezone: str | None = None,
    day_one: date | None = None,
    look: Callable[[Path], Probe] = probe,
) -> dict[Path, datetime]:
    """When each file begins, if the first of them begins at ``start``.

    Where their own clocks tell them apart, the others keep their distance to the first; it is the
    one which that clock calls the earliest. Otherwise they follow one another end to end, in the
    order of their names, as a person counts (2 before 10). Copies of one file begin at one time.

    Args:
        paths: files; those that cannot be read are left out of the plan.
        start: the person's word; naive means local time in ``timezone``.
        timezone: where they were recorded, by default here.
        day_one: the date of DAY1 in EgoLife's file names, if the person gave it.
        look: how to probe a file.

    Returns:
        Aware times, by path.

    Raises:
        UnknownTimezone: ``timezone`` names no zone.
    """
    first, _ = resolve_wall_clock(start, zone_of(timezone or local_zone()))
    originals, copies = _apart(_probes(paths, look))
    dated = _dated(originals, timezone, day_one or first.date())
    offsets = _by_own_clock(dated, first.timestamp())
    if offsets is None:
        offsets = _end_to_end(originals)
    zone = first.tzinfo
    plan = {
        path: datetime.fromtimestamp(first.timestamp() + offset, zone)
        for path, offset in offsets.items()
    }
    return plan | {copy: plan[original] for copy, original in copies.items()}


def _probes(paths: Iterable[Path], look: Callable[[Path], Probe]) -> Iterator[Probe]:
    for path in paths:
        try:
            yield replace(look(path), path=path)
        except UnreadableMedia:
            continue


def _apart(probes: Iterable[Probe]) -> tuple[list[Probe], dict[Path, Path]]:
    """Files of different content, in order of their names, and which are copies of which."""
    sizes: dict[int, list[Probe]] = defaultdict(list)
    for probed in sorted(probes, key=lambda probed: _as_counted(probed.path)):
        sizes[probed.size].append(probed)
    originals: list[Probe] = []
    copies: dict[Path, Path] = {}
    for alike in sizes.values():
        known: dict[str, Path] = {}
        for probed in alike:
            digest = sha256_of(probed.path) if len(alike) > 1 else ""
            if digest in known:
                copies[probed.path] = known[digest]
            else:
                known[digest] = probed.path
                originals.append(probed)
    return sorted(originals, key=lambda probed: _as_counted(probed.path)), copies


def _as_counted(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Names in the order in which a person counts: digits by their value."""
    pieces = re.findall(r"\d+|\D+", path.stem.lower())
    return [(int(p), "") if p.isdigit() else (-1, p) for p in pieces], str(path)


def _dated(probes: Sequence[Probe], timezone: str | None, day_one: date) -> list[Recording]:
    """The files as their own clocks date them, takes joined; their ids are their paths."""
    groups: dict[tuple[object, ...], list[Recording]] = defaultdict(list)
    for probed in probes:
        clock = recorded_at(
            probed, timezone=timezone, day_one=day_one, sidecar=sidecar_time(probed.path)
        )
        recording = Recording(
            id=str(probed.path),
            sha256="",
            path=str(probed.path),
            start=clock.start,
            timezone=clock.timezone,
            duration=probed.duration,
            time_source=clock.source,
            device=device_key(probed),
            kind=probed.kind,
        )
        groups[probed.path.parent, recording.device, recording.kind].append(recording)
    return [joined for group in groups.values() for joined in join_chapters(group)]


def _by_own_clock(dated: Sequence[Recording], first: float) -> dict[Path, float] | None:
    """Seconds after the first by their own clocks, or None where these cannot be trusted."""
    filed = (TimeSource.FILE_TIME, TimeSource.ARRIVAL)
    if any(recording.time_source in filed for recording in dated) or _collide(dated):
        return None
    earliest = min((recording.start for recording in dated), default=0.0)
    offsets = {Path(recording.path): recording.start - earliest for recording in dated}
    if first + max(offsets.values(), default=0.0) > time.time() + _DAY:
        return None  # one of the clocks was never set
    return offsets


def _collide(dated: Sequence[Recording]) -> bool:
    """Whether two recordings claim one time that cannot both have it."""
    devices: dict[str, list[Recording]] = defaultdict(list)
    for recording in sorted(dated, key=lambda recording: recording.start):
        devices[recording.device].append(recording)
    for device, theirs in devices.items():
        for earlier, later in pairwise(theirs):
            # Of unknown devices only the very same time is suspect: they may be two.
            latest = earlier.span.end - NEAR if device else earlier.start + 0.5
            if later.start < latest:
                return True
    return False


def _end_to_end(probes: Sequence[Probe]) -> dict[Path, float]:
    offsets, at = {}, timedelta()
    for probed in probes:
        offsets[probed.path] = at.total_seconds()
        at += timedelta(seconds=probed.duration)
    return offsets
