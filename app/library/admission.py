"""Tell files that can be recordings by name and first bytes, before any of them is taken in."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from ingest.container.container import foreign_content
from ingest.discovery.media_finder import MEDIA_SUFFIXES
from ingest.errors import unreadable

_KINDS = ("video/", "audio/", "image/")
_DRAWINGS = ("image/svg+xml",)


def name_refusal(name: str, kind: str = "") -> str:
    """Why a file is no recording by its name; empty where it may be one.

    ``kind`` is the media type that the sender gives it: it decides where the name says nothing.
    """
    suffix = Path(name).suffix.lower()
    guessed = mimetypes.guess_type(name)[0] or kind.lower()
    if suffix in MEDIA_SUFFIXES or (guessed.startswith(_KINDS) and guessed not in _DRAWINGS):
        return ""
    return str(unreadable(Path(name), "ingest.name-of-no-recording", "ingest.give-recording-kinds"))


def content_refusal(name: str, head: bytes) -> str:
    """Why a file that begins with these bytes is no recording; empty where it may be one."""
    error = foreign_content(Path(name), head)
    return "" if error is None else str(error)
