"""Date a recording by the first plausible source, and keep which one it was.

| ``time_source`` | by what |
|---|---|
| user | the person's word: ``--start``, ``--day-one`` for names like ``DAY3_A1_JAKE_11094208`` |
| sidecar | a file beside it: Google Takeout's ``photoTakenTime``, XMP as Immich writes it |
| gps | satellites: a GoPro's telemetry, EXIF's GPS time |
| container | metadata with a zone (QuickTime's creation date), then EXIF, then local time |
| file_name | the file's name; metadata in UTC that agree with it tell its zone |
| container | metadata without a zone: UTC, or local time where file time or maker tell so |
| take | counted on from the end of an earlier part (``ingest.timestamps.chapters``) |
| file_time | when the file was last changed, less its length |
| arrival | when it was added, less its length: nothing tells when it was recorded |

All but the first three are readings of the device's own clock, which a person can correct once
for all that came from it (``ingest.timestamps.redating``).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ingest.probe.probe_types import Probe
from ingest.timestamps.time_sources import Claim, Given, claims
from ingest.timestamps.timezones import zone_of
from memory.types.core import TimeSource
from memory.types.timezones import local_zone

_FILING = frozenset({TimeSource.FILE_TIME, TimeSource.ARRIVAL})  # when somebody put it somewhere
OWN_CLOCK = frozenset({TimeSource.CONTAINER, TimeSource.FILE_NAME, TimeSource.FILE_TIME})
_CERTAIN = frozenset({TimeSource.USER, TimeSource.ARRIVAL})
_DAY = 86_400.0
# Cameras whose clock was never set say 1904, 1970 or 1980; no file that we read is older than this.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
_APART = 1.5 * _DAY  # seconds from which two sources cannot both be right, whatever the zone


@dataclass(frozen=True, slots=True)
class RecordingStart:
    """When a recording began (seconds UTC), in which zone, who said so, and what to know of it."""

    start: float
    timezone: str
    source: TimeSource
    note: str = ""


def recorded_at(
    probe: Probe,
    *,
    start: datetime | None = None,
    timezone: str | None = None,
    day_one: date | None = None,
    sidecar: datetime | None = None,
    arrived: float | None = None,
    now: float | None = None,
) -> RecordingStart:
    """When the recording began, by the most trusted source that is plausible.

    Args:
        probe: the file.
        start: the person's word. Naive means local time in ``timezone``.
        timezone: the person's zone; else the one that the source names, else this machine's.
        day_one: the date of DAY1 for names like ``DAY1_A1_JAKE_11094208.mp4``; given, it is the
            person's word and comes before everything but ``start``.
        sidecar: what a file beside it says (``ingest.timestamps.sidecar_dates``); naive means
        local time.
        arrived: seconds UTC at which the file was added; by default, now.
        now: seconds UTC after which a time is implausible (by more than a day).

    Raises:
        UnknownTimezone: ``timezone`` names no zone.
    """
    home = timezone or local_zone()
    zone = zone_of(home)
    now = time.time() if now is None else now
    limit = now + _DAY
    given = Given(zone, now if arrived is None else arrived, start, day_one, sidecar)
    answers = list(claims(probe, given))
    chosen = next(n for n, claim in enumerate(answers) if _is_believed(claim, limit))
    found = answers[chosen]
    others = [claim for claim in answers[chosen + 1 :] if claim.source not in _FILING]
    notes = [_refusal(claim, limit) for claim in answers[: chosen + 1]]
    if found.source in OWN_CLOCK:  # what else that clock said
        notes += [_refusal(claim, limit) or _conflict(found, claim) for claim in others]
    told = " ".join(filter(None, [*dict.fromkeys(notes), found.note]))
    return RecordingStart(
        found.moment.timestamp(), timezone or _zone_name(found, home), found.source, told
    )


def _is_believed(claim: Claim, limit: float) -> bool:
    """The person's word always is, and its arrival where nothing else was."""
    return _is_plausible(claim, limit) or claim.source in _CERTAIN


def _is_plausible(claim: Claim, limit: float) -> bool:
    return EARLIEST <= claim.moment.timestamp() <= limit


def _refusal(claim: Claim, limit: float) -> str:
    if claim.source in _CERTAIN or _is_plausible(claim, limit):
        return ""
    return f"The file's {claim.what} says {claim.moment:%Y-%m-%d}, which cannot be right."


def _conflict(found: Claim, other: Claim) -> str:
    """A warning where the device's own clock has said two things that no zone explains."""
    apart = abs((found.moment - other.moment).total_seconds())
    if found.guess or other.guess or apart < _APART:
        return ""
    return f"The file's {other.what} says {other.moment:%Y-%m-%d}; its {found.what} was believed."


def _zone_name(claim: Claim, home: str) -> str:
    """The claim's own zone, or this machine's where both agree then (it has a proper name)."""
    if claim.zone is None:
        return home
    there, here = (claim.moment.astimezone(zone_of(name)) for name in (claim.zone, home))
    return home if there.utcoffset() == here.utcoffset() else claim.zone
