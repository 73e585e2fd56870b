"""``egobutler share``: a piece of a recording to give away, with faces or screens covered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, switch, value, word
from app.core.errors import PersonError
from app.privacy.selection import ForgetRequest, resolve
from app.privacy.share import CannotShare, covered, offset, share_piece
from ingest.editing.redaction import WHAT
from memory.types.deletion import DeletionRequest


@command()
def share(
    options: CommandOptions,
    recording: Annotated[str, word("RECORDING", "an id, or the name of its file")],
    start: Annotated[str, value("TIME", "1:30, or '2026-03-01 18:00'", "--from")],
    end: Annotated[str, value("TIME", "until when", "--to")],
    out: Annotated[Path, value("FILE", "the file to write: clip.mp4")],
    blur: Annotated[str, value("WHAT", f"what to cover: {','.join(WHAT)}, or none")] = ",".join(
        WHAT
    ),
    mute: Annotated[bool, switch("--mute", "leave the sound out")] = False,
    overwrite: Annotated[bool, switch("--overwrite", "replace the file if it is there")] = False,
) -> None:
    """Cut a piece out of a recording to give away, with faces, screens and plates covered."""
    if out.suffix.lower() != ".mp4":
        raise PersonError("the file to write must be called something.mp4")
    if out.exists() and not overwrite:
        raise PersonError(f"{out} is there already; choose another, or --overwrite")
    with base.assistant(options) as butler:
        request = resolve(butler.store, butler.timezone, ForgetRequest("recording", name=recording))
        assert isinstance(request, DeletionRequest)
        piece = butler.store.recordings.get(request.recording_id)
        if piece is None:
            raise CannotShare(f"there is no recording {recording}")
        first, last = (offset(text, piece) for text in (start, end))
        hidden = covered(blur)
        share_piece(butler.store, butler.brains, piece.id, first, last, out, hidden, mute=mute)
        if "plates" in hidden:
            base.say("plates are found only as text on vehicles: look before you give it away")
        options.show(f"written to {out}")
        options.result_line({"path": str(out), "covered": list(hidden)})
