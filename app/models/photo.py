"""A photo that a question is about: read in a process of its own, with limits, and not kept."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from app.presentation.i18n import t
from ingest.decode.requests import DecodeRequest
from ingest.decode_worker.client import DecoderProcess
from ingest.errors import IngestError
from memory.types.core import Frame

_SHOWN = 320  # pixels


class NoPhoto(ValueError):
    """The file is no photo that can be read; the text says so, to the person."""


def address_of(photo: Frame) -> str:
    """The photo itself, small, as an address that a page can show."""
    from PIL import Image

    picture, out = Image.fromarray(photo.image), io.BytesIO()
    picture.thumbnail((_SHOWN, _SHOWN))
    picture.save(out, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def read_photo(path: Path) -> Frame:
    """The photo, upright. Raises NoPhoto."""
    try:
        with DecoderProcess() as decoder:
            frames = decoder.frames(DecodeRequest(decoder.probe(path), 0.0, max_side=640))
            return next(frames)
    except (IngestError, OSError, ValueError, StopIteration) as error:
        raise NoPhoto(t("This photo cannot be read. Try another one.")) from error
