"""Files of a home that no row names, and whether that means that its database was lost.

A process that died leaves a picture or two that nothing names. A database that was deleted, or an
older one in its place, leaves recordings, or the pictures of most of them: those are all that there
is of what it knew, and are never swept away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from memory.deletion.files import ORIGINALS, stray_proxies
from memory.integrity.deletion_proof import being_watched, clip_of
from memory.store.store import Store


@dataclass(frozen=True, slots=True)
class StrayFiles:
    """What no row names, by paths relative to the home.

    Attributes:
        recordings: files in ``originals`` and ``uploads``.
        leftovers: pictures of recordings that the database knows.
        unknown: pictures of recordings that it does not know.
        proxies: names of folders of copies for playing that belong to no recording.
        lost: whether the database has lost what it knew of these files.
    """

    recordings: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    lost: bool = False

    @property
    def removable(self) -> tuple[str, ...]:
        """Pictures that a repair may delete."""
        return self.leftovers if self.lost else (*self.leftovers, *self.unknown)


NO_STRAYS = StrayFiles()


def stray_files(store: Store) -> StrayFiles:
    """Every such file. Files are listed before rows are read: what arrives meanwhile is named."""
    recordings = _unnamed(store, list(_kept_recordings(store)))
    pictures = {
        path.relative_to(store.home).as_posix() for path in store.media.thumbnails.rglob("*.jpg")
    }
    watched = being_watched(store)
    rows = {row["path"] for row in store.database.rows("SELECT path FROM picture_file")}
    stray = [path for path in sorted(pictures - rows) if clip_of(path) not in watched]
    known = {row["id"] for row in store.database.rows("SELECT id FROM recording")}
    unknown = [path for path in stray if recording_of(path) not in known]
    strangers = {recording_of(path) for path in unknown}
    familiar = {recording_of(path) for path in pictures} & known
    lost = bool(strangers) and (bool(recordings) or len(strangers) >= len(familiar))
    return StrayFiles(
        tuple(recordings),
        tuple(path for path in stray if path not in set(unknown)),
        tuple(unknown),
        tuple(stray_proxies(store)),
        lost or (bool(recordings) and not known),
    )


def recording_of(thumbnail: str) -> str:
    """The recording that a thumbnail (``thumbnails/RECORDING/…``) is filed under."""
    parts = PurePosixPath(thumbnail).parts
    return parts[1] if len(parts) > 2 else ""


def _kept_recordings(store: Store) -> Iterator[str]:
    for folder in (store.home / ORIGINALS, store.media.uploads):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(store.home)
            hidden = any(part.startswith(".") for part in name.parts)
            if not hidden and path.is_file() and not path.is_symlink():
                yield name.as_posix()


def _unnamed(store: Store, names: list[str]) -> list[str]:
    """Those that are of no recording and no job, and no copies of what a recording holds."""
    paths = {recording.path for recording in store.recordings.all()} if names else set()
    unnamed = []
    for name in names:
        path = store.home / name
        copied = name.startswith(f"{ORIGINALS}/")
        if (
            str(path) not in paths
            and store.jobs.of(path) is None
            and not (copied and store.recordings.by_sha256(path.parent.name))
        ):
            unnamed.append(name)
    return unnamed
