"""Find the recordings to ingest: files as named, folders or disks by what lies in them.

Nothing is left out silently that a person may expect to be in: whatever cannot be looked into, and
every link that is not followed, is named. Hidden files, bins and the system's own folders are not.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.discovery.photo_exports import holds_copies
from memory.db.database import is_database

PHOTO_SUFFIXES = frozenset(".jpg .jpeg .png .heic .heif .hif .webp .avif .gif".split())
FILM_SUFFIXES = frozenset(
    ".mp4 .mov .m4v .mkv .webm .avi .mts .m2ts .3gp .3g2 .mpg .mpeg .ts .flv .wmv .asf "
    ".insv .360".split()  # Insta360's and GoPro's
)
SOUND_SUFFIXES = frozenset(
    ".m4a .mp3 .wav .flac .ogg .oga .opus .aac .wma .aif .aiff .caf .mka .amr".split()
)
MEDIA_SUFFIXES = FILM_SUFFIXES | SOUND_SUFFIXES | PHOTO_SUFFIXES
_STILL_APART = 3.0  # seconds between the still and the film of one live photo
# Bins, indexes and miniatures that systems and devices make by themselves, wherever they lie.
_NOT_ENTERED = frozenset(
    "$recycle.bin|recycler|system volume information|lost+found|@eadir|#recycle|node_modules".split(
        "|"
    )
)
# The system itself, where somebody names the whole disk.
_SYSTEM = frozenset(
    "/bin /boot /dev /etc /lib /lib32 /lib64 /proc /run /sbin /snap /sys /usr /var/lib /var/cache "
    "/System /Library /Applications /private /cores".split()
)
_WINDOWS = frozenset(
    "windows|program files|program files (x86)|programdata|$windows.~bt".split("|")
)


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was found and not taken, and why: ``path`` and ``reason`` make a sentence."""

    path: Path
    reason: str


def is_media(name: str) -> bool:
    """Whether a file is a recording by its name; a camera's small copy of one (LRV_…) is not."""
    suffix = os.path.splitext(name)[1].lower()
    return suffix in MEDIA_SUFFIXES and not name.upper().startswith("LRV_")


def media_files(
    paths: Iterable[Path], *, home: Path | None = None, skipped: list[Skipped] | None = None
) -> Iterator[Path]:
    """The files to ingest, each once: those of a folder in the order of their names.

    A folder without recordings is handed on itself, so that it gets its own line in the report.
    Links to files are followed. Links to folders are not, which also ends every loop of them. Of a
    live photo the film is taken and its still is left out.

    Args:
        paths: files or folders; a file that is named is always handed on.
        home: a folder that is not looked into: the store's own, with its uploads and thumbnails.
        skipped: is given what was left out and why.
    """
    left_out: list[Skipped] = [] if skipped is None else skipped
    own = None if home is None else os.path.realpath(home)
    seen: set[str] = set()
    for path in paths:
        if not os.path.isdir(path):  # Path.is_dir() raises for a name that is too long
            yield from _once(path, seen, left_out)
            continue
        empty = True
        for file_path in _walk(os.fspath(path), own, left_out):
            empty = False
            yield from _once(Path(file_path), seen, left_out)
        if empty:
            yield path


def _once(path: Path, seen: set[str], left_out: list[Skipped]) -> Iterator[Path]:
    real = os.path.realpath(path)
    if is_database(real):
        left_out.append(Skipped(path, "is a database of EgoButler, not a recording"))
    elif real not in seen:
        seen.add(real)
        yield path


def _walk(folder: str, own: str | None, left_out: list[Skipped]) -> Iterator[str]:
    """The recordings under ``folder``, by name; folders among them in their place."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        why = error.strerror or str(error)
        left_out.append(Skipped(Path(folder), f"the folder cannot be read ({why})"))
        return
    films = _films(entries)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                if _is_entered(entry.path, own):
                    yield from _walk(entry.path, own, left_out)
            elif reason := _refusal(entry, films):
                left_out.append(Skipped(Path(entry.path), reason))
            elif is_media(entry.name) and entry.is_file():
                yield entry.path
        except OSError as error:
            why = error.strerror or str(error)
            left_out.append(Skipped(Path(entry.path), f"cannot be read ({why})"))


def _is_entered(folder: str, own: str | None) -> bool:
    name = os.path.basename(folder).lower()
    whole = os.path.abspath(folder)
    if name in _NOT_ENTERED or whole in _SYSTEM or holds_copies(Path(whole)):
        return False
    top = os.path.dirname(whole)
    if name in _WINDOWS and (os.path.ismount(top) or top == os.path.dirname(top)):
        return False
    return own is None or os.path.realpath(folder) != own


def _refusal(entry: os.DirEntry[str], films: dict[str, float]) -> str:
    """Why an entry that a person may expect to be taken is not; empty for all others."""
    suffix = os.path.splitext(entry.name)[1].lower()
    if entry.is_symlink() and entry.is_dir():
        return "is a link to a folder, which is not followed; name that folder itself to add it"
    if suffix not in MEDIA_SUFFIXES:
        return ""
    if entry.is_symlink() and not os.path.exists(entry.path):
        return "is a link to a file that is not there"
    filmed = films.get(_stem(entry.name)) if suffix in PHOTO_SUFFIXES else None
    if filmed is not None and abs(entry.stat().st_mtime - filmed) <= _STILL_APART:
        return "is the still of the film of the same name, which was taken instead"
    return ""


def _films(entries: Iterable[os.DirEntry[str]]) -> dict[str, float]:
    """Stem of every film of a folder → when it was last changed."""
    changed_at = {}
    for entry in entries:
        if os.path.splitext(entry.name)[1].lower() in FILM_SUFFIXES:
            try:
                changed_at[_stem(entry.name)] = entry.stat().st_mtime
            except OSError:  # gone since
                continue
    return changed_at


def _stem(name: str) -> str:
    return os.path.splitext(name)[0].lower()
