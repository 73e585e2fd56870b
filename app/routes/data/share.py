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

from app.api_models.privacy import ShareProgressReply
from app.http.openapi import file_reply
from app.presentation.i18n import t
from app.privacy.share import share_piece
from ingest.editing.redaction import WHAT, RedactionError, What
from ingest.editing.share_clip import MOST
from memory.db.disk_space import require

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
    router = APIRouter(prefix="/api", tags=["share"])
    sharing = _Sharing(assistant)

    @router.get("/share")
    def how_far(ticket: Ticket) -> ShareProgressReply:
        """0..1 of a piece that is being made; 0 where none is, or has only just begun."""
        return ShareProgressReply(share=sharing.far.get(ticket, 0.0))

    @router.post("/share", response_class=FileResponse, responses=file_reply("video/mp4"))
    def share(piece: Piece) -> FileResponse:
        target = sharing.make(piece)
        return FileResponse(
            target,
            media_type="video/mp4",
            filename="clip.mp4",
            headers={"Cache-Control": "private, no-store"},
            background=BackgroundTask(target.unlink, missing_ok=True),
        )

    return router


class _Sharing:
    """Makes pieces of a home's recordings, one at a time; ``far`` is how far each ticket's is."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self._turn = assistant, threading.Lock()
        self._folder = assistant.home / "tmp"
        self.far: dict[str, float] = {}
        for leftover in self._folder.glob("share-*"):  # by a process that was killed
            leftover.unlink(missing_ok=True)

    def make(self, piece: Piece) -> Path:
        """The file, for whoever gets it to delete. Raises HTTPException with a sentence."""
        if not self._turn.acquire(blocking=False):
            words = t("Another piece is being made. Try again when it is done.")
            raise HTTPException(429, words, {"Retry-After": "5"})
        try:
            require(self._folder, int(min(piece.end - piece.start, MOST)) * _PER_SECOND)
            target = self._new_file()
            try:
                self._make(piece, target)
            except BaseException:
                target.unlink(missing_ok=True)
                raise
        finally:
            self.far.pop(piece.ticket, None)
            self._turn.release()
        return target

    def _new_file(self) -> Path:
        self._folder.mkdir(exist_ok=True)
        number, name = tempfile.mkstemp(prefix="share-", suffix=".mp4", dir=self._folder)
        os.close(number)
        return Path(name)

    def _make(self, piece: Piece, target: Path) -> None:
        def report(done: float, total: float) -> None:
            if piece.ticket:
                self.far[piece.ticket] = min(1.0, done / total)

        covered = tuple(dict.fromkeys(piece.blur))
        try:
            share_piece(
                self._assistant.store,
                self._assistant.brains,
                piece.recording,
                piece.start,
                piece.end,
                target,
                covered,
                mute=piece.mute,
                on_progress=report,
            )
        except RedactionError as error:
            raise HTTPException(409, _cannot_cover()) from error


def _cannot_cover() -> str:
    return t(
        "What you chose cannot be found in pictures yet, so nothing was made: models are missing. "
        "Fetch them on the Settings page, or choose less."
    )
