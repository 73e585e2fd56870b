"""Read the start time from a GoPro's GPS, in the telemetry track beside its pictures.

The track (GPMF, https://github.com/gopro/gpmf-parser) is nested KLV: a key of four letters, a type,
the size of a value and how often it is repeated, then the values, padded to four bytes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.container.container import keep_only, open_media
from ingest.errors import UnreadableMedia
from ingest.probe.probe_types import Probe
from ingest.timestamps.time_metadata import GPS_START

if TYPE_CHECKING:
    from av.stream import Stream

_PACKETS = 900  # about a second each: no fix within a quarter of an hour, no time
_FIXED = 2  # GPSF: 0 no lock, 2 two-dimensional, 3 three-dimensional
_GPS9 = struct.Struct(">lllllllHH")  # …, days since 2000, ms of the day, dilution, fix
_MILLENNIUM = datetime(2000, 1, 1, tzinfo=UTC)
_GOPRO = re.compile(r"gopro|^G[HXLS]\d{6}\b|^GOPR\d{4}\b|^GP\d{6}\b", re.IGNORECASE)
_STAMP = re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.(\d{3})")


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


def with_satellite_time(found: Probe) -> Probe:
    """``found`` with the satellites' time in its metadata, if a GoPro filmed it and had a fix."""
    if found.format != "mov" or GPS_START in found.metadata:
        return found
    said = " ".join([found.path.stem, *found.metadata.values()])
    if not _GOPRO.search(said) or (moment := gps_start(found.path)) is None:
        return found
    return replace(found, metadata={**found.metadata, GPS_START: moment.isoformat()})


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
