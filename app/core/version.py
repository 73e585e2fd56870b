"""The version of EgoButler."""

from __future__ import annotations

import importlib.metadata


def installed_version() -> str:
    """The version that is installed; empty where it runs from its source."""
    try:
        return importlib.metadata.version("egobutler")
    except importlib.metadata.PackageNotFoundError:
        return ""
