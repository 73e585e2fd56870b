"""Read the times in a file's metadata as they stand; nothing is judged here.

Four kinds of statement differ in worth: with a zone; by satellite; local without a zone; and the
field that is UTC by specification, which many cameras fill with local time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest.probe.probe_types import Probe

GPS_START = (
    "gps:StartDateTime"  # UTC, ISO 8601: what ``ingest.timestamps.gps_time`` found in the telemetry
)
_ZONED = ("com.apple.quicktime.creationdate", "creationdate", "date_recorded", "creation_time")
_LOCAL = ("date_recorded", "creation_time", "date", "icrd", "idit")
_EXIF = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)(\.\d{1,6})?")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")

# What these write into the field for UTC is the time on their display (seen in files of each; for
# GoPro, DJI and Nikon also https://exiftool.org/forum/index.php?topic=11100).
_LOCAL_MAKERS = re.compile(
    r"gopro|\bdji\b|dji[._]|insta360|arashi|nikon|panasonic|fujifilm|olympus|garmin|novatek"
    r"|ambarella|viofo|70mai|akaso|blackvue|thinkware|nextbase",
    re.IGNORECASE,
)
_UTC_MAKERS = re.compile(
    r"apple|google|samsung|xiaomi|huawei|oneplus|motorola|meta\b|oculus|android", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Tags:
    """The statements of one file. ``local`` is naive; the others are aware, and UTC but for
    ``zoned``. ``utc`` is what the field for UTC says, ``at_end`` that it was written at the end."""

    zoned: datetime | None
    satellites: datetime | None
    photographed: datetime | None  # EXIF's DateTimeOriginal; aware where its offset is given
    local: datetime | None
    utc: datetime | None
    at_end: bool = False


def read_tags(probe: Probe) -> Tags:
    """All that the metadata of the file say of when it was recorded."""
    tags = {key.lower(): value.strip() for key, value in probe.metadata.items()}
    return Tags(
        zoned=_zoned(tags),
        satellites=_moment(tags.get(GPS_START.lower(), "") or tags.get("exif:gpsdatetime", "")),
        photographed=_photographed(tags),
        local=_local(tags),
        utc=_utc(tags.get("creation_time", "")),
        # Android writes the index, and the time with it, when filming ends.
        at_end=any(key.startswith("com.android.") for key in tags),
    )


def writes_local_time(probe: Probe) -> bool | None:
    """Whether this maker is known to write local time into the field for UTC; None: not known."""
    said = " ".join([probe.path.stem, *_maker_words(probe.metadata)])
    if any(key.startswith("com.android.") for key in probe.metadata):
        return False
    if _LOCAL_MAKERS.search(said):
        return True
    return False if _UTC_MAKERS.search(said) else None


def _maker_words(metadata: Mapping[str, str]) -> list[str]:
    words = ("make", "model", "handler_name", "encoder", "firmware", "manufacturer")
    return [value for key, value in metadata.items() if key.lower().rsplit(".")[-1] in words]


def _moment(text: str) -> datetime | None:
    """A time of day on a date; a bare year or date is not when filming began."""
    if not re.match(r"\d{4}-?\d\d-?\d\d[T ]\d\d", text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _zoned(tags: Mapping[str, str]) -> datetime | None:
    """With a zone that somebody meant: FFmpeg's "Z" behind ``creation_time`` is no such zone."""
    for key in _ZONED:
        text = tags.get(key, "")
        moment = _moment(text)
        meant = key != "creation_time" or not text.upper().endswith("Z")
        if moment is not None and moment.tzinfo is not None and meant:
            return moment
    return None


def _photographed(tags: Mapping[str, str]) -> datetime | None:
    match = _EXIF.fullmatch(tags.get("exif:datetimeoriginal", ""))
    if match is None:
        return None
    year, month, day, clock, fraction = match.groups()
    return _moment(
        f"{year}-{month}-{day}T{clock}{fraction or ''}{tags.get('exif:offsettimeoriginal', '')}"
    )


def _local(tags: Mapping[str, str]) -> datetime | None:
    """Without any zone, as AVI (IDIT), broadcast WAV and music tags have it."""
    if _CLOCK.fullmatch(tags.get("creation_time", "")):  # broadcast WAV: time and date apart
        return _naive(_moment(f"{tags.get('date', '')}T{tags['creation_time']}"))
    return next((found for key in _LOCAL if (found := _naive(_moment(tags.get(key, ""))))), None)


def _naive(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment.tzinfo is None else None


def _utc(text: str) -> datetime | None:
    moment = _moment(text)
    if moment is None or moment.tzinfo is None or not text.upper().endswith("Z"):
        return None
    return moment.astimezone(UTC)
