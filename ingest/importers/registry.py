"""Formats by name, each read by one function that is loaded when it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

from egogpt.plugins import Registry
from ingest.importers.line_events import Script
from ingest.importers.start_time import ImportSource

Reader: TypeAlias = Callable[[ImportSource], Script]

READERS = Registry(
    "importers",
    {
        "egolife": "ingest.importers.egolife:read",
        "srt": "ingest.importers.subtitles:read",
        "vtt": "ingest.importers.subtitles:read",
        "jsonl": "ingest.importers.jsonl:read",
        "egorag": "ingest.importers.egorag_json:read",
        "limitless": "ingest.importers.wearables:read_limitless",
        "gpx": "ingest.importers.gpx:read",
        "omi": "ingest.importers.wearables:read_omi",
    },
)
MEDIA_FORMATS = ("takeout", "immich")  # folders of recordings: ingested, not imported
AUTO = "auto"


def load_reader(name: str) -> Reader:
    """The function that reads files of a format.

    Raises:
        ValueError: there is no such format; the text lists those that there are.
        PluginError: the format is another distribution's and cannot be loaded.
    """
    if name not in READERS:
        raise ValueError(f"there is no format {name!r}; there are {', '.join(READERS)}")
    return cast(Reader, READERS.load(name))
