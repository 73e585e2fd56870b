"""Folders that a photo service exported: what in them is a recording, and where its date lies.

Google Takeout writes a JSON beside each recording, but may put the two into different parts of a
split export. Immich keeps originals under ``library`` and ``upload``, and copies that it made
itself, which are not recordings, beside them.

Dates in files beside recordings (Takeout's, and XMP as Immich writes it) outlive what happens to
the recording itself: Takeout's copies lose their file times, and some their metadata. They are data
from elsewhere: read in part, never evaluated.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

ExportKind: TypeAlias = Literal["takeout", "immich"]

_ORIGINALS = ("library", "upload")
_MADE = ("thumbs", "encoded-video", "profile", "backups")
_LOOKED_AT = 300  # files of a folder that are looked at to see whether it is a Takeout
_HEAD = 1 << 14
_LONGEST = 1 << 20  # bytes; what is longer was not written by these exports
_TAKEOUT_NAME = 46  # letters that Takeout leaves of a name before ".json"
_SUPPLEMENT = ".supplemental-metadata"
_COUNTED = re.compile(r"(.+)(\(\d+\))(\.[^.]+)")
# IMG_1234-edited.jpg has the sidecar of IMG_1234.jpg; the word is in the account's language.
_EDITED = re.compile(
    r"(.+)-(?:edited|bearbeitet|modifié|editado|modificato|bewerkt|edytowane)(\(\d+\))?(\.[^.]+)",
    re.IGNORECASE,
)
_STILLS = (".heic", ".HEIC", ".jpg", ".JPG", ".jpeg", ".JPEG")
_XMP_DATES = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")


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
        beside = [part / tail for part in _folders(root.parent) if _named(part)]
        nested = [part / root.name / tail for part in _folders(root.parent.parent)]
        albums = [album for album in (*beside, *nested) if album != folder and album.is_dir()]
        if albums or root.name.lower() == "takeout":
            return albums
    return []


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in islice(entries, 2000) if _is_folder(entry))
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _is_immich(folder: Path) -> bool:
    originals = [folder / name for name in _ORIGINALS if (folder / name).is_dir()]
    marked = any((original / ".immich").is_file() for original in originals)
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


def sidecar_time(path: Path) -> datetime | None:
    """When the recording at ``path`` was taken, as a sidecar beside it says, or None.

    Takeout's is aware (UTC). XMP's may be naive, which means local to the camera. The first that
    exists and says a time counts: Takeout's own names, then ``a.jpg.xmp`` and ``a.xmp``. What
    cannot be read or is no sidecar says nothing; this never raises.
    """
    for folder in (path.parent, *other_parts(path.parent)):
        for candidate in _takeout_names(path.name):
            if moment := _from_takeout(_text(folder / candidate)):
                return moment
    for candidate in (f"{path.name}.xmp", f"{path.name}.XMP", f"{path.stem}.xmp"):
        if moment := _from_xmp(_text(path.with_name(candidate))):
            return moment
    return None


def _takeout_names(name: str) -> Iterator[str]:
    """The names that Takeout gives to the sidecar of ``name``, over its years and oddities."""
    yield from _of_exactly(name)
    if counted := _COUNTED.fullmatch(name):  # IMG_1(2).jpg has IMG_1.jpg(2).json
        yield from _of_exactly(counted[1] + counted[3], counted[2])
    if edited := _EDITED.fullmatch(name):
        yield from _of_exactly(edited[1] + edited[3], edited[2] or "")
    stem, suffix = os.path.splitext(name)
    if suffix.lower() in (".mp4", ".mov"):  # the film of a live photo shares its still's
        for still in _STILLS:
            yield from _of_exactly(stem + still)


def _of_exactly(name: str, number: str = "") -> Iterator[str]:
    whole = name + _SUPPLEMENT
    yield f"{whole[:_TAKEOUT_NAME]}{number}.json"
    yield f"{name[:_TAKEOUT_NAME]}{number}.json"
    if len(name) < _TAKEOUT_NAME:
        yield f"{whole}{number}.json"


def _text(path: Path) -> str:
    try:
        if not os.path.isfile(path):
            return ""
        with path.open("rb") as file:
            data = file.read(_LONGEST + 1)
    except (OSError, ValueError):  # gone, not ours to read, or a name too long
        return ""
    return "" if len(data) > _LONGEST else data.decode("utf-8-sig", "replace")


def _from_takeout(text: str) -> datetime | None:
    try:
        found = json.loads(text)
        return datetime.fromtimestamp(int(found["photoTakenTime"]["timestamp"]), UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
        return None


def _from_xmp(text: str) -> datetime | None:
    """The dates of XMP as attributes or elements, by pattern: nothing in it is resolved."""
    for key in _XMP_DATES:
        match = re.search(rf"{key}\s*(?:=\s*[\"']([^\"'<>]+)[\"']|>([^<>]+)<)", text)
        if match is None:
            continue
        try:
            return datetime.fromisoformat((match[1] or match[2]).strip())
        except ValueError:
            continue
    return None
