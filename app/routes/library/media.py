"""Recordings and thumbnails as files: any byte range, no copies, no transcoding, no directories."""

from __future__ import annotations

import mimetypes
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Request
from fastapi import Path as PathParam
from fastapi.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from app.days.storyboards import ROUNDING, picture_at, storyboard_vtt
from app.http.byte_ranges import canonical_range
from app.http.compression import compressed_reply
from app.http.get_and_head import get_and_head
from app.http.openapi import BINARY, Responses, file_reply
from app.presentation.i18n import t
from memory.types.core import Recording

if TYPE_CHECKING:
    from app.assistant import Assistant

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

    A sheet of a storyboard holds half a minute of a life: a browser asks whether it is still there
    each time, so that it does not outlive a forgetting.
    """
    router = APIRouter(tags=["recordings"])
    no_picture: Responses = {204: {"description": "There is no picture of this second"}}

    @get_and_head(router, "/media/{recording_id}", media_replies())
    def recording(recording_id: str, download: str | None = None) -> FileResponse:
        return _film(assistant, recording_id, "inline" if download is None else "attachment")

    @get_and_head(router, "/thumbnails/{recording_id}/storyboard.vtt", file_reply("text/vtt"))
    def storyboard(recording_id: str, request: Request) -> Response:
        return _storyboard(assistant, recording_id, request)

    @get_and_head(
        router,
        "/thumbnails/{recording_id}/at/{second}",
        file_reply("image/jpeg") | no_picture,
    )
    def second_picture(recording_id: str, second: Second) -> Response:
        """The picture of a second of a recording. No browser keeps it: it may be forgotten."""
        return _picture(assistant, recording_id, second)

    @get_and_head(router, "/thumbnails/{recording_id}/{name}", file_reply("image/jpeg"))
    def thumbnail(recording_id: str, name: str, request: Request) -> Response:
        return _thumbnail(assistant, recording_id, name, request)

    return router


def _film(assistant: Assistant, recording_id: str, disposition: str) -> FileResponse:
    original = assistant.store.recordings.get(recording_id)
    path = assistant.recording_path(recording_id)
    if path is None or original is None:
        raise HTTPException(
            404, "This recording is not here, or its file was moved away or replaced."
        )
    if assistant.store.forgotten.stretches(original):
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
        headers={"Cache-Control": "private, no-cache"},
    )


def _storyboard(assistant: Assistant, recording_id: str, request: Request) -> Response:
    original = _recording(assistant, recording_id)
    boards = assistant.store.perceptions.storyboards(recording_id)
    body = storyboard_vtt(boards, original).encode()
    tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
    fresh = {"Cache-Control": "private, no-cache", "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=fresh)
    return compressed_reply(request, body, "text/vtt", fresh)


def _picture(assistant: Assistant, recording_id: str, second: float) -> Response:
    original = _recording(assistant, recording_id)
    at = original.start + second + ROUNDING
    board = assistant.store.perceptions.storyboard_at(recording_id, at)
    image = picture_at(assistant.home, board, original, second) if board else None
    if image is None:
        return Response(status_code=204)
    return Response(image, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _thumbnail(assistant: Assistant, recording_id: str, name: str, request: Request) -> Response:
    path = thumbnail_file(assistant.store.media.thumbnails, recording_id, name)
    if path is None:
        raise HTTPException(404, t("There is no such picture."))
    stat = path.stat()
    tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    age = "no-cache" if name.endswith("-sheet.jpg") else "max-age=600"
    cached = {"Cache-Control": f"private, {age}", "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=cached)
    return RangedFile(path, media_type="image/jpeg", headers=cached, stat_result=stat)


def _recording(assistant: Assistant, recording_id: str) -> Recording:
    recording = assistant.store.recordings.get(recording_id)
    if recording is None:
        raise HTTPException(404, t("There is no such recording."))
    return recording


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
