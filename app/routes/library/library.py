"""``/api/library/…``: watched folders, the clocks of devices, and deleting a recording."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from app.api_models.library import (
    DevicesReply,
    FoldersReply,
    MovedReply,
    QueuedReply,
    RemovalReply,
    UndatedListReply,
)
from app.auth.request_context import owns_the_computer
from app.http.cache_headers import EMPTIES_CACHE
from app.library import clocks, deleting
from app.library.watched import LONGEST
from app.presentation.i18n import t
from app.views.library_tools_view import (
    device_json,
    folder_json,
    moved_json,
    removal_json,
    undated_json,
)
from memory.types.deletion import DeletionRequest, FileAction

if TYPE_CHECKING:
    from app.assistant import Assistant

Seconds = Annotated[float, Field(ge=-clocks.FURTHEST, le=clocks.FURTHEST, allow_inf_nan=False)]
Id = Annotated[str, Field(min_length=1, max_length=200)]


class Watched(BaseModel):
    """A folder on the computer that the app runs on, by its full name."""

    path: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    copy_files: bool = False


class Unwatched(BaseModel):
    """A watched folder, as the list names it."""

    path: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Correction(BaseModel):
    """What is to be added to what a device's clock said; 0 takes a correction back."""

    device: Id
    seconds: Seconds


class Deleted(BaseModel):
    """The recording, or else the job of a file that became none."""

    recording: Annotated[str, Field(max_length=200)] = ""
    job: Annotated[str, Field(max_length=200)] = ""


class Allowed(BaseModel):
    """The job of a file that was not taken in because something of it was forgotten."""

    job: Id


class Start(BaseModel):
    """When a recording began; without an offset, on the clock of where it was made."""

    recording: Id
    start: datetime


def library_router(assistant: Assistant) -> APIRouter:
    """The tools of the Library page."""
    router = APIRouter(prefix="/api/library", tags=["library"])
    _add_folders(router, assistant)
    _add_clocks(router, assistant)
    _add_dating(router, assistant)
    _add_deleting(router, assistant)
    return router


def _add_folders(router: APIRouter, assistant: Assistant) -> None:
    @router.get("/folders")
    def folders() -> FoldersReply:
        return FoldersReply(folders=[folder_json(state) for state in assistant.watched.states()])

    @router.post("/folders")
    def watch(what: Watched, request: Request) -> FoldersReply:
        if not owns_the_computer(request):
            words = t("Folders are chosen by whoever runs this computer. Ask them, or add files.")
            raise HTTPException(403, words)
        assistant.watched.add(_text(what.path), what.copy_files)
        return folders()

    @router.post("/folders/remove")
    def unwatch(what: Unwatched) -> FoldersReply:
        if not assistant.watched.remove(_text(what.path)):
            raise HTTPException(404, t("This folder is not watched."))
        return folders()


def _add_clocks(router: APIRouter, assistant: Assistant) -> None:
    store = assistant.store

    @router.get("/devices")
    def devices() -> DevicesReply:
        found = clocks.devices(store)
        return DevicesReply(devices=[device_json(one, assistant.timezone) for one in found])

    @router.post("/clock")
    def correct(what: Correction) -> MovedReply:
        return moved_json(clocks.set_clock(store, what.device, what.seconds))


def _add_dating(router: APIRouter, assistant: Assistant) -> None:
    store = assistant.store

    @router.get("/undated")
    def undated() -> UndatedListReply:
        """Recordings whose date nobody knows; they are shown when they were added."""
        return UndatedListReply(
            undated=[undated_json(recording) for recording in clocks.undated(store)]
        )

    @router.post("/start")
    def start(what: Start) -> MovedReply:
        """Dates a recording, with the other parts of its take."""
        return moved_json(clocks.set_start(store, what.recording, what.start))


def _add_deleting(router: APIRouter, assistant: Assistant) -> None:
    store = assistant.store

    def forget(request: DeletionRequest) -> Sequence[FileAction]:
        return assistant.privacy.forget(request).files

    @router.post("/delete", dependencies=EMPTIES_CACHE)
    def delete(what: Deleted) -> RemovalReply:
        if what.recording:
            gone = deleting.delete_recording(store, forget, what.recording)
        else:
            gone = deleting.delete_job(store, forget, what.job)
        return removal_json(gone)

    @router.post("/allow")
    def allow(what: Allowed) -> QueuedReply:
        """Lets a file be added of which something was forgotten, and adds it."""
        job = store.jobs.get(what.job)
        path = None if job is None or not job.path else Path(job.path)
        try:
            allowed = path is not None and assistant.privacy.allow(path)
        except OSError as error:
            raise HTTPException(422, t("The file is not there now. Add it again.")) from error
        if path is None or not allowed:
            raise HTTPException(404, t("Nothing of this file was forgotten."))
        assistant.enqueue(path)
        return QueuedReply(queued=True)


def _text(text: str) -> str:
    """Raises 422 for what no name of a file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise HTTPException(422, t("That name cannot be read.")) from error
    return text
