"""Pictures as data URLs: the form in which servers take them."""

from __future__ import annotations

import base64
import io

from memory.types.core import Frame

SIDE = 768  # pixels of the longer side: most models that see cut larger pictures down


def data_url(frame: Frame, side: int = SIDE, quality: int = 85) -> str:
    """The frame as a JPEG of at most ``side`` pixels a side, in a ``data:`` URL."""
    from PIL import Image

    picture = Image.fromarray(frame.image)
    picture.thumbnail((side, side))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
