"""``POST /api/share``: a piece of a recording as a file, with faces, screens or plates covered."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from app.language import t
from app.privacy.share import CannotShare, share_piece
from ingest.covering import WHAT, CannotCover, What
from ingest.errors import IngestError
from ingest.sharing import MOST
from memory.disk import require

if TYPE_CHECKING:
    from app.assistant import Assistant

_PER_SECOND = 500_000  # bytes that a second may take, to see whether the disk has room
WORD = r"^[\w-]*$"
Ticket = Annotated[str, Query(max_length=64, pattern=WORD)]
Offset = Annotated[float, Field(ge=0, le=1e7)]


class Piece(BaseModel):
    """A piece of a recording, in seconds from its beginning, and what of it is to be covered.

    ``ticket``, a word of whoever asks, lets them ask how far it is.
    """

    recording: Annotated[str, Field(min_length=1, max_length=200)]
    start: Offset
    end: Offset
    blur: Annotated[list[What], Field(max_length=len(WHAT))] = list(WHAT)
    mute: bool = False
    ticket: Annotated[str, Field(max_length=64, pattern=WORD)] = ""


def share_router(assistant: Assistant) -> APIRouter:
    """The route of one home."""
    router = APIRouter(prefix="/api")
    folder, turn = assistant.home / "tmp", threading.Lock()
    for left in folder.glob("share-*"):  # by a process that was killed
        left.unlink(missing_ok=True)

    far: dict[str, float] = {}

    @router.get("/share")
    def how_far(ticket: Ticket) -> dict[str, float]:
        """0..1 of a piece that is being made; 0 where none is, or has only just begun."""
        return {"share": far.get(ticket, 0.0)}

    @router.post("/share")
    def share(piece: Piece) -> FileResponse:
        if not turn.acquire(blocking=False):
            words = t("Another piece is being made. Try again when it is done.")
            raise HTTPException(429, words, {"Retry-After": "5"})
        try:
            return made(piece)
        finally:
            turn.release()

    def made(piece: Piece) -> FileResponse:
        require(folder, int(min(piece.end - piece.start, MOST)) * _PER_SECOND)
        folder.mkdir(exist_ok=True)
        number, name = tempfile.mkstemp(prefix="share-", suffix=".mp4", dir=folder)
        os.close(number)
        target = Path(name)

        def told(done: float, total: float) -> None:
            if piece.ticket:
                far[piece.ticket] = min(1.0, done / total)

        try:
            share_piece(
                assistant,
                piece.recording,
                piece.start,
                piece.end,
                target,
                tuple(dict.fromkeys(piece.blur)),
                mute=piece.mute,
                told=told,
            )
        except (CannotShare, IngestError) as error:
            target.unlink(missing_ok=True)
            if isinstance(error, CannotCover):
                raise HTTPException(409, _cannot_cover()) from error
            raise HTTPException(422, str(error)) from error
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        finally:
            far.pop(piece.ticket, None)
        done = BackgroundTask(target.unlink, missing_ok=True)
        return FileResponse(
            target,
            media_type="video/mp4",
            filename="clip.mp4",
            headers={"Cache-Control": "private, no-store"},
            background=done,
        )

    return router


def _cannot_cover() -> str:
    return t(
        "What you chose cannot be found in pictures yet, so nothing was made: models are missing. "
        "Fetch them on the Settings page, or choose less."
    )
