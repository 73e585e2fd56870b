"""``/api/backup``, ``/api/export``: the whole home as a download."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, SecretStr

from app.api_models.privacy import ArchiveReply, BackupsReply, FileFaultReply, LastBackupReply
from app.backup.fault_text import count_words, fault_lines
from app.backup.passphrases import LONGEST, SHORTEST
from app.backup.service import BackupService
from app.http.openapi import file_reply
from app.presentation.i18n import t
from app.presentation.rendering import local_time
from app.routes.library.downloads import Downloads, Waiting
from memory.db.disk_space import DiskNearlyFull, size_words
from memory.integrity.file_faults import FileFault, kept_faults
from memory.types.errors import StoreBusy, StoreError

if TYPE_CHECKING:
    from app.assistant import Assistant

Made = TypeVar("Made")
PAUSE = 5.0  # seconds between two downloads: each reads the whole home
_BLOCK = 2**18


class WantedBackup(BaseModel):
    """``originals``: also the recordings that are kept in the home, which may be very large.

    With ``later`` the answer is not the file but the ``address`` where it can be had once.
    """

    passphrase: SecretStr
    originals: bool = False
    later: bool = False


class WantedExport(BaseModel):
    """``originals``: the recordings themselves as well, wherever they lie; ``later`` as above."""

    originals: bool = False
    later: bool = False


def keep_router(assistant: Assistant) -> APIRouter:
    """``/api/backup`` (GET: the last one; POST: a new one), ``/api/export`` (POST)."""
    router = APIRouter(prefix="/api", tags=["backup"])
    desk, turn, downloads = BackupService(assistant.store), _Turn(), Downloads()

    def handed(
        file: BinaryIO, name: str, kind: str, later: bool, faults: Sequence[FileFault]
    ) -> Response:
        if not later:
            return _download(file, name, kind)
        key = downloads.put(Waiting(file, name, kind))
        size = os.fstat(file.fileno()).st_size
        address = f"/api/backup/{key}"
        return JSONResponse(_archive(address, name, size, faults).model_dump())

    @router.get("/backup", response_model_exclude_unset=True)
    def last() -> BackupsReply:
        faults = kept_faults(assistant.store)
        words = [_last_words(assistant, desk), *_kept_words(len(faults))]
        return BackupsReply(
            last=None if desk.last is None else LastBackupReply(**desk.last),
            words=" ".join(words),
            faults=_faults(faults),
        )

    @router.post(
        "/backup",
        response_class=Response,
        responses=file_reply("application/x-tar", or_json=ArchiveReply),
    )
    def backup(backup: WantedBackup) -> Response:
        passphrase = _checked(backup.passphrase.get_secret_value())
        file, body = turn.take(lambda: desk.backup_to_send(passphrase, originals=backup.originals))
        return handed(file, body.path.name, "application/x-tar", backup.later, body.faults)

    @router.post(
        "/export",
        response_class=Response,
        responses=file_reply("application/zip", or_json=ArchiveReply),
    )
    def export(export: WantedExport) -> Response:
        file, faults = turn.take(lambda: desk.export_to_send(with_originals=export.originals))
        name = time.strftime("egobutler-%Y%m%d.zip", time.gmtime())
        return handed(file, name, "application/zip", export.later, faults)

    @router.get(
        "/backup/{key}",
        response_class=Response,
        responses=file_reply("application/octet-stream"),
    )
    def made_before(key: str) -> Response:
        download = downloads.take(key)
        if download is None:
            words = t("This file was fetched already, or waited too long. Make it again.")
            raise HTTPException(404, words)
        return _download(download.file, download.name, download.kind)

    return router


def _archive(address: str, name: str, size: int, faults: Sequence[FileFault]) -> ArchiveReply:
    """Where to fetch a file, and what is wrong with the recordings in it."""
    return ArchiveReply(
        address=address,
        name=name,
        bytes=size,
        faults=_faults(faults),
        trouble=t("Not all is well: {what}.", what=count_words(len(faults))) if faults else "",
        trouble_lines=fault_lines(faults),
    )


def _faults(faults: Sequence[FileFault]) -> list[FileFaultReply]:
    return [FileFaultReply(**fault.row()) for fault in faults]


def _last_words(assistant: Assistant, desk: BackupService) -> str:
    if (last := desk.last) is None:
        return t("There is no backup yet.")
    words = t(
        "The last backup: {when}, {n} recordings, {size}.",
        when=f"{local_time(float(last['at']), assistant.timezone):%Y-%m-%d %H:%M}",
        n=last["recordings"],
        size=size_words(int(last["bytes"])),
    )
    if faults := int(last.get("faults", 0)):
        words += " " + t("Not all is well: {what}.", what=count_words(faults))
    return words


def _kept_words(count: int) -> list[str]:
    """A sentence where recordings of the library are damaged or missing now."""
    if not count:
        return []
    more = t("The command “egobutler verify” names them and says what helps.")
    if count == 1:
        return [t("1 recording kept in the library is damaged or missing."), more]
    return [t("{n} recordings kept in the library are damaged or missing.", n=count), more]


class _Turn:
    """One download is made at a time, and not one after another without a pause."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = -PAUSE

    def take(self, make: Callable[[], Made]) -> Made:
        if not self._lock.acquire(blocking=False):
            raise _later(t("Another backup or export is being made. Try again when it is done."))
        try:
            wait = self._ended + PAUSE - time.monotonic()
            if wait > 0:
                raise _later(t("That was only just done. Try again in a few seconds."))
            try:
                return make()
            except StoreBusy as error:
                raise HTTPException(409, str(error)) from error
            except StoreError as error:
                full = isinstance(error, DiskNearlyFull)
                raise HTTPException(507 if full else 503, str(error)) from error
            finally:
                self._ended = time.monotonic()
        finally:
            self._lock.release()


def _later(words: str) -> HTTPException:
    return HTTPException(429, words, headers={"Retry-After": str(int(PAUSE))})


def _checked(passphrase: str) -> str:
    if not SHORTEST <= len(passphrase) <= LONGEST:
        words = t(
            "The passphrase must have {least} to {most} letters.", least=SHORTEST, most=LONGEST
        )
        raise HTTPException(400, words)
    if any("\ud800" <= letter <= "\udfff" for letter in passphrase):
        raise HTTPException(400, t("The passphrase holds a broken letter."))
    return passphrase


def _download(file: BinaryIO, name: str, kind: str) -> StreamingResponse:
    def blocks() -> Iterator[bytes]:
        with file:
            while block := file.read(_BLOCK):
                yield block

    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(os.fstat(file.fileno()).st_size),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(blocks(), media_type=kind, headers=headers)
