"""``/api/uploads``: announce a file (POST), ask how far it is (HEAD), send pieces (PATCH).

POST says where to go on, PATCH takes the bytes that follow ``Upload-Offset``; a piece that is cut
off keeps what arrived. When the last byte is there the file is queued for ingest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from app.uploads import Arrival, TooMuch, UploadError, UploadFolder, WrongOffset

if TYPE_CHECKING:
    from app.assistant import Assistant

MOST_PER_PIECE = 64 * 2**20


class Announcement(BaseModel):
    """What a page says of a file before it sends it."""

    name: Annotated[str, Field(min_length=1, max_length=4096)]
    size: Annotated[int, Field(ge=0, lt=2**50)]
    modified: Annotated[float, Field(ge=0, lt=2**36, description="seconds UTC")]
    sha256: Annotated[str, Field(pattern=r"^([0-9a-fA-F]{64})?$")] = ""


def upload_router(assistant: Assistant) -> APIRouter:
    """The routes of resumable uploads."""
    router = APIRouter(prefix="/api/uploads")
    folder = UploadFolder(assistant.store.media.uploads)

    @router.post("")
    def begin(what: Announcement) -> Response:
        try:
            arrival = folder.begin(what.name, what.size, what.modified, what.sha256)
        except UploadError as error:
            return _refused(error)
        if arrival.path is not None:
            assistant.enqueue(arrival.path)
        return _report(arrival)

    @router.get("")
    def unfinished() -> list[dict[str, object]]:
        return [_arrival_json(arrival) for arrival in folder.unfinished()]

    @router.head("/{upload_id}")
    def offset(upload_id: str) -> Response:
        try:
            return _report(folder.status(upload_id))
        except UploadError as error:
            return _refused(error)

    @router.patch("/{upload_id}")
    async def send(
        upload_id: str, request: Request, upload_offset: Annotated[int, Header(ge=0)]
    ) -> Response:
        try:
            return _report(await _receive(folder, assistant, upload_id, request, upload_offset))
        except UploadError as error:
            return _refused(error)
        except ClientDisconnect:  # what arrived is kept; nobody is there to be told
            return Response(status_code=499)

    @router.delete("/{upload_id}")
    def cancel(upload_id: str) -> Response:
        try:
            folder.cancel(upload_id)
        except UploadError as error:
            return _refused(error)
        return Response(status_code=204)

    return router


async def _receive(
    folder: UploadFolder, assistant: Assistant, upload_id: str, request: Request, offset: int
) -> Arrival:
    begun = await run_in_threadpool(folder.status, upload_id)
    if offset != begun.offset:
        raise WrongOffset(begun.offset)
    limit = offset + MOST_PER_PIECE
    if int(request.headers.get("content-length") or 0) > MOST_PER_PIECE:
        raise TooMuch(f"at most {MOST_PER_PIECE} bytes in one piece")
    async for piece in request.stream():
        if offset + len(piece) > limit:
            raise TooMuch(f"at most {MOST_PER_PIECE} bytes in one piece")
        if piece:
            offset = await run_in_threadpool(folder.append, upload_id, offset, piece)
    if offset < begun.upload.size:
        return Arrival(begun.upload, offset)
    path = await run_in_threadpool(folder.finish, upload_id)
    assistant.enqueue(path)
    return Arrival(begun.upload, offset, path)


def _arrival_json(arrival: Arrival) -> dict[str, object]:
    return {
        "id": arrival.upload.id,
        "name": arrival.upload.name,
        "size": arrival.upload.size,
        "offset": arrival.offset,
        "percent": math.floor(100 * arrival.offset / arrival.upload.size),
        "done": arrival.path is not None,
    }


def _report(arrival: Arrival) -> Response:
    headers = {
        "Upload-Offset": str(arrival.offset),
        "Upload-Length": str(arrival.upload.size),
        "Cache-Control": "no-store",
    }
    return JSONResponse(_arrival_json(arrival), headers=headers)


def _refused(error: UploadError) -> Response:
    offset = {"offset": error.offset} if isinstance(error, WrongOffset) else {}
    headers = {"Upload-Offset": str(error.offset)} if isinstance(error, WrongOffset) else {}
    return JSONResponse({"error": str(error), **offset}, error.status, headers)
