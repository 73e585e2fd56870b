"""``/api/uploads``: announce a file (POST), ask how far it is (HEAD), send pieces (PATCH).

POST says where to go on, PATCH takes the bytes that follow ``Upload-Offset``. A piece with an
``Upload-Checksum`` is kept whole or not at all; one without keeps what arrived when it is cut off.
With the last byte (or an empty piece after it) may come ``Upload-Tree``, the hash of the whole
file; then the file is checked, gets its name and is queued for ingest.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from app.api_models.uploads import UploadRefused, UploadReply
from app.http.openapi import BINARY, Responses, refused
from app.uploads.checks import BLOCK
from app.uploads.errors import TooMuch, UploadDiskFull, UploadError, WrongOffset
from app.uploads.uploads import Arrival, UploadFolder

if TYPE_CHECKING:
    from app.assistant import Assistant

REFUSALS: Responses = {
    status: refused(words, "UploadRefused", "Refused", plain=status == 400)
    for status, words in {
        400: "The piece or its headers are off",
        404: "There is no such upload",
        409: "The piece does not follow what is there; go on from Upload-Offset",
        411: "The length is missing",
        413: "Too much at once",
        415: "This kind of checksum is not known",
        460: "The piece arrived damaged; send it again",
        503: "The home cannot be written",
        507: "There is not enough room",
    }.items()
}
ROOM = {**REFUSALS[507], "model": UploadRefused}  # the one that gives the model
PIECE = {"requestBody": {"content": {"application/octet-stream": BINARY}}}
MOST_PER_PIECE = 64 * 2**20
MOST_CHECKED = 16 * 2**20  # a piece with a checksum is held in memory until it is whole


class Announcement(BaseModel):
    """What a page says of a file before it sends it."""

    name: Annotated[str, Field(min_length=1, max_length=4096)]
    size: Annotated[int, Field(ge=0, lt=2**50)]
    modified: Annotated[float, Field(ge=0, lt=2**36, description="seconds UTC")]
    sha256: Annotated[str, Field(pattern=r"^([0-9a-fA-F]{64})?$")] = ""
    first: Annotated[
        str,
        Field(
            pattern=r"^([0-9a-fA-F]{64})?$",
            description="SHA-256 of the first 8 MiB; without it and sha256, a file of the same "
            "name, size and time of change that is there already is taken for this one",
        ),
    ] = ""


def upload_router(assistant: Assistant) -> APIRouter:
    """The routes of resumable uploads."""
    router = APIRouter(prefix="/api/uploads", tags=["uploads"], responses=REFUSALS)
    folder = UploadFolder(assistant.store.media.uploads)

    @router.post("", response_model=UploadReply, responses={507: ROOM})
    def begin(what: Announcement) -> Response:
        try:
            arrival = folder.begin(what.name, what.size, what.modified, what.sha256, what.first)
        except UploadError as error:
            return _refused(error)
        if arrival.path is not None:
            assistant.enqueue([arrival.path])
        return _report(arrival)

    @router.get("")
    def unfinished() -> list[UploadReply]:
        return [_reply(arrival) for arrival in folder.unfinished()]

    @router.head("/{upload_id}", response_class=Response)
    def offset(upload_id: str) -> Response:
        try:
            return _report(folder.status(upload_id))
        except UploadError as error:
            return _refused(error)

    @router.patch("/{upload_id}", response_model=UploadReply, openapi_extra=PIECE)
    async def send(
        upload_id: str,
        request: Request,
        upload_offset: Annotated[int, Header(ge=0)],
        upload_checksum: Annotated[str, Header(max_length=200)] = "",
        upload_tree: Annotated[str, Header(pattern=r"^([0-9a-fA-F]{64})?$")] = "",
    ) -> Response:
        piece = _Piece(folder, upload_id, upload_offset, upload_checksum)
        try:
            begun = await piece.receive(request)
            if piece.offset < begun.upload.size:
                return _report(Arrival(begun.upload, piece.offset))
            arrival = await run_in_threadpool(_finish, assistant, folder, begun, upload_tree)
            return _report(arrival)
        except UploadError as error:
            await _drain(request)
            return _refused(error)
        except ClientDisconnect:  # nobody is there to be told
            return Response(status_code=499)

    @router.delete("/{upload_id}", status_code=204)
    def cancel(upload_id: str) -> Response:
        try:
            folder.cancel(upload_id)
        except UploadError as error:
            return _refused(error)
        return Response(status_code=204)

    return router


class _Piece:
    """A piece on its way into the folder. Writing and hashing happen in other threads."""

    def __init__(self, folder: UploadFolder, upload_id: str, offset: int, checksum: str) -> None:
        self.offset = offset
        self._folder = folder
        self._id = upload_id
        self._checksum = checksum
        self._held = bytearray()

    async def receive(self, request: Request) -> Arrival:
        """Keeps the piece; the upload as it was before. Raises UploadError, ClientDisconnect."""
        begun = await run_in_threadpool(self._folder.status, self._id)
        if self.offset != begun.offset:
            raise WrongOffset(begun.offset)
        most = MOST_CHECKED if self._checksum else MOST_PER_PIECE
        if int(request.headers.get("content-length") or 0) > most:
            raise TooMuch(f"at most {most} bytes in one piece")
        taken = 0
        try:
            async for some in request.stream():
                taken += len(some)
                if taken > most:
                    raise TooMuch(f"at most {most} bytes in one piece")
                self._held += some
                if len(self._held) >= BLOCK and not self._checksum:
                    await self._keep()
        except ClientDisconnect:
            if not self._checksum:
                await self._keep()
            raise
        await self._keep()
        return begun

    async def _keep(self) -> None:
        block, self._held = self._held, bytearray()
        if block or self._checksum:
            self.offset = await run_in_threadpool(
                self._folder.append, self._id, self.offset, block, self._checksum
            )


def _finish(assistant: Assistant, folder: UploadFolder, begun: Arrival, tree: str) -> Arrival:
    path = folder.finish(begun.upload.id, tree)
    assistant.enqueue([path])
    return Arrival(begun.upload, begun.upload.size, path)


async def _drain(request: Request) -> None:
    """Reads what is still coming of a refused piece: who is still sending hears no answer."""
    remaining = MOST_PER_PIECE
    with suppress(ClientDisconnect, RuntimeError):  # nobody there, or all read already
        async for some in request.stream():
            remaining -= len(some)
            if remaining < 0:
                return


def _reply(arrival: Arrival) -> UploadReply:
    return UploadReply(
        id=arrival.upload.id,
        name=arrival.upload.name,
        size=arrival.upload.size,
        offset=arrival.offset,
        percent=math.floor(100 * arrival.offset / arrival.upload.size),
        done=arrival.path is not None,
        block=BLOCK,
    )


def _report(arrival: Arrival) -> Response:
    headers = {
        "Upload-Offset": str(arrival.offset),
        "Upload-Length": str(arrival.upload.size),
        "Cache-Control": "no-store",
    }
    return JSONResponse(_reply(arrival).model_dump(), headers=headers)


def _refused(error: UploadError) -> Response:
    reply = UploadRefused(error=str(error))
    headers = {"Cache-Control": "no-store"}
    if error.offset is not None:
        reply.offset = error.offset
        headers["Upload-Offset"] = str(error.offset)
    if isinstance(error, UploadDiskFull):
        reply.missing, reply.free = error.missing, error.free
    return JSONResponse(reply.model_dump(exclude_unset=True), error.status, headers)
