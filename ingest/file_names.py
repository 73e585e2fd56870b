"""When a recording began, read from its file name: one table of the patterns that devices use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal, TypeAlias

from ingest.zones import zone_of

Precision: TypeAlias = Literal["second", "day"]


@dataclass(frozen=True, slots=True)
class NamedTime:
    """A wall-clock time in a name; ``zone`` is None where it is local to the camera."""

    moment: datetime  # naive
    zone: tzinfo | None
    precision: Precision = "second"


@dataclass(frozen=True, slots=True)
class DayTime:
    """EgoLife's way: the n-th day of an experiment whose first date the name does not tell."""

    day: int
    time: time


_DATE = r"(?<!\d)(?P<Y>(?:19|20)\d\d){0}(?P<m>\d\d){0}(?P<d>\d\d)"
_DENSE = _DATE.format("")
_DASHED = _DATE.format("[-._]")
_HMS = r"(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)"
_OFFSET = r"(?P<z>Z|[+-](?:0\d|1[0-4]):?(?:00|15|30|45))"

# In order of trust; a pattern that matches but gives no possible date lets the next one try.
_PATTERNS: tuple[tuple[re.Pattern[str], tzinfo | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), zone)
    for pattern, zone in (
        # Google Pixel writes UTC: PXL_20240131_181530123.mp4
        (rf"PXL_{_DENSE}_{_HMS}(?P<f>\d{{3}})", UTC),
        # VID_20240131_181530, 20240131_181530, 20240131T181530Z, DJI_20240131181530_0001_D
        (rf"{_DENSE}[-_T ]?{_HMS}(?P<f>\d{{3}})?{_OFFSET}?(?!\d)", None),
        # 2024_0131_181530_001F (dash cameras)
        (rf"(?<!\d)(?P<Y>(?:19|20)\d\d)_(?P<m>\d\d)(?P<d>\d\d)_{_HMS}(?!\d)", None),
        # 2024-01-31 18.15.30, 2024-01-31T18:15:30+01:00, Screen Recording 2024-01-31 at 6.15.30 PM
        (
            rf"{_DASHED}(?:[-_T\s]|[\s_]at[\s_])\s?(?P<H>\d{{1,2}})[-.:_](?P<M>\d\d)[-.:_](?P<S>\d\d)"
            rf"(?:[.,](?P<f>\d{{3}}))?(?:\s?(?P<p>[ap]m)\b)?{_OFFSET}?(?!\d)",
            None,
        ),
        # IMG-20240131-WA0001 (WhatsApp), 2024-01-31: a date and no more
        (rf"{_DENSE}(?!\d)", None),
        (rf"{_DASHED}(?!\d)", None),
    )
)
_EPOCH = re.compile(r"(?:mmexport|wx_camera_|FB_IMG_|FB_VID_)(\d{13})(?!\d)", re.IGNORECASE)
_EGOLIFE = re.compile(
    r"(?<![A-Z0-9])DAY(\d{1,3})_\w+?_(\d\d)(\d\d)(\d\d)(\d\d)(?!\d)", re.IGNORECASE
)
_EGOLIFE_FPS = 20


def time_in_name(name: str) -> NamedTime | None:
    """The time that a file name states, or None; digits that fit no pattern are left alone."""
    if match := _EPOCH.search(name):
        moment = datetime.fromtimestamp(int(match[1]) / 1000, UTC)
        return NamedTime(moment.replace(tzinfo=None), UTC)
    for pattern, zone in _PATTERNS:
        for match in pattern.finditer(name):
            if found := _read(match.groupdict(), zone):
                return found
    return None


def day_in_name(name: str) -> DayTime | None:
    """Day and time of ``DAY1_A1_JAKE_11094208``: HHMMSS and a frame 00–19 at 20 fps."""
    if not (match := _EGOLIFE.search(name)):
        return None
    day, hour, minute, second, frame = (int(part) for part in match.groups())
    if day < 1 or hour > 23 or minute > 59 or second > 59 or frame >= _EGOLIFE_FPS:
        return None
    return DayTime(day, time(hour, minute, second, frame * 1_000_000 // _EGOLIFE_FPS))


def _read(parts: dict[str, str | None], zone: tzinfo | None) -> NamedTime | None:
    """The parts as a time; None where they are none, such as month 13."""
    try:
        day = date(int(parts["Y"] or 0), int(parts["m"] or 0), int(parts["d"] or 0))
        if not parts.get("H"):
            return NamedTime(datetime.combine(day, time()), zone, "day")
        hour = _hour(int(parts["H"] or 0), parts.get("p"))
        clock = time(hour, int(parts["M"] or 0), int(parts["S"] or 0))
    except ValueError:
        return None
    moment = datetime.combine(day, clock) + timedelta(milliseconds=int(parts.get("f") or 0))
    stated = parts.get("z")
    return NamedTime(moment, zone_of(stated) if stated else zone)


def _hour(hour: int, half: str | None) -> int:
    """The hour on a 24-hour clock. Raises ValueError for 13 PM and its like."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"{hour} {half} is no time")
    return hour % 12 + (12 if half.lower() == "pm" else 0)
