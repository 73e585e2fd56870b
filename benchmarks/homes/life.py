"""Data sets as ordinary homes: their lines go through the importer, their vectors into the store.

A home is kept, by default in the cache folder of the person, so that a data set is imported and
embedded once; its name depends on the lines, so that a changed data set makes a new one.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import platformdirs

from app.assistant import Assistant
from app.core.settings import Settings
from ingest.derived import events as happenings
from ingest.importers import ImportOptions, import_paths
from ingest.stages import pipeline

NO_MODEL, EMBEDDED = "none", "embedded"
_CHATS = {EMBEDDED: "qwen-1.5b"}


def home_of(name: str, files: Iterable[Path], folder: Path | None) -> Path:
    """The folder of a data set's home."""
    if folder is not None:
        return folder
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    kept = platformdirs.user_cache_path("egobutler") / "benchmarks"
    return kept / f"{name}-{digest.hexdigest()[:12]}"


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    """A file of JSON lines ({start, end, text, speaker}; ISO times or seconds UTC)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def open_home(home: Path, *, model: str = NO_MODEL, embedder: str | None = None) -> Assistant:
    """A home with the models of the large preset, or those that are named; see `open_life`."""
    chat = _CHATS.get(model, model)
    return Assistant.open(Settings(home, preset="large", embedder=embedder, chat=chat))


def open_life(
    home: Path,
    files: Iterable[Path],
    *,
    model: str = NO_MODEL,
    embedder: str | None = None,
    day_one: date | None = None,
    timezone: str = "UTC",
) -> Assistant:
    """A home with the lines of these files and, where there are weights, their vectors.

    Args:
        home: created where it is not there; what it holds already is not imported again.
        files: what ``egobutler import`` takes.
        model: ``none``, ``embedded`` (1.5B) or the name of a chat model of the registry.
        embedder: a name of the registry; default: that of the large preset.
        day_one: the date of DAY1.
        timezone: where it was recorded.

    Raises:
        SystemExit: the lines cannot be imported; the text says why.
    """
    assistant = open_home(home, model=model, embedder=embedder)
    reports = import_paths(
        assistant.store, list(files), ImportOptions(day_one=day_one, timezone=timezone)
    )
    if failed := [report.message for report in reports if report.status == "failed"]:
        raise SystemExit("; ".join(failed))
    happenings.rebuild(assistant.store)
    made = pipeline.embed(assistant.store, assistant.brains.embedder())
    if made:
        print(f"{made} texts were embedded", file=sys.stderr)
    return assistant
