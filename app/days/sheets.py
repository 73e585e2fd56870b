"""A contact sheet: the pictures of an hour, a minute each, as one JPEG.

A day has 1,440 minutes: asking for each picture by itself takes a browser many seconds, asking for
24 sheets less than one. Nothing is kept on the disk, so that what is deleted is nowhere else.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from memory.store.store import Store
from memory.types.core import Span

COLUMNS, TILE = 10, (160, 90)  # pictures in a row, and the pixels of each
MINUTES = 60  # of a sheet
_MINUTE = 60.0


def sheet_pictures(store: Store, start: float) -> dict[int, str]:
    """Minute of the hour that begins at ``start`` (seconds UTC) → a picture taken in it."""
    hour = Span(start, start + MINUTES * _MINUTE)
    # A clip may begin before the minute that its picture shows.
    pictures: dict[int, str] = {}
    for at, path in store.moments.pictured(Span(start - 2 * _MINUTE, hour.end)):
        if hour.contains(at):
            pictures.setdefault(int((at - start) // _MINUTE), path)
    return pictures


def sheet_tag(pictures: Mapping[int, str]) -> str:
    """Another text whenever another picture is on the sheet."""
    shown = repr(sorted(pictures.items())).encode()
    return hashlib.blake2b(shown, digest_size=12).hexdigest()


def contact_sheet(home: Path, pictures: Mapping[int, str]) -> bytes:
    """The pictures as a JPEG of ten to a row, minute 0 first; minutes without one are black.

    A picture that is gone or damaged is left out.
    """
    rows = -(-MINUTES // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * TILE[0], rows * TILE[1]))
    for minute, path in pictures.items():
        row, column = divmod(minute, COLUMNS)
        _paste(sheet, home / path, (column * TILE[0], row * TILE[1]))
    written = io.BytesIO()
    sheet.save(written, "JPEG", quality=72)
    return written.getvalue()


def _paste(sheet: Image.Image, path: Path, at: tuple[int, int]) -> None:
    try:
        with Image.open(path) as picture:
            picture.draft("RGB", TILE)  # JPEG is decoded at a half, a quarter … of its size
            wide, high = picture.size
            scale = max(TILE[0] / wide, TILE[1] / high)
            size = (max(TILE[0], round(wide * scale)), max(TILE[1], round(high * scale)))
            left_edge, top = (size[0] - TILE[0]) // 2, (size[1] - TILE[1]) // 2
            small = picture if size == picture.size else picture.resize(size, Image.Resampling.BOX)
            sheet.paste(small.crop((left_edge, top, left_edge + TILE[0], top + TILE[1])), at)
    except (OSError, ValueError, SyntaxError):  # Pillow's words for a file that is no picture
        return
