"""Time zones and wall clocks: names as people and cameras give them, and hours that summer time
skips or repeats. Every local time becomes an instant here, and nowhere else.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from ingest.errors import UnknownTimezone
from memory.types.timezones import zone

_QUARTER = 900.0  # every zone in use is off UTC by whole quarters of an hour
_WEST, _EAST = -12 * 3600, 14 * 3600


def zone_of(name: str) -> tzinfo:
    """The zone called ``name``; see ``memory.types.timezones.zone``.

    Raises:
        UnknownTimezone: no such zone.
    """
    try:
        return zone(name)
    except ValueError as error:
        raise UnknownTimezone(name) from error


def name_of(moment: datetime) -> str:
    """The zone of an aware moment by its IANA name, or as "UTC+HH:MM" where it is a bare offset."""
    if isinstance(moment.tzinfo, ZoneInfo) and moment.tzinfo.key:
        return moment.tzinfo.key
    return offset_name((moment.utcoffset() or timedelta()).total_seconds())


def offset_name(seconds: float) -> str:
    """ "UTC+05:45" for 20,700 s ahead of UTC; "UTC" for none."""
    minutes = round(seconds / 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '-'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def resolve_wall_clock(moment: datetime, zone: tzinfo) -> tuple[datetime, str]:
    """The one instant that a wall-clock time stands for, and a note where there were none or two.

    A naive ``moment`` is read in ``zone``, an aware one in its own. A time that the clocks skipped
    in spring is moved on by what they skipped. Of a time that came twice in autumn the first is
    taken, unless ``fold`` says the second.
    """
    aware = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
    if not isinstance(aware.tzinfo, ZoneInfo):
        return aware, ""
    there = aware.astimezone(UTC).astimezone(aware.tzinfo)
    if there.replace(tzinfo=None, fold=0) != aware.replace(tzinfo=None, fold=0):
        first = aware.replace(fold=0)
        there = first.astimezone(UTC).astimezone(aware.tzinfo)
        return there, (
            f"The clocks were put forward that day and {first:%H:%M} never came; "
            f"{there:%H:%M} was taken."
        )
    if not aware.fold and aware.replace(fold=1).utcoffset() != aware.utcoffset():
        return aware, (
            "The clocks were set back that day and this time came twice; the first was taken."
        )
    return aware, ""


def offset_between(local: datetime, instant: datetime, tolerance: float) -> float | None:
    """How far a clock that shows ``local`` at ``instant`` is ahead of UTC, in whole quarter hours.

    None where they differ by something that no zone explains to within ``tolerance`` seconds.
    """
    ahead = (local.replace(tzinfo=UTC) - instant).total_seconds()
    offset = round(ahead / _QUARTER) * _QUARTER
    if not _WEST <= offset <= _EAST or abs(ahead - offset) > tolerance:
        return None
    return offset
