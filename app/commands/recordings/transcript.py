"""``egobutler transcript``: what was said in a recording, as subtitles, text or JSON.

Standard output holds the transcript and nothing else, so that it can be sent into a file.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.days.transcripts import FORMATS, NoSuchTranscript, find_recording, spoken_in
from app.presentation.rendering import number_of


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    transcript = verbs.add_parser("transcript", parents=[common])
    transcript.add_argument("recording", help="its id, or a part of its file name")
    transcript.add_argument("--format", choices=tuple(FORMATS), default="txt")
    transcript.add_argument("--out", type=Path, metavar="FILE", help="write it there")
    transcript.set_defaults(run=run_transcript)


def run_transcript(options: argparse.Namespace) -> int:
    """Prints or writes the transcript of one recording."""
    with base.assistant(options) as butler:
        try:
            recording = find_recording(butler.store, options.recording)
        except NoSuchTranscript as error:
            raise PersonError(str(error)) from error
        utterances = spoken_in(butler.store, recording)
        text = FORMATS[options.format](utterances, recording)
    name = recording.name
    if not utterances:
        base.say(f"Nothing that was said in {name} is known (yet).")
    if options.out is None:
        sys.stdout.write(text)
    else:
        _write(options.out, text)
        be = "is" if len(utterances) == 1 else "are"
        base.say(f"{number_of(len(utterances), 'sentence')} of {name} {be} in {options.out}")
        base.result_line(
            {"recording": recording.id, "sentences": len(utterances), "file": str(options.out)}
        )
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise PersonError(f"{path} cannot be written ({reason}); name another") from error
