"""Names of time zones, as a person or a camera gives them: IANA names and plain offsets."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from ingest.errors import UnknownTimezone

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)


def zone_of(name: str) -> tzinfo:
    """The zone called ``name``: "Europe/Berlin", "UTC", "Z", "UTC+05:45", "+0100".

    Raises:
        UnknownTimezone: no such zone.
    """
    if name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    if match := _OFFSET.fullmatch(name.strip()):
        sign, hours, minutes = match[1], int(match[2]), int(match[3] or 0)
        ahead = timedelta(hours=hours, minutes=minutes)
        if ahead < timedelta(hours=24) and minutes < 60:
            return timezone(ahead if sign == "+" else -ahead)
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
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
