"""Read the start time from a file name, by one table of the patterns that devices use.

And which device it was: the name under which a person corrects its clock once for all.

Names that only count (``C0001``, ``GX010123``, ``IMG_E1234``, ``New Recording 5``) tell no time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal, TypeAlias

from ingest.probe.probe_types import Probe
from ingest.timestamps.timezones import zone_of

Precision: TypeAlias = Literal["second", "minute", "day"]
_DATE = r"(?<!\d)(?P<Y>(?:19|20)\d\d){0}(?P<m>\d\d){0}(?P<d>\d\d)"
_DENSE = _DATE.format("")
_DASHED = _DATE.format("[-._]")
_SHORT = r"(?<!\d)(?P<y>[123]\d)(?P<m>\d\d)(?P<d>\d\d)"
_HMS = r"(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)"
_OFFSET = r"(?P<z>Z|[+-](?:0\d|1[0-4]):?(?:00|15|30|45))(?![0-9A-Za-z])"
_AT = r"(?:at|um|à|om|alle|kl\.?|a las)"  # as macOS says it in its languages
_SPOKEN = (
    rf"(?:[-_T\s]|[\s_]{_AT}[\s_])\s?(?P<H>\d{{1,2}})[-.:_h](?P<M>\d\d)[-.:_m](?P<S>\d\d)s?"
    rf"(?:[.,](?P<f>\d{{3}}))?(?:\s?(?P<p>[ap]m)\b)?"
)
# In order of trust; a pattern that matches but gives no possible date lets the next one try.
_PATTERNS: tuple[tuple[re.Pattern[str], tzinfo | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), zone)
    for pattern, zone in (
        # Google Pixel writes UTC: PXL_20240131_181530123.mp4
        (rf"PXL_{_DENSE}_{_HMS}(?P<f>\d{{3}})", UTC),
        # Zoom's cloud writes UTC: GMT20240131-181530_Recording_1920x1080.mp4
        (rf"GMT{_DENSE}-{_HMS}(?!\d)", UTC),
        # VID_20240131_181530 (Android, Xiaomi, Insta360, Samsung), 20240131T181530Z, 70mai, VIOFO,
        # DJI_20240131181530_0001_D, VID20240131181530 (Oppo), 20240131 181530-8A0B1C2D (iOS memos)
        (rf"{_DENSE}[-_T ]?{_HMS}(?P<f>\d{{3}})?(?:{_OFFSET})?(?!\d)", None),
        # 2024_0131_181530_001F (dash cameras)
        (rf"(?<!\d)(?P<Y>(?:19|20)\d\d)_(?P<m>\d\d)(?P<d>\d\d)_{_HMS}(?!\d)", None),
        # 2024-01-31 18.15.30 (Dropbox, OBS, Tesla, Signal), 2024-01-31T18:15:30+01:00,
        # Screen Recording 2024-01-31 at 6.15.30 PM, REC_2024_01_31_18_15_30_F (Thinkware)
        (rf"{_DASHED}{_SPOKEN}(?:{_OFFSET})?(?!\d)", None),
        # signal-2024-01-31-181530, Screen Recording 2024-01-31 181530 (Windows)
        (rf"{_DASHED}[-_T\s]{_HMS}(?:{_OFFSET})?(?!\d)", None),
        # Axon_Body_3_Video_2024-01-31_1815
        (rf"axon.*{_DASHED}[-_T\s](?P<H>\d\d)(?P<M>\d\d)(?!\d)", None),
        # Voice 240131_181530 (Samsung), 240131_181530 (Zoom H1n), FILE240131-181530F (dash cameras)
        (rf"{_SHORT}[-_]{_HMS}(?!\d)", None),
        # IMG-20240131-WA0001 (WhatsApp), 2024-01-31: a date and no more
        (rf"{_DENSE}(?!\d)", None),
        (rf"{_DASHED}(?!\d)", None),
    )
)
# Milliseconds since 1970 (WeChat, Facebook), or seconds (iOS screen recordings).
_EPOCH = re.compile(
    r"(?:(?:mmexport|wx_camera_|FB_IMG_|FB_VID_)(?P<ms>\d{13})|RPReplay_Final(?P<s>\d{10}))(?!\d)",
    re.IGNORECASE,
)
_EGOLIFE = re.compile(
    r"(?<![A-Z0-9])DAY(\d{1,3})_(\w+?)_(\d\d)(\d\d)(\d\d)(\d\d)(?!\d)", re.IGNORECASE
)
_EGOLIFE_FPS = 20
_SERIALS = ("serial", "serial_number", "exif:bodyserialnumber", "com.apple.quicktime.camera.serial")
_GOPRO_FIRMWARE = re.compile(r"H[A-Z]?\d{1,2}(?=\.)")
# Devices that write no maker are known by how they name their files.
_FAMILIES = (
    (re.compile(r"G[HXLS]\d{6}|GOPR\d{4}|GP\d{6}", re.IGNORECASE), "GoPro"),
    (re.compile(r"DJI_\d.*", re.IGNORECASE), "DJI"),
    (re.compile(r"PXL_\d.*", re.IGNORECASE), "Google Pixel"),
    (re.compile(r"VID_\d{8}_\d{6}_\d\d_\d{3}", re.IGNORECASE), "Insta360"),
)


@dataclass(frozen=True, slots=True)
class NamedTime:
    """A wall-clock time in a name; ``zone`` is None where it is local to the camera.

    ``place`` is where in the name it stands, as indexes of its beginning and end.
    """

    moment: datetime  # naive
    zone: tzinfo | None
    precision: Precision = "second"
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class DayTime:
    """EgoLife's way: the n-th day of an experiment whose first date the name does not tell."""

    day: int
    time: time
    wearer: str = ""


def time_in_name(name: str) -> NamedTime | None:
    """The time that a file name states, or None; digits that fit no pattern are left alone."""
    if match := _EPOCH.search(name):
        since = int(match["ms"]) / 1000 if match["ms"] else int(match["s"])
        moment = datetime.fromtimestamp(since, UTC).replace(tzinfo=None)
        return NamedTime(moment, UTC, place=match.span())
    for pattern, zone in _PATTERNS:
        for match in pattern.finditer(name):
            if parsed := _read(match, zone):
                return parsed
    return None


def day_in_name(name: str) -> DayTime | None:
    """Day, time and wearer of ``DAY1_A1_JAKE_11094208``: HHMMSS and a frame 00–19 at 20 fps."""
    if not (match := _EGOLIFE.search(name)):
        return None
    day, hour, minute, second, frame = (int(match[n]) for n in (1, 3, 4, 5, 6))
    if day < 1 or hour > 23 or minute > 59 or second > 59 or frame >= _EGOLIFE_FPS:
        return None
    began = time(hour, minute, second, frame * 1_000_000 // _EGOLIFE_FPS)
    return DayTime(day, began, match[2].upper())


def _read(match: re.Match[str], zone: tzinfo | None) -> NamedTime | None:
    """The parts as a time; None where they are none, such as month 13."""
    parts = match.groupdict()
    try:
        year = int(parts.get("Y") or 0) or 2000 + int(parts.get("y") or 0)
        day = date(year, int(parts["m"] or 0), int(parts["d"] or 0))
        if not parts.get("H"):
            return NamedTime(datetime.combine(day, time()), zone, "day", match.span())
        hour = _hour(int(parts["H"] or 0), parts.get("p"))
        clock = time(hour, int(parts["M"] or 0), int(parts.get("S") or 0))
    except ValueError:
        return None
    moment = datetime.combine(day, clock) + timedelta(milliseconds=int(parts.get("f") or 0))
    stated = parts.get("z")
    precision: Precision = "second" if parts.get("S") else "minute"
    return NamedTime(moment, zone_of(stated) if stated else zone, precision, _place(match))


def _place(match: re.Match[str]) -> tuple[int, int]:
    """From the year on: words before it belong to the camera's name."""
    group = "Y" if match.groupdict().get("Y") else "y"
    return match.start(group), match.end()


def _hour(hour: int, half: str | None) -> int:
    """The hour on a 24-hour clock. Raises ValueError for 13 PM and its like."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"{hour} {half} is no time")
    return hour % 12 + (12 if half.lower() == "pm" else 0)


def device_key(probe: Probe) -> str:
    """Maker, model and serial number, as far as the file tells, or the empty string.

    Without a maker: a GoPro by its firmware, EgoLife's wearers (one pair of glasses each) and four
    families of cameras by their file names. Two cameras of one model without serial numbers are one
    device here. A recording of no known device can only be re-dated by itself.
    """
    tags = {key.lower(): value.strip() for key, value in probe.metadata.items()}
    maker = probe.device or _joined(tags, "com.android.manufacturer", "com.android.model")
    serial = next((tags[key] for key in _SERIALS if tags.get(key)), "")
    name = maker or _by_name(probe, tags)
    return f"{name} {serial}".strip()


def _joined(tags: dict[str, str], *keys: str) -> str:
    return " ".join(tags[key] for key in keys if tags.get(key))


def _by_name(probe: Probe, tags: dict[str, str]) -> str:
    stem = probe.path.stem
    if day := day_in_name(stem):
        return day.wearer
    if match := _GOPRO_FIRMWARE.match(tags.get("firmware", "")):
        return f"GoPro {match[0]}"
    return next((name for pattern, name in _FAMILIES if pattern.fullmatch(stem)), "")
