"""Date a recording by the first plausible source, and keep which one it was.

| ``time_source`` | by what |
|---|---|
| user | the person's word: ``--start``, ``--day-one`` for names like ``DAY3_A1_JAKE_11094208`` |
| sidecar | a file beside it: Google Takeout's ``photoTakenTime``, XMP as Immich writes it |
| gps | satellites: a GoPro's telemetry, EXIF's GPS time |
| container | metadata with a zone (QuickTime's creation date), then EXIF, then local time |
| file_name | the file's name; metadata in UTC that agree with it tell its zone |
| container | metadata without a zone: UTC, or local time where file time or maker tell so |
| take | counted on from the end of an earlier part (``ingest.timestamps.placement``) |
| file_time | when the file was last changed, less its length |
| arrival | when it was added, less its length: nothing tells when it was recorded |

All but the first three are readings of the device's own clock, which a person can correct once
for all that came from it (``ingest.timestamps.redating``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from ingest.probe.probe_types import Probe
from ingest.timestamps.file_name_dates import NamedTime, day_in_name, time_in_name
from ingest.timestamps.time_metadata import Tags, read_tags, writes_local_time
from ingest.timestamps.timezones import (
    name_of,
    offset_between,
    offset_name,
    resolve_wall_clock,
    zone_of,
)
from memory.types.core import TimeSource
from memory.types.timezones import local_zone

_FILING = frozenset({TimeSource.FILE_TIME, TimeSource.ARRIVAL})  # when somebody put it somewhere
OWN_CLOCK = frozenset({TimeSource.CONTAINER, TimeSource.FILE_NAME, TimeSource.FILE_TIME})
_CERTAIN = frozenset({TimeSource.USER, TimeSource.ARRIVAL})
_DAY = 86_400.0
# Cameras whose clock was never set say 1904, 1970 or 1980; no file that we read is older than this.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
_APART = 1.5 * _DAY  # seconds from which two sources cannot both be right, whatever the zone
_EGOLIFE_DAYS = 7
_NAME_LAG = 10.0  # seconds between naming a file and stamping its metadata
_FIX_AGE = 180.0  # seconds by which a camera's clock and the satellites may differ, or a fix lag
_FILE_LAG = 120.0  # seconds from the end of filming until the file is closed
_FILED = (
    "Dated by when the file was last changed, less its length; give the start if that is not when "
    "filming ended."
)
_TAKEN = "Dated by when the file was last changed; give the start if that is not when it was taken."
_ARRIVED = (
    "Nothing tells when it was recorded: its date is unknown, and it is shown when it was added "
    "until you set it (egobutler clock --date)."
)


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
        sidecar: what a file beside it says (``ingest.discovery.photo_exports``); naive means
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
    context = Given(zone, now if arrived is None else arrived, start, day_one, sidecar)
    answers, notes = claims(probe, context), list[str]()
    for best_claim in answers:  # nothing that is trusted less is looked at
        notes.append(_refusal(best_claim, limit))
        if _is_believed(best_claim, limit):
            break
    if best_claim.source in OWN_CLOCK:  # but for what else that clock said
        others = (claim for claim in answers if claim.source not in _FILING)
        notes += [_refusal(claim, limit) or _conflict(best_claim, claim) for claim in others]
    note = " ".join(filter(None, [*dict.fromkeys(notes), best_claim.note]))
    return RecordingStart(
        best_claim.moment.timestamp(),
        timezone or _zone_name(best_claim, home),
        best_claim.source,
        note,
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


def _conflict(claim: Claim, other: Claim) -> str:
    """A warning where the device's own clock has said two things that no zone explains."""
    apart = abs((claim.moment - other.moment).total_seconds())
    if claim.guess or other.guess or apart < _APART:
        return ""
    return f"The file's {other.what} says {other.moment:%Y-%m-%d}; its {claim.what} was believed."


def _zone_name(claim: Claim, home: str) -> str:
    """The claim's own zone, or this machine's where both agree then (it has a proper name)."""
    if claim.zone is None:
        return home
    there, here = (claim.moment.astimezone(zone_of(name)) for name in (claim.zone, home))
    return home if there.utcoffset() == here.utcoffset() else claim.zone


@dataclass(frozen=True, slots=True)
class Claim:
    """One source's answer. ``zone`` is set where the source itself names one that counts;
    ``guess`` where the file says less than that, so that it contradicts nobody."""

    moment: datetime  # aware
    source: TimeSource
    what: str  # the source, for people
    zone: str | None = None
    note: str = ""
    guess: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What is known besides the file: when it was added, the person's words and their zone, and
    a file beside it."""

    zone: tzinfo
    arrived: float  # seconds UTC
    start: datetime | None = None
    day_one: date | None = None
    sidecar: datetime | None = None


def claims(probe: Probe, overrides: Given) -> Iterator[Claim]:
    """Every source's answer, the most trusted first; the last, its arrival, always exists."""
    if overrides.start is not None:
        moment, note = resolve_wall_clock(overrides.start, overrides.zone)
        # In UTC it is an instant only: people who film at UTC say so by the zone.
        stated = None if overrides.start.tzinfo in (None, UTC) else name_of(overrides.start)
        yield Claim(moment, TimeSource.USER, "your word", stated, note)
    tags, named = read_tags(probe), time_in_name(probe.path.stem)
    numbered = _of_numbered_day(probe, overrides.zone, overrides.day_one)
    if numbered and overrides.day_one is not None:
        yield numbered
    yield from _of_sidecar(probe, overrides, tags, named)
    yield from _of_satellites(probe, tags, named)
    if tags.zoned is not None:
        yield Claim(tags.zoned, TimeSource.CONTAINER, "metadata", name_of(tags.zoned))
    for shown in (tags.photographed, tags.local):
        if shown is not None:
            yield _of_wall_clock(shown, overrides.zone, TimeSource.CONTAINER, "metadata")
    if numbered:
        yield numbered
    if named is not None:
        yield _of_name(named, probe, overrides.zone, tags)
    if tags.utc is not None:
        yield _of_utc_field(tags.utc, probe, overrides.zone, tags)
    began = _of_file(probe.modified - probe.duration, UTC)
    note = _TAKEN if probe.kind == "photo" else _FILED
    if began is not None:
        yield Claim(began, TimeSource.FILE_TIME, "date", note=note)
    added = datetime.fromtimestamp(overrides.arrived - probe.duration, UTC)
    yield Claim(added, TimeSource.ARRIVAL, "arrival", note=_ARRIVED)


def _of_file(at: float, zone: tzinfo) -> datetime | None:
    """A time that the file system keeps, or None where no calendar has it."""
    try:
        return datetime.fromtimestamp(at, zone)
    except (ValueError, OverflowError, OSError):
        return None


def _of_wall_clock(moment: datetime, zone: tzinfo, source: TimeSource, what: str) -> Claim:
    """A time as a clock showed it; with an offset, that is the zone of the recording."""
    if moment.tzinfo is not None:
        return Claim(moment, source, what, name_of(moment))
    aware, note = resolve_wall_clock(moment, zone)
    return Claim(aware, source, what, None, note)


def _of_sidecar(
    probe: Probe, overrides: Given, tags: Tags, named: NamedTime | None
) -> Iterator[Claim]:
    if overrides.sidecar is None:
        return
    claim = _of_wall_clock(overrides.sidecar, overrides.zone, TimeSource.SIDECAR, "sidecar")
    zone = claim.zone
    if zone == "UTC":  # an instant only: the file may tell the zone
        zone = _zone_by_wall_clock(claim.moment, probe, tags, named)
    yield Claim(claim.moment, claim.source, claim.what, zone, claim.note)


def _of_satellites(probe: Probe, tags: Tags, named: NamedTime | None) -> Iterator[Claim]:
    """The instant by satellite; the zone, if any, by what the camera's own clock showed then.

    A photo carries the time of the last fix, so where its own clock agrees that one is taken.
    """
    if tags.satellites is None:
        return
    moment = tags.satellites.astimezone(UTC)
    zone = _zone_by_wall_clock(moment, probe, tags, named)
    shown = tags.photographed
    if shown is not None:
        offset = offset_between(shown.replace(tzinfo=None), moment, _FIX_AGE)
        if offset is not None:
            shown = shown.replace(tzinfo=None) - timedelta(seconds=offset)
            moment, zone = shown.replace(tzinfo=UTC), offset_name(offset)
    yield Claim(moment, TimeSource.GPS, "satellite time", zone)


def _zone_by_wall_clock(
    moment: datetime, probe: Probe, tags: Tags, named: NamedTime | None
) -> str | None:
    """The zone in which some clock of the file showed this instant as it did, or None."""
    if tags.zoned is not None:
        return name_of(tags.zoned)
    clocks = [tags.photographed, tags.local]
    if named is not None and named.zone is None and named.precision == "second":
        clocks.append(named.moment)
    if writes_local_time(probe):
        clocks.append(tags.utc)
    for clock in clocks:
        if clock is not None:
            offset = offset_between(clock.replace(tzinfo=None), moment, _FIX_AGE)
            if offset is not None:
                return offset_name(offset)
    return None


def _of_numbered_day(probe: Probe, zone: tzinfo, day_one: date | None) -> Claim | None:
    """EgoLife's DAYn: counted from ``day_one``, else put into the week that ended with the file."""
    if (named := day_in_name(probe.path.stem)) is None:
        return None
    note = ""
    first = day_one
    if first is None:
        changed = _of_file(probe.modified, zone)
        if changed is None:
            return None
        weeks = -(-named.day // _EGOLIFE_DAYS)
        first = changed.date() - timedelta(days=weeks * _EGOLIFE_DAYS - 1)
        note = (
            f"The name says DAY{named.day} and no date: DAY1 was taken to be {first}, so that the "
            "week ends when the file was last changed; give the date of DAY1 to correct it."
        )
    day = first + timedelta(days=named.day - 1)
    moment, folded = resolve_wall_clock(datetime.combine(day, named.time), zone)
    told = " ".join(filter(None, [note, folded]))
    return Claim(moment, TimeSource.FILE_NAME, "name", note=told, guess=True)


def _of_name(named: NamedTime, probe: Probe, zone: tzinfo, tags: Tags) -> Claim:
    """The name's time; where metadata in UTC agree with it, they tell its zone.

    Where they show the very same hour, the camera wrote local time there, and no zone is known.
    """
    if named.precision == "day":
        return _of_dated_name(named, probe, zone, tags)
    if named.zone is not None:
        aware = named.moment.replace(tzinfo=named.zone)
        return Claim(aware, TimeSource.FILE_NAME, "name", _stated(named.zone, aware))
    offset = _offset_by_metadata(named.moment, probe, tags)
    if offset:
        moment = (named.moment - timedelta(seconds=offset)).replace(tzinfo=UTC)
        return Claim(moment, TimeSource.FILE_NAME, "name", offset_name(offset))
    return _of_wall_clock(named.moment, zone, TimeSource.FILE_NAME, "name")


def _stated(zone: tzinfo, aware: datetime) -> str | None:
    return None if zone is UTC else name_of(aware)


def _offset_by_metadata(local: datetime, probe: Probe, tags: Tags) -> float | None:
    """How far ahead of UTC a name's clock was, by the metadata of the same moment or of the end."""
    if tags.utc is None:
        return None
    ended = tags.utc - timedelta(seconds=probe.duration)
    for instant in (ended, tags.utc) if tags.at_end else (tags.utc, ended):
        if (offset := offset_between(local, instant, _NAME_LAG)) is not None:
            return offset
    return None


def _of_dated_name(named: NamedTime, probe: Probe, zone: tzinfo, tags: Tags) -> Claim:
    """The name's date with a time of day from metadata or file, where these agree, else noon."""
    began = _of_file(probe.modified - probe.duration, zone)
    filed = None if began is None else Claim(began, TimeSource.FILE_TIME, "date")
    stamped = None if tags.utc is None else _of_utc_field(tags.utc, probe, zone, tags)
    for claim in (stamped, filed):
        if claim and claim.moment.astimezone(zone).date() == named.moment.date():
            whose = "that of its metadata" if claim is stamped else "that of the file"
            note = f"The name gives only a date; the time of day is {whose}."
            return Claim(claim.moment, TimeSource.FILE_NAME, "name", claim.zone, note)
    noon, _ = resolve_wall_clock(named.moment.replace(hour=12), zone)
    note = "The name gives only a date; the time of day is unknown and was set to noon."
    return Claim(noon, TimeSource.FILE_NAME, "name", note=note)


def _of_utc_field(stamp: datetime, probe: Probe, zone: tzinfo, tags: Tags) -> Claim:
    """The field that is UTC by specification, and local time from many cameras.

    Judged by when the file was last changed, which is when filming ended, else by the maker, else
    taken at its word, with a note of the doubt.
    """
    back = timedelta(seconds=probe.duration if tags.at_end else 0.0)
    utc = Claim(stamp - back, TimeSource.CONTAINER, "metadata")
    local = _of_wall_clock(
        stamp.replace(tzinfo=None) - back, zone, TimeSource.CONTAINER, "metadata"
    )
    if local.moment == utc.moment:
        return utc
    fits = [_fits_file(probe, claim.moment) for claim in (utc, local)]
    if fits[0] != fits[1]:
        return utc if fits[0] else local
    known = writes_local_time(probe)
    if known is not None:
        return local if known else utc
    note = (
        f"Its metadata say {stamp:%Y-%m-%d %H:%M} without a zone, which was taken as UTC; some "
        "cameras mean local time. If it is off by whole hours, set the camera's clock right with "
        "“egobutler clock”."
    )
    return Claim(utc.moment, utc.source, utc.what, note=note)


def _fits_file(probe: Probe, began: datetime) -> bool:
    """Whether the file was last changed when a recording that began then ended."""
    ended = began.timestamp() + probe.duration
    return abs(probe.modified - ended) <= _FILE_LAG
