"""The hierarchy clip → 10 minutes → hour → day: which span a moment falls in at each level."""

from __future__ import annotations

from datetime import datetime, timedelta

from memory.types.core import Level, Span
from memory.types.timezones import zone

SUMMARY_LEVELS: tuple[Level, ...] = ("ten_minutes", "hour", "day")
BELOW: dict[Level, Level] = {"ten_minutes": "clip", "hour": "ten_minutes", "day": "hour"}


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
