"""Thumbnails that are no pictures: empty, cut off, or other bytes than those of a JPEG."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

_BEGIN, _END = b"\xff\xd8\xff", b"\xff\xd9"


def unreadable(home: Path, thumbnails: Iterable[str], *, deep: bool = False) -> Iterator[str]:
    """Those of the thumbnails (relative to the home) that are there and no whole JPEG.

    Only how a file begins and ends is looked at; ``deep`` decodes it.
    """
    for name in thumbnails:
        path = home / name
        if path.is_file() and not (_is_framed(path) and (not deep or _decodes(path))):
            yield name


def _is_framed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            begins = file.read(len(_BEGIN)) == _BEGIN
            file.seek(-len(_END), os.SEEK_END)
            return begins and file.read() == _END
    except OSError:
        return False


def _decodes(path: Path) -> bool:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a bomb is no picture
            with Image.open(path, formats=["JPEG"]) as picture:
                picture.load()
    except Exception:  # Pillow raises many kinds for bytes that are no picture
        return False
    return True
