"""The second half of a forgetting: files, what is told anew of the rest, and the empty space.

Every step is written down before it is begun and struck off when it is done, so a process that dies
here leaves the old file or the new one and a list, which ``finish`` takes up at the next start.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock

from ingest.derived import events as happenings
from ingest.editing.remux_cut import CannotCut, cut_out, suffix_for
from memory.db import disk_space as disk
from memory.db import snapshot
from memory.deletion.files import ORIGINALS, digest, sweep_thumbnails
from memory.repositories.tombstones import FileTask, Unfinished
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.deletion import FileAction
from memory.types.errors import StoreError

_log = logging.getLogger(__name__)
HALF_CUT = ".forget-"  # how the name of a file begins that is being cut
ANOTHER = "another file has its name now"
Told = Callable[[str, int, int], None]  # what is being done, how many of it are done, of how many


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of the files; ``sealed`` is whether no deleted byte is left in the database."""

    files: tuple[FileAction, ...]
    sealed: bool


def silently(what: str, done: int, total: int) -> None:
    """The listener of those who do not watch."""


def lock(store: Store, timeout: float = -1) -> FileLock:
    """One process at a time forgets. Raises Timeout, and StoreReadOnly."""
    store.database.require_writable()
    return FileLock(store.home / "forgetting.lock", timeout=timeout, thread_local=False)


def finish(store: Store, on_progress: Told = silently) -> Finished:
    """Does what is left of every forgetting that has begun. The caller holds ``lock``."""
    fates: list[FileAction] = []
    for unfinished in store.forgotten.unfinished():
        while unfinished.files:
            on_progress("files", len(fates), len(fates) + len(unfinished.files))
            fate, unfinished = _next(store, unfinished)
            fates.append(fate)
        sweep_thumbnails(store, unfinished.pictures)
        for recording_id in unfinished.pictures:  # films for the browser still show what is gone
            store.media.drop(recording_id, pictures=False)
        store.forgotten.note(Unfinished(unfinished.id, sealed=True))  # without a name of a file
    on_progress("summaries", 0, 1)
    happenings.rebuild(store)
    summaries.rebuild(store)
    on_progress("traces", 0, 1)
    _empty(store.home / "tmp" / "gradio")
    for shared in (store.home / "tmp").glob("share-*"):
        shared.unlink(missing_ok=True)
    snapshot.sweep(store.home)
    sealed = _seal(store)
    for unfinished in store.forgotten.unfinished():
        store.forgotten.finish(unfinished.id)
    store.database.forget_log()
    return Finished(tuple(fates), sealed)


def _seal(store: Store) -> bool:
    size = store.database.path.stat().st_size
    if disk.free(store.home) < 2 * size:  # deleted bytes are zeros anyway, but stay in the file
        store.database.forget_log()
        return False
    try:
        return store.database.compact()
    except (sqlite3.DatabaseError, StoreError):  # busy, or no room after all, or a damaged page
        _log.warning("the database could not be compacted", exc_info=True)
        store.database.forget_log()
        return False


def _empty(folder: Path) -> None:
    """What the web server keeps for a while."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _next(store: Store, unfinished: Unfinished) -> tuple[FileAction, Unfinished]:
    """Does the first task, and strikes it off."""
    task, rest = unfinished.files[0], replace(unfinished, files=unfinished.files[1:])
    path = Path(task.path)
    try:
        if task.deed == "delete":
            fate = _delete(store, task, path)
            store.forgotten.note(rest)
        else:
            fate = _cut(store, task, path, unfinished, rest)
    except (CannotCut, OSError, disk.DiskNearlyFull) as error:
        _log.warning("%s could not be dealt with", path, exc_info=True)
        fate = FileAction(task.path, "left", task.recording_id, str(error))
        store.forgotten.note(rest)
    return fate, rest


def _delete(store: Store, task: FileTask, path: Path) -> FileAction:
    if path.exists() and digest(path) != task.sha256:
        return FileAction(task.path, "left", task.recording_id, ANOTHER)
    path.unlink(missing_ok=True)
    _note_removal(store, task)
    if path.is_relative_to(store.home / ORIGINALS):
        for folder in (path.parent, path.parent.parent):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    return FileAction(task.path, "deleted", task.recording_id)


def _note_removal(store: Store, task: FileTask) -> None:
    """What is left of a recording is not missing its file: that went by the owner's rule."""
    recording = store.recordings.by_sha256(task.sha256)
    if recording is not None and recording.path == task.path:
        store.recordings.update(replace(recording, file_removed=True))


def _cut(
    store: Store, task: FileTask, path: Path, unfinished: Unfinished, rest: Unfinished
) -> FileAction:
    new = Path(task.new_path) if task.new_path else path
    if not task.becomes or digest(new) != task.becomes:
        if digest(path) != task.sha256:
            store.forgotten.note(rest)
            return FileAction(task.path, "left", task.recording_id, ANOTHER)
        task, new = _make(store, task, path, unfinished)
    if new != path and digest(path) == task.sha256:
        path.unlink()
    with store.database.transaction():
        _follow(store, task, path, new)
        store.forgotten.note(rest)
    return FileAction(str(new), "cut", task.recording_id)


def _make(
    store: Store, task: FileTask, path: Path, unfinished: Unfinished
) -> tuple[FileTask, Path]:
    """Writes the new file beside the old one, and puts it into its place in one step."""
    part = path.with_name(f"{HALF_CUT}{task.sha256[:16]}{suffix_for(path)}")
    part.unlink(missing_ok=True)
    try:
        remuxed = cut_out(path, part, task.stretches)
        about = path.stat()
        os.utime(part, ns=(about.st_atime_ns, about.st_mtime_ns))  # may be all that dates it
        _settle(part)
        new = _free_name(path, part.suffix)
        task = replace(
            task,
            becomes=digest(part),
            new_path=str(new),
            shift=remuxed.shift,
            duration=remuxed.duration,
            pictures=remuxed.pictures,
            sound=remuxed.sound,
        )
        store.forgotten.note(replace(unfinished, files=(task, *unfinished.files[1:])))
        os.replace(part, new)
        disk.fsync_directory(new.parent)
    finally:
        part.unlink(missing_ok=True)
    return task, new


def _settle(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _free_name(path: Path, suffix: str) -> Path:
    """The name of the new file: the old one's, or where its format changes one that is free."""
    if suffix == path.suffix:
        return path
    names = (path.with_name(f"{path.stem}{n or ''}{suffix}") for n in range(1000))
    return next(name for name in names if not name.exists())


def _follow(store: Store, task: FileTask, path: Path, new: Path) -> None:
    """Lets the rows know of the new file."""
    recording = store.recordings.get(task.recording_id)
    store.jobs.repath(path, new, task.recording_id)
    if recording is None or recording.path != str(path):
        return
    start = recording.start + task.shift
    clips = store.recordings.clips(recording.id)
    reach = max((clip.span.end for clip in clips), default=start) - start
    store.recordings.update(
        replace(
            recording,
            sha256=task.becomes,
            path=str(new),
            size=new.stat().st_size,
            start=start,
            duration=max(task.duration, reach),
            has_video=recording.has_video and task.pictures,
            has_audio=recording.has_audio and task.sound,
        )
    )
    store.recordings.clamp_clips(recording.id, start)
