"""``egobutler share``: a piece of a recording to give away, with faces or screens covered."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.privacy.selection import BadRequest, ForgetRequest, resolve
from app.privacy.share import CannotShare, covered, offset, share_piece
from ingest.editing.redaction import WHAT
from ingest.errors import IngestError
from memory.types.deletion import DeletionRequest


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser("share", parents=[common])
    parser.add_argument("recording", metavar="RECORDING", help="an id, or the name of its file")
    parser.add_argument(
        "--from", dest="start", required=True, metavar="TIME", help="1:30, or '2026-03-01 18:00'"
    )
    parser.add_argument("--to", dest="end", required=True, metavar="TIME", help="until when")
    parser.add_argument("--out", type=Path, required=True, help="the file to write: clip.mp4")
    parser.add_argument(
        "--blur",
        default=",".join(WHAT),
        metavar="WHAT",
        help=f"what to cover: {','.join(WHAT)} (default: all), or none",
    )
    parser.add_argument("--mute", action="store_true", help="leave the sound out")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it is there")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes the file."""
    if options.out.suffix.lower() != ".mp4":
        raise PersonError("the file to write must be called something.mp4")
    if options.out.exists() and not options.overwrite:
        raise PersonError(f"{options.out} is there already; choose another, or --overwrite")
    with base.assistant(options) as butler:
        try:
            request = resolve(
                butler.store, butler.timezone, ForgetRequest("recording", name=options.recording)
            )
            assert isinstance(request, DeletionRequest)
            recording = butler.store.recordings.get(request.recording_id)
            if recording is None:
                raise CannotShare(f"there is no recording {options.recording}")
            start, end = (offset(text, recording) for text in (options.start, options.end))
            blur = covered(options.blur)
            share_piece(
                butler.store,
                butler.brains,
                recording.id,
                start,
                end,
                options.out,
                blur,
                mute=options.mute,
            )
        except (BadRequest, CannotShare, IngestError) as error:
            raise PersonError(str(error)) from error
        if "plates" in blur:
            base.say("plates are found only as text on vehicles: look before you give it away")
        base.result_line({"path": str(options.out), "covered": list(blur)})
    return 0
