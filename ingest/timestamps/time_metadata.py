"""Read the times in a file's metadata as they stand; nothing is judged here.

Four kinds of statement differ in worth: with a zone; by satellite; local without a zone; and the
field that is UTC by specification, which many cameras fill with local time.

When a GoPro began to film, by the satellites, is read from the telemetry track beside its pictures
(GPMF, https://github.com/gopro/gpmf-parser). It is nested KLV: a key of four letters, a type, the
size of a value and how often it is repeated, then the values, padded to four bytes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.container.container import keep_only, open_media
from ingest.errors import UnreadableMedia
from ingest.probe.probe_types import Probe

if TYPE_CHECKING:
    from av.stream import Stream

GPS_START = "gps:StartDateTime"  # UTC, ISO 8601: what a telemetry track says
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
_PACKETS = 900  # about a second each: no fix within a quarter of an hour, no time
_FIXED = 2  # GPSF: 0 no lock, 2 two-dimensional, 3 three-dimensional
_GPS9 = struct.Struct(">lllllllHH")  # …, days since 2000, ms of the day, dilution, fix
_MILLENNIUM = datetime(2000, 1, 1, tzinfo=UTC)
_GOPRO = re.compile(r"gopro|^G[HXLS]\d{6}\b|^GOPR\d{4}\b|^GP\d{6}\b", re.IGNORECASE)
_STAMP = re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.(\d{3})")


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
    words = " ".join([probe.path.stem, *_maker_words(probe.metadata)])
    if any(key.startswith("com.android.") for key in probe.metadata):
        return False
    if _LOCAL_MAKERS.search(words):
        return True
    return False if _UTC_MAKERS.search(words) else None


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
    return next((moment for key in _LOCAL if (moment := _naive(_moment(tags.get(key, ""))))), None)


def _naive(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment.tzinfo is None else None


def _utc(text: str) -> datetime | None:
    moment = _moment(text)
    if moment is None or moment.tzinfo is None or not text.upper().endswith("Z"):
        return None
    return moment.astimezone(UTC)


def gps_start(path: Path) -> datetime | None:
    """When the recording began (UTC), from the first telemetry with a satellite fix, or None.

    Right to about a second. Reads the telemetry only, a few kilobytes per second of film; never
    raises, as a film without readable telemetry is none the worse for it.
    """
    import av

    try:
        with open_media(path) as container:
            telemetry = [stream for stream in container.streams.data if _is_gpmf(stream)]
            if not telemetry:
                return None
            keep_only(container, telemetry[0])
            for number, packet in enumerate(container.demux(telemetry[0])):
                at = packet.pts if packet.pts is not None else packet.dts
                if number > _PACKETS or at is None or packet.time_base is None:
                    return None
                if moment := fix_time(bytes(packet)):
                    return moment - timedelta(seconds=float(at * packet.time_base))
    except (UnreadableMedia, av.FFmpegError, OSError, ValueError, OverflowError):
        return None
    return None


def with_satellite_time(probe: Probe) -> Probe:
    """``probe`` with the satellites' time in its metadata, if a GoPro filmed it and had a fix."""
    if probe.format != "mov" or GPS_START in probe.metadata:
        return probe
    said = " ".join([probe.path.stem, *probe.metadata.values()])
    if not _GOPRO.search(said) or (moment := gps_start(probe.path)) is None:
        return probe
    return replace(probe, metadata={**probe.metadata, GPS_START: moment.isoformat()})


def fix_time(telemetry: bytes) -> datetime | None:
    """The satellites' time (UTC) in one packet of GPMF, or None where there is no fix."""
    fix, stamp = 0, None
    for key, value in _leaves(telemetry):
        if key == b"GPSF" and len(value) >= 4:
            fix = int.from_bytes(value[:4], "big")
        elif key == b"GPSU":
            stamp = _of_stamp(value)
        elif key == b"GPS9" and len(value) >= _GPS9.size:
            *_, days, milliseconds, _, fix = _GPS9.unpack_from(value)
            stamp = _MILLENNIUM + timedelta(days=days, milliseconds=milliseconds)
    return stamp if fix >= _FIXED else None


def _leaves(data: bytes, depth: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """Every key with its values, to a depth of four; ends where the bytes make no sense."""
    at = 0
    while at + 8 <= len(data) and depth < 4:
        key, kind, size, repeat = struct.unpack_from(">4sBBH", data, at)
        length = size * repeat
        value = data[at + 8 : at + 8 + length]
        if key == b"\0\0\0\0" or len(value) < length:
            return
        if kind == 0:  # the value is KLV itself
            yield from _leaves(value, depth + 1)
        else:
            yield key, value
        at += 8 + length + -length % 4


def _of_stamp(value: bytes) -> datetime | None:
    """``yymmddhhmmss.sss``."""
    if not (match := _STAMP.match(value)):
        return None
    year, month, day, hour, minute, second, thousandths = (int(part) for part in match.groups())
    try:
        moment = datetime(2000 + year, month, day, hour, minute, second, thousandths * 1000)
        return moment.replace(tzinfo=UTC)
    except ValueError:
        return None


def _is_gpmf(stream: Stream) -> bool:
    """PyAV tells neither codec nor tag of a data stream; GoPro names its handler in every model."""
    return "GoPro MET" in stream.metadata.get("handler_name", "")
