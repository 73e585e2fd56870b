"""Read a photo's EXIF data on when and with what it was taken (EXIF 3.0, CIPA DC-008).

Anything may stand in these fields, so only what has the form that the standard asks for is taken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Exif

ORIENTATION = 0x0112
_MAKE, _MODEL, _CHANGED = 0x010F, 0x0110, 0x0132
_PHOTO_IFD, _GPS_IFD = 0x8769, 0x8825
# When it was taken, when it was made digital, each with its fraction of a second and its zone.
_MOMENTS = ((0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012))
_CHANGED_FRACTION, _CHANGED_ZONE = 0x9290, 0x9010
_GPS_DATE, _GPS_TIME = 0x001D, 0x0007
_SERIAL = 0xA431
_LONGEST_NAME = 80


def exif_tags(exif: Exif) -> dict[str, str]:
    """Tags for ``Probe.metadata``; absent where the photo does not say or says nonsense.

    - ``make``, ``model``, ``exif:BodySerialNumber``: of the camera.
    - ``exif:DateTimeOriginal``: local time, ``YYYY:MM:DD HH:MM:SS`` and ``.fff`` where it is known.
    - ``exif:OffsetTimeOriginal``: its distance to UTC, ``±HH:MM``.
    - ``exif:GPSDateTime``: the satellites' time, ISO 8601 with zone, such as
      ``2024-05-01T10:34:56+00:00``. It is that of the last fix, so seconds to minutes early.
    """
    photo, gps = exif.get_ifd(_PHOTO_IFD), exif.get_ifd(_GPS_IFD)
    entries = {
        "make": _name(exif.get(_MAKE)),
        "model": _name(exif.get(_MODEL)),
        "exif:BodySerialNumber": _name(photo.get(_SERIAL)),
        "exif:GPSDateTime": _gps_time(gps),
    }
    candidates = [(photo, *tags) for tags in _MOMENTS]
    entries |= _first_moment(
        [*candidates, (exif, _CHANGED, _CHANGED_FRACTION, _CHANGED_ZONE)], photo
    )
    return {key: value for key, value in entries.items() if value}


def orientation(exif: Exif) -> int:
    """How the stored picture stands, 1 … 8; 1 (upright) where the photo does not say."""
    value = exif.get(ORIENTATION)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _first_moment(
    candidates: list[tuple[Mapping[int, Any], int, int, int]], photo: Mapping[int, Any]
) -> dict[str, str]:
    """The first time that is one; some editors write only when they changed the photo."""
    for where, time_tag, fraction_tag, zone_tag in candidates:
        stamp = re.fullmatch(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d", _text(where.get(time_tag)))
        if stamp is None or stamp[0].startswith("0000"):
            continue
        fraction = re.match(r"\d{1,6}", _text(photo.get(fraction_tag)))
        zone = re.fullmatch(r"[+-]\d\d:\d\d", _text(photo.get(zone_tag)))
        return {
            "exif:DateTimeOriginal": stamp[0] + (f".{fraction[0]}" if fraction else ""),
            "exif:OffsetTimeOriginal": zone[0] if zone else "",
        }
    return {}


def _gps_time(gps: Mapping[int, Any]) -> str:
    day = re.fullmatch(r"(\d{4})[:-](\d\d)[:-](\d\d)", _text(gps.get(_GPS_DATE)))
    try:
        hour, minute, second = (float(part) for part in gps.get(_GPS_TIME, ()))
        if day is None or not math.isfinite(hour + minute + second):
            return ""
        clock = f"{int(hour):02}:{int(minute):02}:{min(second, 59.999):06.3f}"
    except (TypeError, ValueError, ArithmeticError):
        return ""
    return f"{day[1]}-{day[2]}-{day[3]}T{clock.removesuffix('.000')}+00:00"


def _name(value: object) -> str:
    return "".join(c for c in _text(value) if c.isprintable())[:_LONGEST_NAME]


def _text(value: object) -> str:
    """ASCII fields arrive as text or bytes, padded with spaces and NULs."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value.split("\0")[0].strip() if isinstance(value, str) else ""
