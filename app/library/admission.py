"""Tell files that can be taken in by name and first bytes: recordings, and lines with times."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from ingest.container.container import foreign_content
from ingest.discovery.media_finder import MEDIA_SUFFIXES
from ingest.errors import unreadable
from ingest.importers.format_detection import SUFFIXES

_KINDS = ("video/", "audio/", "image/")
_DRAWINGS = ("image/svg+xml",)


def name_refusal(name: str, kind: str = "") -> str:
    """Why a file is nothing to take in by its name; empty where it may be.

    ``kind`` is the media type that the sender gives it: it decides where the name says nothing.
    """
    suffix = Path(name).suffix.lower()
    guessed = mimetypes.guess_type(name)[0] or kind.lower()
    if suffix in MEDIA_SUFFIXES | SUFFIXES or (
        guessed.startswith(_KINDS) and guessed not in _DRAWINGS
    ):
        return ""
    return str(unreadable(Path(name), "ingest.name-of-no-recording", "ingest.give-recording-kinds"))


def content_refusal(name: str, head: bytes) -> str:
    """Why a file that begins with these bytes is no recording; empty where it may be one.

    Of lines with times that is found out when they are read.
    """
    if Path(name).suffix.lower() in SUFFIXES:
        return ""
    error = foreign_content(Path(name), head)
    return "" if error is None else str(error)
