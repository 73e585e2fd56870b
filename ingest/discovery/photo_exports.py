"""Folders that a photo service exported: what in them is a recording, and where its date lies.

Google Takeout writes a JSON beside each recording, but may put the two into different parts of a
split export. Immich keeps originals under ``library`` and ``upload``, and copies that it made
itself, which are not recordings, beside them.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

ExportKind: TypeAlias = Literal["takeout", "immich"]

_ORIGINALS = ("library", "upload")
_MADE = ("thumbs", "encoded-video", "profile", "backups")
_LOOKED_AT = 300  # files of a folder that are looked at to see whether it is a Takeout
_HEAD = 1 << 14


def export_kind(folder: Path) -> ExportKind | None:
    """Whose export the folder is, or None."""
    if _is_immich(folder):
        return "immich"
    return "takeout" if _is_takeout(folder) else None


def holds_copies(folder: Path) -> bool:
    """Whether a folder holds what Immich made from recordings, and none itself."""
    return folder.name in _MADE and _is_immich(folder.parent)


def other_parts(folder: Path) -> list[Path]:
    """The same album in the other parts of a split Takeout that lie side by side.

    Of ``takeout-001/Takeout/Google Photos/Trip`` those are ``takeout-002/Takeout/Google
    Photos/Trip`` and so on, and likewise of ``Takeout`` and ``Takeout 2``; none where the folder
    is not part of a Takeout.
    """
    for root in (folder, *folder.parents):
        if not _named(root):
            continue
        tail = folder.relative_to(root)
        beside = [one / tail for one in _folders(root.parent) if _named(one)]
        nested = [one / root.name / tail for one in _folders(root.parent.parent)]
        found = [album for album in (*beside, *nested) if album != folder and album.is_dir()]
        if found or root.name.lower() == "takeout":
            return found
    return []


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(one.path) for one in islice(entries, 2000) if _is_folder(one))
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _is_immich(folder: Path) -> bool:
    originals = [folder / name for name in _ORIGINALS if (folder / name).is_dir()]
    marked = any((one / ".immich").is_file() for one in originals)
    return marked or (bool(originals) and any((folder / name).is_dir() for name in _MADE))


def _is_takeout(folder: Path) -> bool:
    if folder.name.lower() == "takeout" or (folder / "Takeout").is_dir():
        return True
    sidecars = islice(folder.rglob("*.json"), _LOOKED_AT)
    return any(b'"photoTakenTime"' in _beginning(path) for path in sidecars)


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def _named(folder: Path) -> bool:
    return folder.name.lower().startswith("takeout")
