"""Real photos for tests, of each format that ingest reads, with what cameras write into them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

FORMATS = ["a.jpg", "p.jpg", "a.png", "a.webp", "a.gif", "a.avif", "a.heic"]  # p for progressive


def save_photo(path: Path, picture: NDArray[np.uint8], exif: Image.Exif | None = None) -> Path:
    """The picture in the format of the suffix; skips the test where nothing here writes HEIC."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    tags = Image.Exif() if exif is None else exif
    if path.suffix == ".heic":
        heif = pytest.importorskip("pillow_heif").from_pillow(image)
        heif.save(path, quality=95, exif=None if exif is None else exif.tobytes())
    elif path.suffix == ".jpg":
        progressive = path.name.startswith("p")
        image.save(path, quality=95, subsampling=0, exif=tags, progressive=progressive)
    elif path.suffix == ".gif":
        image.save(path)
    else:
        image.save(path, quality=95, exif=tags)
    return path


def exif_of(
    *,
    orientation: int | None = None,
    make: str = "",
    model: str = "",
    taken: str = "",
    fraction: str = "",
    zone: str = "",
    changed: str = "",
    gps: tuple[str, tuple[float, ...]] | None = None,
) -> Image.Exif:
    """EXIF with those fields that are given (tag numbers of CIPA DC-008)."""
    exif = Image.Exif()
    photo, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    fields = [(exif, 0x010F, make), (exif, 0x0110, model), (exif, 0x0132, changed)]
    fields += [(photo, 0x9003, taken), (photo, 0x9291, fraction), (photo, 0x9011, zone)]
    for where, tag, value in fields:
        if value:
            where[tag] = value
    if orientation is not None:
        exif[0x0112] = orientation
    if gps is not None:
        place[0x1D], place[0x07] = gps
    return exif


def png_that_claims(path: Path, width: int, height: int, rows: int = 10) -> Path:
    """A greyscale PNG of a few kilobytes whose header names any size; it holds only some rows."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        sum_ = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + sum_

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(range(256)) * (width // 256 + 1))[: width + 1] * rows, 9)
    signature = b"\x89PNG\r\n\x1a\n"
    path.write_bytes(
        signature + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
    return path


def claiming(path: Path, width: int, height: int) -> Path:
    """The JPEG at ``path`` with the size in its frame header changed."""
    data = bytearray(path.read_bytes())
    at = next(i for i in range(len(data)) if data[i] == 0xFF and data[i + 1] in (0xC0, 0xC2))
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    path.write_bytes(data)
    return path
