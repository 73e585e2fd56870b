"""Names of time zones, as a person or a camera gives them: IANA names and plain offsets."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from ingest.errors import UnknownTimezone
from memory.zones import zone


def zone_of(name: str) -> tzinfo:
    """The zone called ``name``; see ``memory.zones.zone``.

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
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '-'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def local_zone() -> str:
    """The name of this machine's time zone; UTC where it has none or its settings disagree."""
    import tzlocal

    try:
        return str(tzlocal.get_localzone_name() or "UTC")
    except (LookupError, ValueError, OSError):
        return "UTC"
