"""When was it recorded? The first source that is plausible wins, and which one it was is kept.

Precedence: the person's word, the container's metadata, the file's name, the file's time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from ingest.file_names import NamedTime, day_in_name, time_in_name
from ingest.probe import Probe
from ingest.zones import local_zone, name_of, zone_of
from memory.types import TimeSource

_DAY = 86_400.0
# Cameras whose clock was never set say 1904, 1970 or 1980; no file that we read is older than this.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
_EGOLIFE_DAYS = 7
# With zone and the moment of filming, before without zone and often that of writing the file.
_TAGS = (
    "com.apple.quicktime.creationdate",
    "creationdate",
    "date_recorded",
    "creation_time",
    "date",
)


@dataclass(frozen=True, slots=True)
class Clock:
    """When a recording began (seconds UTC), in which zone, who said so, and what to know of it."""

    start: float
    timezone: str
    source: TimeSource
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Claim:
    """One source's answer; ``zone`` is set where the source itself names one that counts."""

    moment: datetime  # aware
    source: TimeSource
    zone: str | None = None
    note: str = ""


def recorded_at(
    probe: Probe,
    *,
    start: datetime | None = None,
    timezone: str | None = None,
    day_one: date | None = None,
    now: float | None = None,
) -> Clock:
    """When the recording began, by the most trusted source that is plausible.

    Args:
        probe: the file.
        start: the person's word. Naive means local time in ``timezone``.
        timezone: the person's zone, else the container's offset, else this machine's zone.
        day_one: the date of DAY1 for names like ``DAY1_A1_JAKE_11094208.mp4``; given, it is the
            person's word and comes before the container's metadata.
        now: seconds UTC after which a time is implausible (by more than a day).

    Raises:
        UnknownTimezone: ``timezone`` names no zone.
    """
    home = timezone or local_zone()
    zone = zone_of(home)
    limit = (time.time() if now is None else now) + _DAY
    rejected: list[str] = []
    for claim in _claims(probe, start, zone, day_one):
        at = claim.moment.timestamp()
        plausible = _EARLIEST <= at <= limit
        if plausible or claim.source in (TimeSource.USER, TimeSource.FILE_TIME):
            name = timezone or _zone_name(claim, home, zone)
            return Clock(at, name, claim.source, " ".join(filter(None, [*rejected, claim.note])))
        source = "metadata says" if claim.source is TimeSource.CONTAINER else "name says"
        rejected.append(f"The file's {source} {claim.moment:%Y-%m-%d}, which cannot be right.")
    raise AssertionError("the file's time is always a claim")


def _claims(
    probe: Probe, start: datetime | None, zone: tzinfo, day_one: date | None
) -> Iterator[_Claim]:
    """Every source's answer, the most trusted first; the last, the file's time, always exists."""
    if start is not None:
        yield _of_person(start, zone)
    numbered = _of_numbered_day(probe, zone, day_one)
    if numbered and day_one is not None:
        yield numbered
    yield from _of_container(probe)
    if numbered:
        yield numbered
    yield from _of_name(probe, zone)
    began = datetime.fromtimestamp(probe.modified - probe.duration, UTC)
    yield _Claim(
        began,
        TimeSource.FILE_TIME,
        note="Dated by when the file was last changed, less its length; give the start if that is "
        "not when filming ended.",
    )


def _of_person(start: datetime, zone: tzinfo) -> _Claim:
    if start.tzinfo is None:
        return _Claim(start.replace(tzinfo=zone), TimeSource.USER, note=_fold(start, zone))
    return _Claim(start, TimeSource.USER, zone=name_of(start))


def _of_container(probe: Probe) -> Iterator[_Claim]:
    """Metadata times, those that carry a zone first. Without one they are UTC by specification."""
    tags = {key.lower(): value.strip() for key, value in probe.metadata.items()}
    for tag in _TAGS:
        text = tags.get(tag, "")
        if not re.match(r"\d{4}-?\d\d-?\d\d[T ]\d\d", text):
            continue  # a bare year or date is not when filming began
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        stated = None if tag in ("creation_time", "date") else name_of(moment)
        yield _Claim(moment, TimeSource.CONTAINER, zone=stated)


def _of_numbered_day(probe: Probe, zone: tzinfo, day_one: date | None) -> _Claim | None:
    """EgoLife's DAYn: counted from ``day_one``, else put into the week that ended with the file."""
    if (named := day_in_name(probe.path.stem)) is None:
        return None
    note = ""
    first = day_one
    if first is None:
        changed = datetime.fromtimestamp(probe.modified, zone).date()
        weeks = -(-named.day // _EGOLIFE_DAYS)
        first = changed - timedelta(days=weeks * _EGOLIFE_DAYS - 1)
        note = (
            f"The name says DAY{named.day} and no date: DAY1 was taken to be {first}, so that the "
            "week ends when the file was last changed; give the date of DAY1 to correct it."
        )
    day = first + timedelta(days=named.day - 1)
    return _Claim(datetime.combine(day, named.time, zone), TimeSource.FILE_NAME, note=note)


def _of_name(probe: Probe, zone: tzinfo) -> Iterator[_Claim]:
    named = time_in_name(probe.path.stem)
    if named is None:
        return
    if named.precision == "day":
        yield _of_dated_name(named, probe, zone)
        return
    stated = None if named.zone in (None, UTC) else name_of(named.moment.replace(tzinfo=named.zone))
    note = _fold(named.moment, zone) if named.zone is None else ""
    moment = named.moment.replace(tzinfo=named.zone or zone)
    yield _Claim(moment, TimeSource.FILE_NAME, zone=stated, note=note)


def _of_dated_name(named: NamedTime, probe: Probe, zone: tzinfo) -> _Claim:
    """The name's date with the file's time of day where they agree on the date, else noon."""
    began = datetime.fromtimestamp(probe.modified - probe.duration, zone)
    if began.date() == named.moment.date():
        note = "The name gives only a date; the time of day is that of the file."
        return _Claim(began, TimeSource.FILE_NAME, note=note)
    noon = named.moment.replace(hour=12, tzinfo=zone)
    note = "The name gives only a date; the time of day is unknown and was set to noon."
    return _Claim(noon, TimeSource.FILE_NAME, note=note)


def _zone_name(claim: _Claim, home: str, zone: tzinfo) -> str:
    """The claim's own zone, or this machine's where both agree then (it has a proper name)."""
    if claim.zone is None or claim.moment.astimezone(zone).utcoffset() == claim.moment.utcoffset():
        return home
    return claim.zone


def _fold(moment: datetime, zone: tzinfo) -> str:
    """A warning where the clocks were set back, so that this local time happened twice."""
    first, second = (moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first is None or second is None or first <= second:
        return ""
    return "The clocks were set back that day and this time came twice; the first was taken."
