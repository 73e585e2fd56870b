"""Name the device of a recording, so that its clock can be corrected once for all."""

from __future__ import annotations

import re

from ingest.probe.probe_types import Probe
from ingest.timestamps.file_name_dates import day_in_name

_SERIALS = ("serial", "serial_number", "exif:bodyserialnumber", "com.apple.quicktime.camera.serial")
_GOPRO_FIRMWARE = re.compile(r"H[A-Z]?\d{1,2}(?=\.)")
# Devices that write no maker are known by how they name their files.
_FAMILIES = (
    (re.compile(r"G[HXLS]\d{6}|GOPR\d{4}|GP\d{6}", re.IGNORECASE), "GoPro"),
    (re.compile(r"DJI_\d.*", re.IGNORECASE), "DJI"),
    (re.compile(r"PXL_\d.*", re.IGNORECASE), "Google Pixel"),
    (re.compile(r"VID_\d{8}_\d{6}_\d\d_\d{3}", re.IGNORECASE), "Insta360"),
)


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
