"""Looks at the machine, the models and the store, and says what is not as it should be."""

from __future__ import annotations

import importlib.metadata
import shutil
import sqlite3
from dataclasses import dataclass

from app.assistant import Assistant
from app.rendering import number_of
from memory.verify import verify


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``serious`` findings that are not good stop the program from working."""

    what: str
    good: bool
    detail: str
    serious: bool = False


def examine(butler: Assistant) -> list[Finding]:
    """Everything worth knowing, the store first."""
    return [_store(butler), _disk(butler), _sqlite(), _foreign_packages(), *_models(butler)]


def _store(butler: Assistant) -> Finding:
    verdict = verify(butler.store)
    count = len(butler.store.recordings())
    detail = f"{butler.home}, {number_of(count, 'recording')}, integrity {verdict.integrity}"
    if verdict.missing_thumbnails:
        detail += f", missing: {number_of(len(verdict.missing_thumbnails), 'thumbnail')}"
    if verdict.missing_recordings:
        detail += f", moved away or replaced: {', '.join(verdict.missing_recordings)}"
    return Finding("store", verdict.sound, detail, serious=True)


def _disk(butler: Assistant) -> Finding:
    free = shutil.disk_usage(butler.home).free
    return Finding("disk", free > 2e9, f"{free / 1e9:.1f} GB free in {butler.home}")


def _sqlite() -> Finding:
    fixed = sqlite3.sqlite_version_info >= (3, 51, 3)
    note = "" if fixed else " (older than 3.51.3: one writer at a time, which EgoButler ensures)"
    return Finding("sqlite", True, sqlite3.sqlite_version + note)


def _foreign_packages() -> Finding:
    try:
        importlib.metadata.distribution("kernels")
    except importlib.metadata.PackageNotFoundError:
        return Finding("packages", True, "nothing installed beside EgoButler shadows its packages")
    return Finding(
        "packages",
        False,
        "the package 'kernels' is installed too and shadows ours: pip uninstall kernels, "
        "or install EgoButler in a virtual environment of its own",
        serious=True,
    )


def _models(butler: Assistant) -> list[Finding]:
    preset = butler.brains.preset
    missing = [name for name in preset.bundles if not butler.brains.weights.has(name)]
    advice = f"missing {' '.join(missing)}; fetch with: egobutler models fetch" if missing else ""
    detail = f"preset {preset.name} ({butler.brains.why})"
    return [Finding("models", not missing, ", ".join(filter(None, (detail, advice))))]
