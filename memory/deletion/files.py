"""Find the files that hold what is to be forgotten, and decide what becomes of each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from memory.repositories.tombstones import FileTask
from memory.store.store import Store
from memory.types.core import Recording
from memory.types.deletion import DeletionPlan, FileAction, RecordingPart

ORIGINALS = "originals"  # where the home keeps copies, by their content


def inside(store: Store, path: str | Path) -> bool:
    """Whether a file lies in the home."""
    return Path(path).is_relative_to(store.home)


def fates(
    store: Store, part: RecordingPart, parts: Sequence[RecordingPart], originals: bool
) -> Iterator[FileAction]:
    """What becomes of every file that is known to hold the recording."""
    for path in files_of(store, part.recording):
        recording, here = part.recording, Path(path)
        if not here.is_file():
            if not inside(store, path):
                yield FileAction(path, "left", recording.id, "it is not there now")
        elif not inside(store, path) and not originals:
            yield FileAction(path, "left", recording.id, "it lies outside the home")
        elif not part.whole and recording.kind == "import":
            yield FileAction(path, "left", recording.id, "a file of text is not cut")
        elif _shared(store, path, recording, parts):
            yield FileAction(path, "left", recording.id, "other recordings are in it, too")
        else:
            yield FileAction(path, "deleted" if part.whole else "cut", recording.id)


def files_of(store: Store, recording: Recording) -> list[str]:
    """Every file that is known to hold a recording: where it lies, its copies and its doubles."""
    paths = [recording.path]
    jobs = store.database.rows(
        "SELECT path FROM job WHERE recording_id = ? AND path <> ''", [recording.id]
    )
    paths += [store.database.paths.real(row["path"]) for row in jobs]
    stored_folder = store.home / ORIGINALS / recording.sha256[:2] / recording.sha256
    if stored_folder.is_dir():
        paths += [str(path) for path in sorted(stored_folder.iterdir())]
    return list(dict.fromkeys(paths))


def _shared(store: Store, path: str, recording: Recording, parts: Iterable[RecordingPart]) -> bool:
    """Whether a recording that stays is in the same file, as days of an import may be."""
    gone = {part.recording.id for part in parts if part.whole}
    rows = store.database.rows(
        "SELECT id FROM recording WHERE path = ? AND id <> ?",
        [store.database.paths.stored(path), recording.id],
    )
    return any(row["id"] not in gone for row in rows)


def tasks(loss: DeletionPlan) -> list[FileTask]:
    """What is to be done with files."""
    parts = {part.recording.id: part for part in loss.parts}
    return [
        FileTask(
            file.path,
            "delete" if file.fate == "deleted" else "cut",
            parts[file.recording_id].recording.sha256,
            "" if parts[file.recording_id].whole else file.recording_id,
            _stretches(parts[file.recording_id]),
        )
        for file in loss.files
        if file.fate != "left"
    ]


def _stretches(part: RecordingPart) -> tuple[tuple[float, float], ...]:
    start = part.recording.start
    return tuple((span.start - start, span.end - start) for span in part.spans)


def digest(path: Path) -> str:
    """SHA-256 of a file as hexadecimal digits; empty where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def sweep_thumbnails(store: Store, recording_ids: Iterable[str]) -> int:
    """Removes the thumbnails of these recordings that belong to no clip. Returns how many."""
    swept = 0
    for recording_id in recording_ids:
        folder = store.media.pictures_of(recording_id)
        if folder is None:
            continue
        known = {
            row["path"]
            for row in store.database.rows(
                "SELECT path FROM picture_file JOIN clip ON clip.id = clip_id "
                "WHERE recording_id = ?",
                [recording_id],
            )
        }
        for path in list(folder.iterdir()) if folder.is_dir() else ():
            if str(path.relative_to(store.home)) not in known:
                path.unlink(missing_ok=True)
                swept += 1
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return swept


def stray_proxies(store: Store) -> list[str]:
    """The names of folders of copies for playing that belong to no recording."""
    known = {row["id"] for row in store.database.rows("SELECT id FROM recording")}
    place = store.media.proxies
    folders = place.iterdir() if place.is_dir() else ()
    return sorted(folder.name for folder in folders if folder.is_dir() and folder.name not in known)
