"""Names of time zones, as a person or a camera gives them: IANA names and plain offsets."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)


def zone(name: str) -> tzinfo:
    """The zone called ``name``: "Europe/Berlin", "UTC", "Z", "UTC+05:45", "+0100".

    Raises:
        ValueError: there is no such zone.
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
        raise ValueError(
            f"there is no time zone called {name!r}; use a name such as Europe/Berlin "
            "or an offset such as UTC+05:30"
        ) from error


def local_zone() -> str:
    """The name of this machine's time zone; UTC where it has none or its settings disagree."""
    import tzlocal

    try:
        return str(tzlocal.get_localzone_name() or "UTC")
    except (LookupError, ValueError, OSError):
        return "UTC"
