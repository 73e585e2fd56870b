"""``/api/backup``, ``/api/export``: the whole home as a download."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, SecretStr

from app.api_models.privacy import ArchiveReply, BackupsReply, LastBackupReply
from app.backup.archives import Archive, fault_replies
from app.http.openapi import file_reply
from app.presentation.i18n import t

if TYPE_CHECKING:
    from app.assistant import Assistant

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
    archives = assistant.archives

    def handed(archive: Archive, later: bool) -> Response:
        if later:
            return JSONResponse(archives.offer(archive).model_dump())
        return _download(archive.file, archive.name, archive.kind)

    @router.get("/backup", response_model_exclude_unset=True)
    def last() -> BackupsReply:
        words, faults = archives.status(assistant.timezone)
        made = archives.backups.last
        return BackupsReply(
            last=None if made is None else LastBackupReply(**made),
            words=words,
            faults=fault_replies(faults),
        )

    @router.post(
        "/backup",
        response_class=Response,
        responses=file_reply("application/x-tar", or_json=ArchiveReply),
    )
    def backup(backup: WantedBackup) -> Response:
        passphrase, originals = backup.passphrase.get_secret_value(), backup.originals
        return handed(archives.backup(passphrase, originals=originals), backup.later)

    @router.post(
        "/export",
        response_class=Response,
        responses=file_reply("application/zip", or_json=ArchiveReply),
    )
    def export(export: WantedExport) -> Response:
        return handed(archives.export(originals=export.originals), export.later)

    @router.get(
        "/backup/{key}", response_class=Response, responses=file_reply("application/octet-stream")
    )
    def made_before(key: str) -> Response:
        download = archives.downloads.take(key)
        if download is None:
            words = t("This file was fetched already, or waited too long. Make it again.")
            raise HTTPException(404, words)
        return _download(download.file, download.name, download.kind)

    return router


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
