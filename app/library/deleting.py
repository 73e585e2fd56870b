"""Deleting a recording from the library: first what would go, then all of it.

It is forgotten, as on the Privacy page: whatever was made from it goes with it, and is proved to be
gone. Its file goes where the home keeps it, in ``uploads`` or ``originals``; a file that was only
linked stays where its owner has it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from app.core.errors import Refusal
from app.core.request_identity import current_user
from app.presentation.i18n import t
from memory.db.media_files import COPIES
from memory.store.store import Store
from memory.types.core import Recording
from memory.types.deletion import DeletionRequest, FileAction
from memory.types.errors import StoreError
from memory.types.messages import UserMessage, os_reason

Forget: TypeAlias = Callable[[DeletionRequest], Sequence[FileAction]]
"""Forgets what a request names; returns what became of each file."""


class NothingToDelete(Refusal):
    """There is no such recording or file in the library (any more)."""

    status = 404

    def __init__(self) -> None:
        super().__init__(t("This is not in the library any more."))


@dataclass(frozen=True, slots=True)
class Removal:
    """What would go: files by name, those of the home and those that stay; clips, pictures.

    ``left`` are files that could not be deleted after all, each with why.
    """

    name: str
    parts: int
    seconds: float
    clips: int
    pictures: int
    sentences: int
    removed: tuple[Path, ...]
    kept: tuple[Path, ...]
    left: tuple[FileAction, ...] = ()


def of_recording(store: Store, recording_id: str) -> Removal:
    """What deleting a recording, with the other parts of its take, would remove.

    Raises:
        NothingToDelete: there is none.
    """
    parts = _parts(store, recording_id)
    paths = [Path(part.path) for part in parts if part.kind != "import"]
    counts = [store.recordings.count_rows(part.id) for part in parts]
    clips, pictures, sentences = map(sum, zip(*counts))
    return Removal(
        parts[0].name,
        len(parts),
        sum(part.duration for part in parts),
        clips,
        pictures,
        sentences,
        tuple(path for path in paths if _ours(store, path) and path.exists()),
        tuple(path for path in paths if not _ours(store, path)),
    )


def of_job(store: Store, job_id: str) -> Removal:
    """What taking a file off the list would remove. Raises NothingToDelete."""
    job = store.jobs.get(job_id)
    if job is None or not job.path:
        raise NothingToDelete
    if job.recording_id and store.recordings.get(job.recording_id) is not None:
        return of_recording(store, job.recording_id)
    path = Path(job.path)
    ours = _ours(store, path)
    removed = (path,) if ours and path.exists() else ()
    return Removal(path.name, 1, job.seconds, 0, 0, 0, removed, () if ours else (path,))


def delete_recording(store: Store, forget: Forget, recording_id: str) -> Removal:
    """Forgets it, with the other parts of its take. Raises NothingToDelete, StoreError."""
    going = of_recording(store, recording_id)
    parts = [part.id for part in _parts(store, recording_id)]
    files = forget(DeletionRequest(recording_id=parts[0], others=tuple(parts[1:])))
    return replace(going, left=tuple(file for file in files if file.fate == "left"))


def delete_job(store: Store, forget: Forget, job_id: str) -> Removal:
    """Takes a file off the list; deletes it where the home keeps it.

    Raises:
        NothingToDelete: there is none.
        StoreError: the file cannot be deleted, so nothing was.
    """
    job = store.jobs.get(job_id)
    if job is not None and job.recording_id and store.recordings.get(job.recording_id):
        return delete_recording(store, forget, job.recording_id)
    with store.writing():
        going = of_job(store, job_id)
        _unlink(store, going.removed)
        store.jobs.forget([job_id])
        store.audit.write(current_user(), "delete", "1")
    return going


def _parts(store: Store, recording_id: str) -> list[Recording]:
    known = store.recordings.get(recording_id)
    if known is None:
        raise NothingToDelete
    if not known.take:
        return [known]
    return [recording for recording in store.recordings.all() if recording.take == known.take]


def _ours(store: Store, path: Path) -> bool:
    """Whether the home keeps the file itself, by where it really is."""
    with suppress(OSError):
        parent = path.parent.resolve()
        home = store.home.resolve()
        return any(parent.is_relative_to(home / folder) for folder in ("uploads", COPIES))
    return False


def _unlink(store: Store, paths: Sequence[Path]) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            why = os_reason(error)
            raise StoreError(UserMessage("app.not-deleted", name=path.name, why=why)) from error
        if path.is_relative_to(store.home / COPIES):
            for folder in (path.parent, path.parent.parent):
                with suppress(OSError):  # others are in there
                    os.rmdir(folder)
