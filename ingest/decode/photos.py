"""A still photo is a recording of one picture: JPEG, PNG, WebP, GIF, AVIF, and HEIC from phones.

    if is_photo(path):
        probed = probe_photo(path)
        frame = photo_frame(path, probed, at=recording_start, max_side=960)

Sizes are read and judged before any pixel is decoded, since a few kilobytes can claim gigabytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import unreadable
from ingest.images.image_ops import quality
from ingest.probe.photo_probe import _read
from ingest.probe.probe_types import Probe
from memory.types.core import Frame

if TYPE_CHECKING:
    pass


def photo_frame(path: Path, probe: Probe, at: float, max_side: int) -> Frame:
    """The photo as one upright sRGB picture, no side over ``max_side``, taken ``at`` (seconds UTC).

    Raises:
        UnreadableMedia: the file is gone, or is no longer the one that was probed.
    """
    photo = _read(path, max_side)
    if (photo.width, photo.height) != (probe.width, probe.height):
        raise unreadable(path, "ingest.has-changed", "ingest.add-again")
    return Frame(at, photo.picture, quality(photo.picture))
