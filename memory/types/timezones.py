"""Time zones by name, as a person or a camera gives them, and the spans of their wall clocks.

The hierarchy is clip → 10 minutes → hour → day: which span a moment falls in at each level.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from memory.types.core import Level, Span

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
SUMMARY_LEVELS: tuple[Level, ...] = ("ten_minutes", "hour", "day")
BELOW: dict[Level, Level] = {"ten_minutes": "clip", "hour": "ten_minutes", "day": "hour"}


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


def bucket(level: Level, at: float, timezone_name: str) -> Span:
    """The span of ``level`` that holds the moment, on the wall clock of the given zone."""
    local = datetime.fromtimestamp(at, zone(timezone_name))
    if level == "day":
        start = local.replace(hour=0, minute=0, second=0, microsecond=0)
        # The next midnight on the wall clock: 23 or 25 hours away when the clocks change.
        following = (start + timedelta(days=1, hours=12)).replace(hour=0)
        return Span(start.timestamp(), following.timestamp())
    if level == "hour":
        start = local.replace(minute=0, second=0, microsecond=0)
        return Span(start.timestamp(), start.timestamp() + 3600)
    if level == "ten_minutes":
        start = local.replace(minute=local.minute // 10 * 10, second=0, microsecond=0)
        return Span(start.timestamp(), start.timestamp() + 600)
    raise ValueError(f"{level} is not a level of summaries")
