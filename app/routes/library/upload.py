"""``/api/uploads``: files come in by the tus protocol, version 1.0 (https://tus.io).

POST announces a file, HEAD says how far it is, PATCH takes the bytes that follow ``Upload-Offset``,
DELETE throws it away. A piece with an ``Upload-Checksum`` is written whole or not at all; one
without leaves what arrived when it is cut off. With its last byte the file is checked, gets its
name and is queued for ingest. Of our own is GET, which lists what is unfinished.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from app.api_models.uploads import UploadRefused, UploadReply
from app.http.openapi import BINARY, Responses, refused
from app.library.admission import content_refusal, name_refusal
from app.presentation.i18n import translate
from app.uploads import tus
from app.uploads.checks import BLOCK
from app.uploads.errors import (
    NotARecording,
    TooMuch,
    UploadDiskFull,
    UploadError,
    WrongForm,
    WrongOffset,
)
from app.uploads.uploads import HEAD, Arrival, UploadFolder

if TYPE_CHECKING:
    from app.assistant import Assistant

REFUSALS: Responses = {
    status: refused(words, "UploadRefused", "Refused", plain=status == 400)
    for status, words in {
        400: "The piece or its headers are off",
        404: "There is no such upload",
        409: "The piece does not follow what is there; go on from Upload-Offset",
        412: "The client does not speak tus 1.0",
        413: "Too much at once, or too large a file",
        415: "No recording, or no piece of one",
        460: "The piece arrived damaged; send it again",
        503: "The home cannot be written",
        507: "There is not enough room",
    }.items()
}
ROOM = {**REFUSALS[507], "model": UploadRefused}  # the one that gives the model
PIECE = {"requestBody": {"content": {tus.CONTENT_TYPE: BINARY}}}
MOST_CHECKED = 16 * 2**20  # a piece with a checksum is in memory until it is whole
MOST_DRAINED = 64 * 2**20  # of a refused piece; then the line is cut
_TUS = {"Tus-Resumable": tus.VERSION, "Cache-Control": "no-store"}

Version = Annotated[str, Header(alias="Tus-Resumable", max_length=20)]


def upload_router(assistant: Assistant) -> APIRouter:
    """The routes of resumable uploads."""
    router = APIRouter(prefix="/api/uploads", tags=["uploads"], responses=REFUSALS)
    folder = UploadFolder(assistant.store.media.uploads, refusal=content_refusal)
    arrivals = _Arrivals(assistant, folder)
    _add_announcing(router, folder, arrivals)
    _add_sending(router, folder, arrivals)
    return router


def _add_announcing(router: APIRouter, folder: UploadFolder, arrivals: _Arrivals) -> None:
    @router.options("", status_code=204, response_class=Response)
    @router.options("/{upload_id}", status_code=204, include_in_schema=False)
    def abilities() -> Response:
        return Response(status_code=204, headers=tus.ABILITIES | _TUS)

    @router.post("", status_code=201, response_class=Response, responses={507: ROOM})
    @router.post("/", status_code=201, include_in_schema=False)
    def begin(
        upload_length: Annotated[int, Header(ge=0)] = -1,
        upload_metadata: Annotated[str, Header(max_length=20_000)] = "",
        tus_resumable: Version = "",
    ) -> Response:
        try:
            tus.require_version(tus_resumable)
            return _begun(arrivals.begin(upload_length, upload_metadata), folder)
        except UploadError as error:
            return _refused(error)

    @router.get("")
    def unfinished() -> list[UploadReply]:
        return [_reply(arrival) for arrival in folder.unfinished()]

    @router.head("/{upload_id}", response_class=Response)
    def offset(upload_id: str, tus_resumable: Version = "") -> Response:
        try:
            tus.require_version(tus_resumable)
            return _report(arrivals.settled(folder.status(upload_id)), folder, 200)
        except UploadError as error:
            return _refused(error)


def _add_sending(router: APIRouter, folder: UploadFolder, arrivals: _Arrivals) -> None:
    @router.patch("/{upload_id}", status_code=204, response_class=Response, openapi_extra=PIECE)
    async def send(
        upload_id: str,
        request: Request,
        upload_offset: Annotated[int, Header(ge=0)],
        content_type: Annotated[str, Header(max_length=200)] = "",
        upload_checksum: Annotated[str, Header(max_length=200)] = "",
        tus_resumable: Version = "",
    ) -> Response:
        try:
            tus.require_version(tus_resumable)
            if content_type != tus.CONTENT_TYPE:
                raise WrongForm(f"a piece is sent with Content-Type: {tus.CONTENT_TYPE}")
            piece = _Piece(folder, upload_id, upload_offset, upload_checksum)
            arrival = await piece.receive(request)
            return _report(await run_in_threadpool(arrivals.settled, arrival), folder, 204)
        except UploadError as error:
            await _drain(request)
            return _refused(error)
        except ClientDisconnect:  # nobody is there to be told
            return Response(status_code=499)

    @router.delete("/{upload_id}", status_code=204)
    def cancel(upload_id: str, tus_resumable: Version = "") -> Response:
        try:
            tus.require_version(tus_resumable)
            folder.cancel(upload_id)
        except UploadError as error:
            return _refused(error)
        return Response(status_code=204, headers=_TUS)

    @router.post("/{upload_id}", include_in_schema=False)
    async def other_method(upload_id: str, request: Request) -> Response:
        """PATCH and DELETE for those whose network lets neither through."""
        headers = request.headers
        version = headers.get("tus-resumable", "")
        match headers.get("x-http-method-override", "").upper():
            case "PATCH" if headers.get("upload-offset", "").isdecimal():
                return await send(
                    upload_id,
                    request,
                    int(headers["upload-offset"][:20]),
                    headers.get("content-type", ""),
                    headers.get("upload-checksum", ""),
                    version,
                )
            case "DELETE":
                return await run_in_threadpool(cancel, upload_id, version)
        raise HTTPException(405)


class _Arrivals:
    """What becomes of uploads at their beginning and their end."""

    def __init__(self, assistant: Assistant, folder: UploadFolder) -> None:
        self._assistant, self._folder = assistant, folder

    def begin(self, length: int, metadata: str) -> Arrival:
        """Announces a file. Raises UploadError, also for what is no recording by its name."""
        if length < 0:
            raise UploadError("Upload-Length must say how many bytes the file has")
        what = tus.announcement(length, metadata)
        if reason := name_refusal(what.name, what.kind):
            raise NotARecording(reason)
        arrival = self._folder.begin(what)
        self._enqueue(arrival)
        return arrival

    def settled(self, arrival: Arrival) -> Arrival:
        """The upload; with its last byte, or where a process died right after it, it is placed."""
        if not arrival.complete or not arrival.upload.name:
            return arrival
        try:
            arrival = self._folder.finish(arrival.upload.id)
        except WrongOffset:  # another sender's last byte came first
            return self._folder.status(arrival.upload.id)
        self._enqueue(arrival)
        return arrival

    def _enqueue(self, arrival: Arrival) -> None:
        if arrival.path is not None:
            self._assistant.enqueue([arrival.path])


class _Piece:
    """A piece on its way into the folder. Writing and hashing happen in other threads."""

    def __init__(self, folder: UploadFolder, upload_id: str, offset: int, checksum: str) -> None:
        self.offset = offset
        self._folder = folder
        self._id = upload_id
        self._checksum = checksum
        self._pending = bytearray()

    async def receive(self, request: Request) -> Arrival:
        """Writes the piece; the upload as it is then. Raises UploadError, ClientDisconnect."""
        begun = await run_in_threadpool(self._folder.status, self._id)
        if self.offset != begun.offset:
            raise WrongOffset(begun.offset)
        most = begun.upload.size - begun.offset
        if self._checksum:
            most = min(most, MOST_CHECKED)
        if int(request.headers.get("content-length") or 0) > most:
            raise TooMuch(f"at most {most} bytes in this piece", self.offset)
        taken = 0
        try:
            async for some in request.stream():
                taken += len(some)
                if taken > most:
                    raise TooMuch(f"at most {most} bytes in this piece", self.offset)
                self._pending += some
                if len(self._pending) >= BLOCK and not self._checksum:
                    await self._write()
        except ClientDisconnect:
            if not self._checksum:
                await self._write()
            raise
        await self._write()
        return Arrival(begun.upload, self.offset)

    async def _write(self) -> None:
        block, self._pending = self._pending, bytearray()
        if self.offset == 0 and len(block) >= HEAD:
            await run_in_threadpool(self._folder.judge, self._id, block[:HEAD])
        if block or self._checksum:
            self.offset = await run_in_threadpool(
                self._folder.append, self._id, self.offset, block, self._checksum
            )


async def _drain(request: Request) -> None:
    """Reads what is still coming of a refused piece: who is still sending hears no answer."""
    remaining = MOST_DRAINED
    with suppress(ClientDisconnect, RuntimeError):  # nobody there, or all read already
        async for some in request.stream():
            remaining -= len(some)
            if remaining < 0:
                return


def _reply(arrival: Arrival) -> UploadReply:
    upload = arrival.upload
    return UploadReply(
        id=upload.id,
        name=upload.name,
        size=upload.size,
        modified=upload.modified,
        first=upload.first,
        offset=arrival.offset,
        percent=math.floor(100 * arrival.offset / upload.size),
    )


def _begun(arrival: Arrival, folder: UploadFolder) -> Response:
    upload = arrival.upload.id
    expires = tus.expiry(folder.expires(upload))
    headers = {"Location": f"/api/uploads/{upload}", "Upload-Expires": expires}
    return Response(status_code=201, headers=headers | _TUS)


def _report(arrival: Arrival, folder: UploadFolder, status: int) -> Response:
    headers = {
        "Upload-Offset": str(arrival.offset),
        "Upload-Length": str(arrival.upload.size),
        "Upload-Expires": tus.expiry(folder.expires(arrival.upload.id)),
    }
    if arrival.upload.metadata:
        headers["Upload-Metadata"] = arrival.upload.metadata
    return Response(status_code=status, headers=headers | _TUS)


def _refused(error: UploadError) -> Response:
    reply = UploadRefused(error=translate(str(error)))
    headers = dict(_TUS)
    if error.offset is not None:
        reply.offset = error.offset
        headers["Upload-Offset"] = str(error.offset)
    if isinstance(error, UploadDiskFull):
        reply.missing, reply.free = error.missing, error.free
    if error.status == 412:
        headers["Tus-Version"] = tus.VERSION
    return JSONResponse(reply.model_dump(exclude_unset=True), error.status, headers)
