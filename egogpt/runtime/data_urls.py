"""Pictures as data URLs: the form in which servers take them."""

from __future__ import annotations

import base64
import io

from memory.types.core import Frame

SIDE = 768  # pixels of the longer side: most models that see cut larger pictures down


def fitted(height: int, width: int, side: int, unit: int = 1) -> tuple[int, int]:
    """Height and width of a picture of at most ``side`` pixels a side, in whole ``unit``s."""
    scale = min(1.0, side / max(height, width)) / unit
    return max(1, round(height * scale)) * unit, max(1, round(width * scale)) * unit


def data_url(frame: Frame, side: int = SIDE, unit: int = 0, quality: int = 85) -> str:
    """The frame as a JPEG of at most ``side`` pixels a side, in a ``data:`` URL.

    With a ``unit`` both sides are multiples of it: a model that makes a token of each square so
    large then makes as many as were counted, however it rounds.
    """
    from PIL import Image

    picture = Image.fromarray(frame.image)
    if unit:
        height, width = fitted(frame.image.shape[0], frame.image.shape[1], side, unit)
        picture = picture.resize((width, height), reducing_gap=2.0)
    else:
        picture.thumbnail((side, side))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
