"""Recordings and thumbnails as files: any byte range, no copies, no transcoding, no directories."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from fastapi import APIRouter, HTTPException, Request
from fastapi import Path as PathParam
from fastapi.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from app.across.cards import AT, granted_recording
from app.auth.request_context import RequestContext
from app.days.storyboards import ROUNDING, picture_at, storyboard_vtt
from app.http.byte_ranges import canonical_range
from app.http.compression import compressed_reply
from app.http.get_and_head import get_and_head
from app.http.openapi import BINARY, Responses, file_reply
from app.presentation.i18n import t
from app.routes.access.visits import Visits
from memory.store.store import Store
from memory.types.core import Recording

if TYPE_CHECKING:
    from app.assistant import Assistant

SeenRecording: TypeAlias = tuple[Store, Recording, str]
Second = Annotated[float, PathParam(ge=0, allow_inf_nan=False)]
_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
    ".avi": "video/x-msvideo",
    ".ts": "video/mp2t",
    ".mts": "video/mp2t",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".aac": "audio/aac",
    # Pictures that run nothing: never SVG.
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
}


def media_type(path: Path) -> str:
    """The MIME type of a recording. Never one that a browser would run, whatever the name says."""
    known = _TYPES.get(path.suffix.lower())
    if known:
        return known
    known = mimetypes.guess_type(path.name)[0] or ""
    return known if known.startswith(("video/", "audio/")) else "application/octet-stream"


class RangedFile(FileResponse):
    """A file of which any part can be asked for; ranges as in RFC 9110, section 14."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it, having put the Range header into the one form that FileResponse gets right."""
        size = Path(self.path).stat().st_size
        headers: list[tuple[bytes, bytes]] = []
        for name, value in scope["headers"]:
            if name != b"range":
                headers.append((name, value))
            elif scope["method"] == "GET":  # a range means nothing to other methods
                ranges = canonical_range(value.decode("latin-1"), size)
                headers += [] if ranges is None else [(b"range", ranges.encode())]
        await super().__call__({**scope, "headers": headers}, receive, send)


def media_replies() -> Responses:
    """The ``responses`` of a route that sends a recording, whole or in parts."""
    media = ("video/*", "audio/*", "application/octet-stream")
    parts = dict.fromkeys((*media, "multipart/byteranges"), BINARY)
    return {
        **file_reply(*media),
        206: {"description": "The bytes that were asked for", "content": parts},
        416: {"description": "None of the bytes that were asked for are there"},
    }


def media_router(assistant: Assistant) -> APIRouter:
    """``/media/{recording}``, and ``/thumbnails/{recording}/{picture}`` with storyboards.

    ``RECORDING@NAME`` is one of somebody else's, while they let it be played: no browser keeps any
    of it. A sheet of a storyboard holds half a minute of a life: a browser asks whether it is still
    there each time, so that it does not outlive a forgetting.
    """
    router, visits = APIRouter(tags=["recordings"]), Visits(assistant)
    no_picture: Responses = {204: {"description": "There is no picture of this second"}}

    def visible(request: Request, address: str) -> AbstractContextManager[SeenRecording]:
        return found_recording(assistant, visits.of(request), address)

    @get_and_head(router, "/media/{recording_id}", media_replies())
    def film(recording_id: str, request: Request, download: str | None = None) -> FileResponse:
        with visible(request, recording_id) as (store, recording, fresh):
            kind = "inline" if download is None else "attachment"
            return _film(store, recording, fresh or "private, no-cache", kind)

    @get_and_head(router, "/thumbnails/{recording_id}/storyboard.vtt", file_reply("text/vtt"))
    def storyboard(recording_id: str, request: Request) -> Response:
        with visible(request, recording_id) as (store, recording, fresh):
            return _storyboard(store, recording, fresh or "private, no-cache", request)

    @get_and_head(
        router,
        "/thumbnails/{recording_id}/at/{second}",
        file_reply("image/jpeg") | no_picture,
    )
    def second_picture(recording_id: str, second: Second, request: Request) -> Response:
        """The picture of a second of a recording. No browser keeps it: it may be forgotten."""
        with visible(request, recording_id) as (store, recording, _):
            return _picture(store, recording, second)

    @get_and_head(router, "/thumbnails/{recording_id}/{name}", file_reply("image/jpeg"))
    def thumbnail(recording_id: str, name: str, request: Request) -> Response:
        with visible(request, recording_id) as (store, recording, fresh):
            return _thumbnail(store, recording, name, fresh, request)

    return router


@contextmanager
def found_recording(
    assistant: Assistant, seen: RequestContext, address: str
) -> Iterator[SeenRecording]:
    """The recording of an address: with its store, and how long a browser may keep what is sent of
    one of somebody else's ("" of the own). Raises HTTPException where there is none to be seen."""
    own = assistant.store.recordings.get(address)
    if own is not None or AT not in address:
        if own is None:
            raise HTTPException(404, t("There is no such recording."))
        yield assistant.store, own, ""
        return
    with granted_recording(seen.accounts, seen.account, address) as granted:
        if granted is None:
            raise HTTPException(404, t("There is no such recording."))
        yield *granted, "private, no-store"


def _film(store: Store, original: Recording, fresh: str, disposition: str) -> FileResponse:
    path = store.original(original)
    if path is None or not path.is_file():
        raise HTTPException(
            404, "This recording is not here, or its file was moved away or replaced."
        )
    if store.forgotten.stretches(original):
        raise HTTPException(
            409,
            t(
                "A part of this recording was forgotten, but its file still holds it, so the "
                "file is not shown. The player shows a copy without that part."
            ),
        )
    return RangedFile(
        path,
        media_type=media_type(path),
        filename=original.name,
        content_disposition_type=disposition,
        headers={"Cache-Control": fresh},
    )


def _storyboard(store: Store, original: Recording, age: str, request: Request) -> Response:
    boards = store.perceptions.storyboards(original.id)
    body = storyboard_vtt(boards, original).encode()
    tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
    fresh = {"Cache-Control": age, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=fresh)
    return compressed_reply(request, body, "text/vtt", fresh)


def _picture(store: Store, original: Recording, second: float) -> Response:
    at = original.start + second + ROUNDING
    board = store.perceptions.storyboard_at(original.id, at)
    image = picture_at(store.home, board, original, second) if board else None
    if image is None:
        return Response(status_code=204)
    return Response(image, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _thumbnail(
    store: Store, original: Recording, name: str, fresh: str, request: Request
) -> Response:
    path = thumbnail_file(store.media.thumbnails, original.id, name)
    if path is None:
        raise HTTPException(404, t("There is no such picture."))
    stat = path.stat()
    tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    age = "no-cache" if name.endswith("-sheet.jpg") else "max-age=600"
    cached = {"Cache-Control": fresh or f"private, {age}", "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=cached)
    return RangedFile(path, media_type="image/jpeg", headers=cached, stat_result=stat)


def thumbnail_file(folder: Path, recording_id: str, name: str) -> Path | None:
    """The picture's file, or None where there is none or the names would lead elsewhere."""
    if not name.endswith(".jpg") or name.startswith(".") or "\0" in name + recording_id:
        return None
    try:
        path = (folder / recording_id / name).resolve()
        there = path.parent.parent == folder.resolve() and path.is_file()
    except OSError:  # a name that no file can have
        return None
    return path if there else None
